from typing import Any

from django.db import migrations


def empty_to_null(apps: Any, schema_editor: Any) -> None:
    """What is not known, or not there, was an empty text in fresh rows and null in old ones."""
    videos = apps.get_model("library", "Video").objects.using(schema_editor.connection.alias)
    for field in ("video_codec", "audio_codec", "pixel_format"):
        videos.filter(**{field: ""}).update(**{field: None})


class Migration(migrations.Migration):
    dependencies = [("library", "0007_list_indexes")]

    operations = [migrations.RunPython(empty_to_null, migrations.RunPython.noop)]
