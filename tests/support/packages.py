"""Finds installed programs that tests need, and keeps ``--quick`` independent of them.

``--quick`` must work on a machine with nothing but Python. A test that would break that fails on
every machine.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checks import LEFT_OUT, PACKAGES


class NotLeftOut(AssertionError):
    """A test needs an installed program, but has no mark that excludes it from --quick."""


class NotInstalled(AssertionError):
    """The program is not installed on this machine."""


# The test that is running or being set up; None in benches.
_running: pytest.Item | None = None


@contextlib.contextmanager
def requested_by(item: pytest.Item) -> Iterator[None]:
    """Attribute everything that is requested inside to this test."""
    global _running
    _running = item
    try:
        yield
    finally:
        _running = None


def allow(program: str) -> None:
    """Raise NotLeftOut if the running test may not need ``program``."""
    if _running and not any(_running.get_closest_marker(mark) for mark in LEFT_OUT):
        raise NotLeftOut(
            f"{_running.nodeid} needs {program}, which a fresh machine does not have: "
            f"mark it as one of {', '.join(LEFT_OUT)}"
        )


def find(package: str) -> Path:
    """Return the newest metadata file of ``package``; raise NotLeftOut or NotInstalled."""
    allow(package)
    found = sorted(Path("/").glob(PACKAGES[package]))
    if not found:
        raise NotInstalled(f"install Debian's {package}, or run ./streamit test, which does")
    return found[-1]
