from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0029_token_epochs")]

    operations = [
        migrations.AddField(
            model_name="video", name="is_open_gop", field=models.BooleanField(default=False)
        )
    ]
