from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0030_open_gop")]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="nonce",
            field=models.CharField(default="", editable=False, max_length=8),
        )
    ]
