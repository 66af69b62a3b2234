"""Ids of many rows: gathered by the query that counts them, and given to another one.

As one value each way: rows of a result and parameters one by one take longer than the query.
"""

from typing import Any

from django.db import connection
from django.db.models import Aggregate, Func, TextField
from django.db.models.expressions import RawSQL

# In SQLite an id has 32 hexadecimal digits. Between two of them, as JSON has it:
_BETWEEN = '","'
_EACH = 32 + len(_BETWEEN)


class AllIds(Aggregate):
    """The ids of all rows, for ``FirstIds``."""

    output_field = TextField()
    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s%(between)s)"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, between=f", '{_BETWEEN}'", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="ARRAY_AGG", between="", **more)


class FirstIds(Func):
    """Ids of at most ``at_most`` rows; only ``among`` knows what it returns."""

    output_field = TextField()
    template = f"SUBSTR(%(expressions)s, 1, %(at_most)s * {_EACH} - {len(_BETWEEN)})"

    def __init__(self, ids: AllIds, *, at_most: int) -> None:
        super().__init__(ids, at_most=at_most)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        more["template"] = "(%(expressions)s)[1:%(at_most)s]"
        return self.as_sql(compiler, connection, **more)


def among(ids: Any) -> RawSQL:
    """Return what ``pk__in`` takes for the rows of which ``FirstIds`` told."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT UNNEST(%s::uuid[])", [ids])
    return RawSQL("SELECT value FROM JSON_EACH(%s)", [f'["{ids}"]'])
