"""The states of a job. Pure.

queued ─claim→ processing ─finish→ completed
                   │  ↑ claim (its lease has ended)
                   ├─put off→ retrying ─claim→ processing
                   ├─give up→ failed ─again→ queued
                   └─let go→ queued
"""

from enum import StrEnum
from typing import Literal, get_args


class Status(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"


class Move(StrEnum):
    """What happens to a job."""

    CLAIM = "claim"
    FINISH = "finish"
    PUT_OFF = "put_off"
    GIVE_UP = "give_up"
    LET_GO = "let_go"
    AGAIN = "again"


# The current step, as shown to owners; empty before the first.
Stage = Literal[
    "",
    "remux",
    "subtitles",
    "lowest",
    "sizes",
    "film",
    "storyboard",
    "elsewhere",
    "fetching",
]
STAGES: tuple[Stage, ...] = get_args(Stage)

OPEN = frozenset({Status.QUEUED, Status.PROCESSING, Status.RETRYING})

_TO = {
    (Status.QUEUED, Move.CLAIM): Status.PROCESSING,
    (Status.RETRYING, Move.CLAIM): Status.PROCESSING,
    (Status.PROCESSING, Move.CLAIM): Status.PROCESSING,
    (Status.PROCESSING, Move.FINISH): Status.COMPLETED,
    (Status.PROCESSING, Move.PUT_OFF): Status.RETRYING,
    (Status.PROCESSING, Move.GIVE_UP): Status.FAILED,
    (Status.PROCESSING, Move.LET_GO): Status.QUEUED,
    (Status.FAILED, Move.AGAIN): Status.QUEUED,
}


def after(status: Status, move: Move) -> Status | None:
    """Return the state after ``move``; None if it is not allowed."""
    return _TO.get((status, move))


def before(move: Move) -> list[Status]:
    """Return the states in which ``move`` is allowed."""
    return [status for status, each in _TO if each == move]
