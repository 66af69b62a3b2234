"""The events of a job: writing them, and what they tell of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.database import in_database
from processing.models import Job, JobEvent
from processing.states import Move

# The event for a film that came out shorter than its file states.
SHORTENED = "shortened"
SOUND_LEFT_OUT, SUBTITLES_LEFT_OUT = "sound_left_out", "subtitles_left_out"
SUBTITLES_FAILED = "subtitles_failed"
SUBTITLES_TAKEN = "subtitles_taken"
# The event for a broadcast of which no packet is missing, so that its picture can be copied.
RECEIVED_WHOLE = "received_whole"


def write(job: Job, kind: str, was: str, to: str, data: Mapping[str, Any] | None = None) -> None:
    """Add an event. Synchronous."""
    JobEvent.objects.create(
        job=job,
        kind=kind,
        from_status=was,
        to_status=to,
        attempt=job.attempt,
        data=dict(data or {}),
    )


def record(job: Job, kind: str, data: Mapping[str, Any]) -> None:
    """Add an event that changes no state, whoever holds the job. Synchronous."""
    write(job, kind, job.status, job.status, data)


@in_database
def is_noted(job: Job, kind: str, **data: object) -> bool:
    """Tell whether ``job`` has an event of ``kind`` with these ``data``."""
    about = {f"data__{name}": value for name, value in data.items()}
    return job.events.filter(kind=kind, **about).exists()


async def has_failed_with(job: Job, words: str) -> bool:
    """Tell whether an attempt at ``job`` has failed with this text."""
    return await is_noted(job, Move.PUT_OFF, words=words)


def shortening_text(job: Job) -> str:
    """Return a text about how much of the film could be converted; "" for all. Synchronous."""
    events = job.events.filter(kind=SHORTENED).order_by("-pk")
    data = events.values_list("data", flat=True).first()
    return str(data["words"]) if data else ""


def left_out(job: Job) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tracks that were left out, as event and data. Synchronous.

    Later attempts may have reported the same track again, or extracted it after all.
    """
    kinds = (SOUND_LEFT_OUT, SUBTITLES_LEFT_OUT, SUBTITLES_FAILED, SUBTITLES_TAKEN)
    events = job.events.filter(kind__in=kinds).order_by("pk").values_list("kind", "data")
    told = {(kind == SOUND_LEFT_OUT, data["track"]): (kind, data) for kind, data in events}
    yield from ((kind, data) for kind, data in told.values() if kind != SUBTITLES_TAKEN)
