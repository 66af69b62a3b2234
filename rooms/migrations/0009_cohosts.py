from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0008_folded_names")]

    operations = [
        migrations.AddIndex(
            model_name="membership",
            index=models.Index("user", name="cohosts", condition=models.Q(cohost=True)),
        ),
    ]
