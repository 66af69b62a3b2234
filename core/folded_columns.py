"""Columns with folded text for searches, because databases compare text differently than people."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from core.folding import searched, words

# Folding makes a text longer where one letter becomes several, or where parts are also joined.
# Anything longer still ("ﷺ" repeated) is cut.
_LONGER = 3
# Rows in memory at the same time.
_PAGE = 2000


class FoldedField(models.CharField):  # type: ignore[type-arg]
    """The folded text of column ``of``, updated whenever a row is saved.

    ``QuerySet.update`` of that column must set this one too.
    """

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{"default": "", "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        """Return what migrations need to make the field."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Return the folded form of the text that is being saved."""
        text: str = getattr(model_instance, self.of)
        value = searched(text, self.max_length or len(text))
        setattr(model_instance, self.attname, value)
        return value


def length_beside(length: int) -> int:
    """Return the column length for folded texts of at most ``length`` characters."""
    return _LONGER * length


def has_words(text: str, *columns: str, is_typed: bool = True) -> Q:
    """Return the condition for rows that match a search for ``text``; empty without words.

    Each word must be in one of ``columns``, which are folded or in lower case. See
    ``core.folding.words`` for ``is_typed``.
    """
    found = Q()
    for word in words(text, is_typed=is_typed):
        in_any = Q()
        for column in columns:
            in_any |= Q(GreaterThan(StrIndex(column, Value(word)), 0))
        found &= in_any
    return found


def fold_again(
    schema_editor: Any, model: Any, of: str, fold: Callable[[str], dict[str, str]]
) -> None:
    """Fold the text ``of`` of all rows again, and write the columns that differ.

    For a migration after each change of ``core.folding``. Only the newest one needs to run it,
    because it does the work of all earlier ones. Rows are written one by one: one statement for
    many, as ``bulk_update`` makes it, takes longer than all the folding.
    """
    connection = schema_editor.connection
    keeps_uuids = connection.features.has_native_uuid_field
    columns = list(fold(""))
    setting = ", ".join(f"{column} = %s" for column in columns)
    sql = f"UPDATE {model._meta.db_table} SET {setting} WHERE id = %s"  # noqa: S608, SLF001 - our names
    rows = model.objects.using(connection.alias)
    stored = rows.values_list("pk", of, *columns).order_by("pk")
    last = None
    # In pages, so that no row changes under an open cursor, and memory stays small.
    while page := list((stored.filter(pk__gt=last) if last else stored)[:_PAGE]):
        changed = []
        for pk, text, *present in page:
            folded = list(fold(text).values())
            if folded != present:
                changed.append([*folded, pk if keeps_uuids else pk.hex])
        if changed:
            with connection.cursor() as cursor:
                cursor.executemany(sql, changed)
        last = page[-1][0]
