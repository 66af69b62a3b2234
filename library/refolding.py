"""Folding the stored titles again, for a migration after each change of ``core.folding``."""

from typing import Any

from core import folded_columns
from library.models import search_columns


def fold_again(apps: Any, schema_editor: Any) -> None:
    """Write the search and sort columns of titles where they differ."""
    videos = apps.get_model("library", "Video")
    folded_columns.fold_again(schema_editor, videos, "title", search_columns)
