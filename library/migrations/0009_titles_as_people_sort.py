from django.db import migrations, models

import library.models


class Migration(migrations.Migration):
    dependencies = [("library", "0008_no_empty_codecs")]

    operations = [
        # Filled by the last migration that folds titles again.
        migrations.AddField(
            model_name="video",
            name="title_sorted",
            field=library.models.FoldedTitleField(default="", editable=False, max_length=240),
        ),
        migrations.AddIndex(
            model_name="video",
            index=models.Index(
                fields=["owner", "title_sorted", "id"], name="video_sorted_of_owner"
            ),
        ),
    ]
