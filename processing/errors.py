"""Why a video could not be converted.

Failure
├── Impossible      trying again cannot help: the file cannot be converted
└── Hindered        it can: an external processor was silent, or asks for a retry
    ├── Away        something is missing now: a storage, disk space, a service
    └── Unexpected  anything else: the next attempt is likely to fail in the same way
"""

import errno
from typing import ClassVar, Literal, NewType, get_args

from library.storage.base import StorageError, StorageFull, StorageUnavailable

Code = Literal[
    "disk_full",
    "ffmpeg_failed",
    "file_missing",
    "incomplete",
    "internal",
    "killed",
    "machine_failed",
    "no_decoder",
    "outputs_refused",
    "outputs_unavailable",
    "processor_denied",
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
# The longest text of an external service, which may be anything.
ToldCode = NewType("ToldCode", str)

CODES: tuple[str, ...] = get_args(Code)
LOST: Code = "worker_lost"
KILLED: Code = "killed"
DENIED: Code = "processor_denied"
# Failures that a single track, or this ffmpeg, may cause.
OF_FFMPEG = frozenset[str]({"ffmpeg_failed", "no_decoder"})
# The attempts at a job that is hindered, and at one that fails unexpectedly.
MOST_ATTEMPTS = 5
MOST_OF_ONE_KIND = 2

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Failure(Exception):
    """The attempt has failed; ``code`` is for programs, ``words`` for the owner."""

    is_permanent: ClassVar[bool]

    def __init__(self, code: Code | ToldCode, words: str, *, detail: str = "") -> None:
        super().__init__(words)
        self.code, self.words, self.detail = code, words, detail


class Impossible(Failure):
    is_permanent = True


class Hindered(Failure):
    is_permanent = False


class Away(Hindered):
    """The job waits, for at most ``queue.PATIENCE``; this does not count as an attempt."""


class Unexpected(Hindered):
    """The second failure of a kind ends the job, because an attempt may take hours."""


class LeaseLost(Exception):
    """Another worker has the job, or it is gone: stop, and write nothing more."""


def failure_of(error: OSError | StorageError) -> Away:
    """Return the Failure for an error of a storage or of the worker's machine."""
    if isinstance(error, StorageFull):
        return Away("storage_full", error.message)
    if isinstance(error, StorageError):
        is_away = isinstance(error, StorageUnavailable)
        return Away("storage_unavailable" if is_away else "storage_failed", error.message)
    if error.errno in _NO_ROOM:
        return Away("disk_full", "The server has no room to work.", detail=str(error))
    words = f"The server cannot work just now: {error.strerror}."
    return Away("machine_failed", words, detail=str(error))
