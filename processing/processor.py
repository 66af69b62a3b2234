"""The contract of processors, which convert films, and their reports.

A processor either does everything itself before ``submit`` returns (``processing.bundled``), or
uses an external service that calls back (``processing.http_processor``). ``settings.PROCESSOR``
chooses one, and both publish through ``processing.publishing``.
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
from processing.errors import Away, Failure
from processing.models import Job


class NoSuchProcessor(NotFound):
    message = "No such processor calls back here."


class Unanswered(Away):
    """The processor did not answer, and may be at work."""


class State(StrEnum):
    """The state of external work."""

    WORKING = "working"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Output:
    """A file that was made, with our name for it, and the ``url`` to fetch it from."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class News:
    """The state of an external job: ``outputs`` if it is completed, ``failure`` if it failed."""

    state: State
    done_share: float | None = None
    outputs: tuple[Output, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """News that the processor sent by itself, about the submission with this ``fence``."""

    event_id: str
    job_id: int
    fence: UUID
    provider_job_id: str
    news: News


class Processor(ABC):
    """Converts films. An instance belongs to one event loop."""

    name: ClassVar[str]
    # Whether it is an external service and needs addresses.
    calls_back: ClassVar[bool] = False

    @abstractmethod
    async def submit(self, attempt: Attempt, source_url: str, callback_url: str) -> str:
        """Convert everything; return the id of the external work, or "" if all is done.

        An external processor only gets attempts with known facts and something to make. It can
        read the original at ``source_url`` until the attempt is over. Submitting a job twice with
        one fence begins it once. Raises Failure, Unanswered among them, and LeaseLost.
        """

    def verify(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """Check and parse a callback; ``headers`` have names in lower case.

        Raises BadSignature, Invalid if it cannot be understood, and NoSuchProcessor if this
        processor does not call back.
        """
        raise NoSuchProcessor

    async def ask(self, job: Job) -> News | None:
        """Ask for the state of a submitted job; None if nobody can tell."""
        return None

    async def cancel(self, job: Job) -> None:  # noqa: B027 - what is made here ends with its task
        """Cancel a submitted job, perhaps an unanswered one; failures are ignored."""

    def outputs(self) -> Storage:
        """Return the storage that reads external outputs; keys are addresses."""
        raise NoSuchProcessor
