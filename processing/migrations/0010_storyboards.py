from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("processing", "0009_interlaced")]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="plan",
            field=models.CharField(
                choices=[
                    ("storyboard", "storyboard"),
                    ("direct", "direct"),
                    ("remux", "remux"),
                    ("transcode", "transcode"),
                ],
                max_length=16,
            ),
        ),
    ]
