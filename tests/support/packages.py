"""Programs that tests need installed, which none that ``--quick`` runs may ask for.

So ``--quick`` works on a machine that has nothing but Python, and a test that would break that
fails wherever it runs.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checks import LEFT_OUT, PACKAGES


class NotLeftOut(AssertionError):
    """A test needs a program, and has none of the marks by which --quick leaves it out."""


class NotInstalled(AssertionError):
    """The program is missing here."""


# The test that runs or is set up; None outside pytest, for benches.
_running: pytest.Item | None = None


@contextlib.contextmanager
def asked_by(item: pytest.Item) -> Iterator[None]:
    """Let what is asked for within be for this test."""
    global _running
    _running = item
    try:
        yield
    finally:
        _running = None


def allow(program: str) -> None:
    """Return if the test that runs may need ``program``; raises NotLeftOut."""
    if _running and not any(_running.get_closest_marker(mark) for mark in LEFT_OUT):
        raise NotLeftOut(
            f"{_running.nodeid} needs {program}, which a fresh machine does not have: "
            f"mark it as one of {', '.join(LEFT_OUT)}"
        )


def find(package: str) -> Path:
    """Return the newest file that tells of ``package``; raises NotLeftOut, NotInstalled."""
    allow(package)
    found = sorted(Path("/").glob(PACKAGES[package]))
    if not found:
        raise NotInstalled(f"install Debian's {package}, or run ./streamit test, which does")
    return found[-1]
