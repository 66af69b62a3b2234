"""The contract of processors, which convert films, and what they report.

A processor either does everything itself, before ``submit`` returns (``processing.bundled``),
or has it made elsewhere and calls back (``processing.http_processor``). Both are chosen by
``settings.PROCESSOR``, and both publish through ``processing.publishing``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from core.errors import NotFound
from library.storage.base import Storage
from processing.attempt import Attempt
from processing.errors import Failure
from processing.models import Job


class NoSuchProcessor(NotFound):
    message = "No such processor calls back here."


class State(StrEnum):
    """How far the work elsewhere is."""

    WORKING = "working"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Output:
    """A file that was made: called as we would call it, to be fetched from ``url``."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class News:
    """How a job is doing elsewhere: ``outputs`` once it is completed, ``failure`` if it failed."""

    state: State
    done_share: float | None = None
    outputs: tuple[Output, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """News that came by themselves, of the attempt that ``fence`` names."""

    event_id: str
    job_id: int
    fence: UUID
    provider_job_id: str
    news: News


class Processor(ABC):
    """One way to have films made. An instance belongs to one event loop until ``close``."""

    name: ClassVar[str]
    # Whether it works elsewhere; one that does not needs no addresses.
    calls_back: ClassVar[bool] = False

    @abstractmethod
    async def submit(self, attempt: Attempt, source_url: str, callback_url: str) -> str:
        """Have everything made; return the id of the work elsewhere, "" when all is made.

        One that calls back is given an attempt whose facts are known, and of which it has
        something to make. The original can be read at ``source_url`` until the attempt is over.
        Asked twice for one attempt it begins once. Raises Failure and LeaseLost.
        """

    def verify(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """Read a callback; ``headers`` have names in lower case.

        Raises BadSignature, Invalid when it says nothing that makes sense, and NoSuchProcessor
        where nobody calls back.
        """
        raise NoSuchProcessor

    async def ask(self, job: Job) -> News | None:
        """Ask how a submitted job is doing; None when nobody can tell."""
        return None

    async def cancel(self, job: Job) -> None:  # noqa: B027 - what is made here ends with its task
        """Have a submitted job ended; that may fail, and nobody is told."""

    def outputs(self) -> Storage:
        """Return the storage that has what was made elsewhere; keys are addresses."""
        raise NoSuchProcessor

    async def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of connections; the next use makes new ones."""
