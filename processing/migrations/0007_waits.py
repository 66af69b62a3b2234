"""Jobs know since when they wait for something that is away."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("processing", "0006_tallies")]

    operations = [
        migrations.AddField(
            model_name="job", name="waits_since", field=models.DateTimeField(null=True)
        ),
    ]
