

import library.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('library', '0028_fold_again'),
    ]

    operations = [
        migrations.AlterField(
            model_name='video',
            name='token_epoch',
            field=models.PositiveIntegerField(default=library.models.first_epoch),
        ),
    ]
