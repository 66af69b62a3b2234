"""Why a video could not be made.

Failure
├── Impossible   trying again cannot help: the file is not one that can be made to play
└── Hindered     it can: a storage was away, the disk was full, ffmpeg was ended
"""

import errno
from typing import ClassVar, Literal, NewType, get_args

Code = Literal[
    "disk_full",
    "ffmpeg_failed",
    "file_missing",
    "incomplete",
    "internal",
    "killed",
    "outputs_refused",
    "outputs_unavailable",
    "processor_failed",
    "processor_refused",
    "processor_silent",
    "processor_unavailable",
    "stalled",
    "storage_failed",
    "storage_full",
    "storage_unavailable",
    "unplayable",
    "unreadable",
    "worker_lost",
]
# What a service elsewhere says, which may be anything.
ToldCode = NewType("ToldCode", str)

CODES: tuple[str, ...] = get_args(Code)
LOST: Code = "worker_lost"


class Failure(Exception):
    """The attempt is over; ``code`` is for programs, ``words`` for the owner."""

    is_permanent: ClassVar[bool]

    def __init__(self, code: Code | ToldCode, words: str, *, detail: str = "") -> None:
        super().__init__(words)
        self.code, self.words, self.detail = code, words, detail


class Impossible(Failure):
    is_permanent = True


class Hindered(Failure):
    is_permanent = False


class LeaseLost(Exception):
    """Another worker has the job now, or it is gone: stop, and write nothing more."""


def hindered_by(error: OSError) -> Hindered:
    """Return what to raise when the system refused something while a film was made."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Hindered("disk_full", f"There is no room to work: {error.strerror}.")
    return Hindered("internal", "Something went wrong on the server.", detail=str(error))
