"""Every error that callers may see, collected from the classes themselves.

A class that defines ``code`` is an entry. A class that inherits its code is the same error with a
better message: it may not change anything else that callers depend on.
"""

from collections.abc import Iterator

from core.errors import StreamItError

# Programs depend on these, so they must be the same for all classes with one code.
FACTS = ("status", "close_code", "socket_code", "retriable")


def catalogue(root: type[StreamItError] = StreamItError) -> dict[str, type[StreamItError]]:
    """Return the class that defines each code, sorted by code.

    Only finds classes of imported modules. Raises ValueError if two classes define the same
    code, or if classes with one code have different facts.
    """
    entries: dict[str, type[StreamItError]] = {}
    errors = list(dict.fromkeys(_below(root)))
    for error in errors:
        if "code" in vars(error) and entries.setdefault(error.code, error) is not error:
            raise ValueError(f"{error.code}: claimed by {entries[error.code]} and {error}")
    for error in errors:
        for fact in FACTS:
            if getattr(error, fact) != getattr(entries[error.code], fact):
                raise ValueError(f"{error}: its {fact} is not that of {error.code}")
    return dict(sorted(entries.items()))


def _below(error: type[StreamItError]) -> Iterator[type[StreamItError]]:
    for child in error.__subclasses__():
        yield child
        yield from _below(child)
