"""Folding the stored titles again, for a migration after each change of ``core.folding``."""

from typing import Any

from library.models import search_columns

_SQL = "UPDATE library_video SET title_folded = %s, title_sorted = %s WHERE id = %s"
# So many rows are in memory at once.
_PAGE = 2000


def fold_again(apps: Any, schema_editor: Any) -> None:
    """Write what titles are searched and sorted by, where it is another than is stored.

    Only the last migration needs to: it does what all before it would have done. A row is
    written by its key, since one statement for many, as ``bulk_update`` makes it, takes
    longer than all the folding.
    """
    connection = schema_editor.connection
    keeps_uuids = connection.features.has_native_uuid_field
    videos = apps.get_model("library", "Video").objects.using(connection.alias)
    stored = videos.values_list("pk", "title", "title_folded", "title_sorted").order_by("pk")
    last = None
    # In pages, so that no row is changed under a reading cursor, and memory stays small.
    while page := list((stored.filter(pk__gt=last) if last else stored)[:_PAGE]):
        changed = []
        for pk, title, *columns in page:
            folded = list(search_columns(title).values())
            if folded != columns:
                changed.append([*folded, pk if keeps_uuids else pk.hex])
        if changed:
            with connection.cursor() as cursor:
                cursor.executemany(_SQL, changed)
        last = page[-1][0]
