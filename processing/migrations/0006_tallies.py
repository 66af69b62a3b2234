"""What is counted of jobs for operators begins with none: earlier jobs are not in it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("processing", "0005_facts")]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("metric", models.CharField(max_length=64)),
                ("label", models.CharField(max_length=32)),
                ("bucket", models.CharField(default="", max_length=16)),
                ("seconds", models.FloatField(default=0)),
                ("count", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("metric", "label", "bucket"), name="tally_once"
                    )
                ],
            },
        ),
    ]
