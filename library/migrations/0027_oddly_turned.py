from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0026_fold_again")]

    operations = [
        migrations.AddField(
            model_name="video", name="is_oddly_turned", field=models.BooleanField(default=False)
        )
    ]
