"""Breaking off an answer that cannot be completed: the client sees by its length what is missing.

An ASGI server takes it for an error of the application when that returns in the middle of an
answer. Ours leaves a function for it in the scope; others close the connection by themselves.
"""

from collections.abc import Callable
from typing import cast

from asgiref.typing import HTTPScope

BREAK_OFF = "streamit.break_off"


def break_off(scope: HTTPScope) -> None:
    """Close the connection, unless the answer to the request of ``scope`` is complete."""
    close = cast("Callable[[], None] | None", (scope.get("extensions") or {}).get(BREAK_OFF))
    if close is not None:
        close()
