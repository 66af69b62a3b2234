"""Jobs know what was found in the original, so that nobody has to look again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("processing", "0004_turns")]

    operations = [
        migrations.AddField(model_name="job", name="facts", field=models.JSONField(null=True)),
    ]
