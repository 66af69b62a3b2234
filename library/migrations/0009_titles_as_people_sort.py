from typing import Any

from django.db import migrations, models

import library.models


def fold_again(apps: Any, schema_editor: Any) -> None:
    """Titles were folded without their case alone, and sorted letter by letter."""
    videos = apps.get_model("library", "Video").objects.using(schema_editor.connection.alias)
    titles = videos.values_list("pk", "title").order_by("pk")
    last = None
    # In pages, so that no row is changed under a reading cursor, and memory stays small.
    while page := list((titles.filter(pk__gt=last) if last else titles)[:1000]):
        rows = []
        for pk, title in page:
            rows.append(videos.model(pk=pk, title=title, **library.models.search_columns(title)))
        videos.bulk_update(rows, ["title_folded", "title_sorted"], batch_size=200)
        last = page[-1][0]


class Migration(migrations.Migration):
    dependencies = [("library", "0008_no_empty_codecs")]

    operations = [
        migrations.AddField(
            model_name="video",
            name="title_sorted",
            field=library.models.FoldedTitleField(default="", editable=False, max_length=240),
        ),
        migrations.RunPython(fold_again, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="video",
            index=models.Index(
                fields=["owner", "title_sorted", "id"], name="video_sorted_of_owner"
            ),
        ),
    ]
