"""One action of ``./streamit admin``: its name, its arguments, and what it does."""

import secrets
import sys
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.management.base import CommandError
from django.db.models import Model, QuerySet

from core.database import in_database

Row = TypeVar("Row", bound=Model)

Say = Callable[[str], None]
Run = Callable[[Say, dict[str, Any]], Coroutine[Any, Any, None]]
LISTED = 50


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an action, as argparse takes it."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """``./streamit admin NAME``; ``run`` raises CommandError and any StreamItError."""

    name: str
    help: str
    run: Run
    arguments: tuple[Argument, ...] = ()


WHO = Argument("who", {"metavar": "WHO", "help": "email address or id"})
SEARCH = Argument("text", {"metavar": "TEXT", "nargs": "?", "default": "", "help": "what to find"})
YES = Argument("--yes", {"action": "store_true", "help": "do not ask"})


def confirm(question: str, options: dict[str, Any]) -> None:
    """Return if ``--yes`` was given or the person at the terminal agrees; else CommandError."""
    if options["yes"]:
        return
    if not sys.stdin.isatty():
        raise CommandError(f"{question}: add --yes to do it")
    sys.stdout.write(f"{question}? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was done.")


def show(say: Say, rows: Iterable[tuple[str, ...]], *, none: str) -> None:
    """Print the first LISTED rows in columns."""
    found = list(rows)
    if not found:
        say(none)
        return
    widths = [max(map(len, column)) for column in zip(*found[:LISTED], strict=True)]
    for row in found[:LISTED]:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(found) > LISTED:
        say(f"… and more ({LISTED} are shown): add a TEXT to search for")


def lister(
    matching: Callable[[str], QuerySet[Row]],
    row: Callable[[Row], tuple[str, ...]],
    *,
    none: str,
) -> Run:
    """Return the ``run`` of an action that lists what ``matching`` finds for SEARCH."""

    @in_database
    def found(text: str) -> list[tuple[str, ...]]:
        return [row(each) for each in matching(text)[: LISTED + 1]]

    async def run(say: Say, options: dict[str, Any]) -> None:
        show(say, await found(options["text"]), none=none)

    return run


def new_password() -> str:
    """Return a password that is easy to type: 100 bits in five groups."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(5))
