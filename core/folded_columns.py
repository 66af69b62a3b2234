"""Columns beside what people named, in which searches look: databases do not fold as people do."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from core.folding import searched, words

# A folded text is longer where a letter stands for several, and where parts may be one word;
# what is longer still ("ﷺ" again and again) is cut.
_LONGER = 3
# So many rows are in memory at once.
_PAGE = 2000


class FoldedField(models.CharField):  # type: ignore[type-arg]
    """What a search finds the column ``of`` by, kept up when a row is saved.

    Whoever changes that one by ``QuerySet.update`` has to set this one too.
    """

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{"default": "", "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        """Return what a migration needs to make the field."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Return what belongs here beside the text that is saved."""
        text: str = getattr(model_instance, self.of)
        value = searched(text, self.max_length or len(text))
        setattr(model_instance, self.attname, value)
        return value


def length_beside(length: int) -> int:
    """Return how many characters a folded text of at most ``length`` ones may have."""
    return _LONGER * length


def has_words(text: str, *columns: str) -> Q:
    """Return what is true of the rows that a search for ``text`` finds; empty without words.

    Each word is in one of the folded ``columns``, or of those in small letters.
    """
    found = Q()
    for word in words(text):
        in_any = Q()
        for column in columns:
            in_any |= Q(GreaterThan(StrIndex(column, Value(word)), 0))
        found &= in_any
    return found


def fold_again(
    schema_editor: Any, model: Any, of: str, fold: Callable[[str], dict[str, str]]
) -> None:
    """Write the columns ``fold`` makes of the text ``of``, where they are others than is stored.

    For a migration after each change of ``core.folding``. Only the last one needs to: it does
    what all before it would have done. A row is written by its key, since one statement for
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
    # In pages, so that no row is changed under a reading cursor, and memory stays small.
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
