from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0023_languages")]

    operations = [
        migrations.AddField(
            model_name="video", name="is_interlaced", field=models.BooleanField(default=False)
        )
    ]
