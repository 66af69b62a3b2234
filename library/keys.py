"""The storage keys in use, in all models with a ``storage`` and a ``key``."""

import re
from typing import Any

from django.apps import apps
from django.db.models import Model

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_of_a_video(key: str) -> bool:
    """Tell whether ``key`` begins with the id of a video, as all our keys do.

    Anything else in a folder or bucket is not ours and is never removed.
    """
    return _ID.fullmatch(key.partition("/")[0]) is not None


def models_with_keys() -> list[type[Model]]:
    """Return the models whose rows name a storage and a key."""
    return [model for model in apps.get_models() if {"storage", "key"} <= _columns(model)]


def keys_at(storage: str) -> set[str]:
    """Return every key that rows have at ``storage``. Blocks."""
    return {
        key
        for model in models_with_keys()
        for key in _rows(model).filter(storage=storage).values_list("key", flat=True)
    }


def keys_query(model: type[Model]) -> str:
    """Return the SQL for storage and key of everything that must have bytes.

    Renditions that are not published may not have their bytes yet.
    """
    whole = " WHERE is_published" if "is_published" in _columns(model) else ""
    return f'SELECT storage, "key" FROM {table_of(model)}{whole}'  # noqa: S608 - our own names


def rows_at(storage: str, key: str) -> list[Model]:
    """Return the rows with ``key`` at ``storage``. Blocks."""
    found: list[Model] = []
    for model in models_with_keys():
        found += _rows(model).filter(storage=storage, key=key)
    return found


def _rows(model: type[Model]) -> Any:
    # The models are found at run time, so their types do not have the columns.
    return model._default_manager  # noqa: SLF001 - documented


def table_of(model: type[Model]) -> str:
    """Return the name of a model's table."""
    return model._meta.db_table  # noqa: SLF001 - documented


def _columns(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}  # noqa: SLF001 - documented
