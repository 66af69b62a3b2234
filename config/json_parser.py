"""Parsing JSON bodies more strictly than ``json.loads`` does."""

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from core.errors import WrongType


class _NotJson(ValueError):
    """JSON that the standard library would accept; the text says why it is refused."""


class StrictJson(Parser):
    """Refuses JSON that RFC 8259 does not allow, and duplicate names in an object."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body's value; raise WrongType, or ValueError with words for the sender.

        One that says nothing of its type is taken, as programs that people write in a minute do.
        """
        kind = request.content_type or ""
        # OWASP ASVS 4.0.3, 13.1.5. A page of another site may send text/plain without asking.
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise WrongType
        try:
            return json.loads(
                request.body, object_pairs_hook=_without_twins, parse_constant=_refuse
            )
        except _NotJson:
            raise
        except (ValueError, RecursionError):
            raise _NotJson("must be JSON") from None


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Section 4: receivers differ in how they treat duplicate names.
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _NotJson("must not hold a name twice in one object")
    return result


def _refuse(constant: str) -> NoReturn:
    raise _NotJson(f"must not hold {constant}, which is not JSON")
