from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0031_nonces_of_uploads")]

    operations = [
        migrations.AddField(
            model_name="video", name="shared_until", field=models.DateTimeField(null=True)
        )
    ]
