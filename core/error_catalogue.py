"""Every error a caller may see, collected from the classes themselves.

A class that gives itself a ``code`` is an entry. A class that inherits its code is the same
error in more fitting words: it may change ``message`` and nothing else that callers go by.
"""

from collections.abc import Iterator

from core.errors import StreamItError

# What programs go by, so it must be the same wherever the code is.
FACTS = ("status", "close_code", "socket_code", "retriable")


def catalogue(root: type[StreamItError] = StreamItError) -> dict[str, type[StreamItError]]:
    """Return the class below ``root`` that stands for each code, by code in order.

    It knows the classes of the modules that have been imported. Raises ValueError when two
    classes claim one code, or when one code has different facts.
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
