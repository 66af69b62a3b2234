"""The conversion of a video, over REST: ``/api/v1/videos/{id}/processing`` and events."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from ninja import Query, Router, Schema
from ninja import Status as HttpStatus
from pydantic import Field

from accounts.authentication import SignedInRequest, required
from core import limits
from core.database import in_database
from core.http import errors
from core.limits import Limit
from library import services
from media.languages import language_tag
from media.plan import Way
from processing import history, queue, retries, turns
from processing.errors import MOST_ATTEMPTS
from processing.models import Job, JobEvent
from processing.states import STAGES, Stage, Status

router = Router(tags=["videos"])

# Details of events about our machines and folders, which only staff see, on the admin site.
_OF_STAFF = {"detail", "worker"}

RETRYING = Limit("retry", burst=10, per_minute=2)


class LeftOut(Schema):
    kind: Literal["sound", "subtitles"]
    track: int = Field(description="Counted among those of its kind in the file, from 0.")
    codec: str | None = Field(description="As ffmpeg calls it; null when it has no name for it.")
    language: str = Field(description="As RFC 5646 writes it; empty where the file does not say.")


class JobOut(Schema):
    status: Status
    step: Stage = Field(description="What is being made just now; empty when nothing is.")
    progress: float = Field(description="Of the whole work, from 0 to 1.")
    done_at: datetime | None = Field(description="When it should be done, once that can be told.")
    waits_behind: int = Field(description="How many other videos come first.")
    attempt: int
    max_attempts: int
    next_attempt_at: datetime | None = Field(description="When a failed attempt is repeated.")
    waits_until: datetime | None = Field(
        description="Set while it waits for something that is away, a storage for example, which "
        "counts as no attempt: when it is given up if that stays away."
    )
    reason_code: str = Field(
        description="Why it failed or gets no further, for programs; empty while all is well."
    )
    reason: str
    shortened: str = Field(
        description="How much of the film could be made, where that is less than its file says; "
        "empty where all was."
    )
    interlaced: bool = Field(
        description="Whether the file has two halves in each picture, which browsers show as combs "
        "where something moves: what is made has none."
    )
    left_out: list[LeftOut] = Field(
        description="Tracks of the file that are in nothing that was made: sound that nobody can "
        "hear, or beyond the first eight; subtitles that are pictures, or cannot be read."
    )
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ProcessingOut(Schema):
    job: JobOut | None = Field(description="The newest; null when nothing had to be made.")


class EventOut(Schema):
    id: int
    at: datetime
    kind: str
    from_status: str
    to_status: str
    attempt: int
    data: dict[str, Any]


class EventList(Schema):
    events: list[EventOut]
    next_cursor: int | None = Field(description="Gives the next page; null at the end.")


class EventQuery(Schema):
    limit: int = Field(100, ge=1, le=1000)
    cursor: int = Field(0, ge=0, lt=2**63, description="The `next_cursor` of the page before.")


@router.get(
    "/{video_id}/processing", auth=required, response={200: ProcessingOut, **errors(401, 404)}
)
async def read_processing(request: SignedInRequest, video_id: str) -> ProcessingOut:
    """Return the state of the conversion of one of your videos."""
    video = await services.find_video(video_id=services.parse_id(video_id), reader=request.auth)
    return ProcessingOut(job=await _newest(video.pk))


@router.get("/{video_id}/events", auth=required, response={200: EventList, **errors(401, 404, 422)})
async def list_events(
    request: SignedInRequest, video_id: str, query: Annotated[EventQuery, Query()]
) -> EventList:
    """List the events of the conversion of one of your videos, oldest first."""
    video = await services.find_video(video_id=services.parse_id(video_id), reader=request.auth)
    return await _events(video.pk, query)


@router.post(
    "/{video_id}/retry",
    auth=required,
    response={202: ProcessingOut, **errors(401, 404, 409, 429)},
)
async def retry(request: SignedInRequest, video_id: str) -> HttpStatus[ProcessingOut]:
    """Retry the failed conversion of one of your videos."""
    video = await services.find_video(video_id=services.parse_id(video_id), reader=request.auth)
    await limits.spend(RETRYING, str(request.auth.user_id))
    await retries.retry(await _newest_id(video.pk), by="owner")
    return HttpStatus(202, ProcessingOut(job=await _newest(video.pk)))


def _visible_jobs(video_id: UUID) -> QuerySet[Job]:
    """Return the jobs of a video that owners hear of, the newest first.

    A film that only lacks the pictures of its seek bar is ready.
    """
    jobs = Job.objects.filter(video_id=video_id).exclude(plan=Way.STORYBOARD)
    return jobs.order_by("-pk")


@in_database
def _newest_id(video_id: UUID) -> int | None:
    return _visible_jobs(video_id).values_list("pk", flat=True).first()


@in_database
def _newest(video_id: UUID) -> JobOut | None:
    job = _visible_jobs(video_id).select_related("video").first()
    if job is None:
        return None
    waits = job.status in (Status.QUEUED, Status.RETRYING)
    return JobOut(
        status=Status(job.status),
        # A worker of a newer version may use other names.
        step=next((each for each in STAGES if each == job.step), ""),
        progress=job.done_share,
        done_at=job.done_at,
        waits_behind=turns.before(job).count() if waits else 0,
        attempt=job.attempt,
        max_attempts=MOST_ATTEMPTS,
        next_attempt_at=job.held_until if job.status == Status.RETRYING else None,
        waits_until=_waits_until(job),
        reason_code=job.reason_code,
        reason=job.reason,
        shortened=history.shortening_text(job),
        interlaced=job.video.is_interlaced,
        left_out=[
            LeftOut(
                kind="sound" if kind == history.SOUND_LEFT_OUT else "subtitles",
                track=data["track"],
                codec=data["codec"],
                language=language_tag(data["language"]),
            )
            for kind, data in history.left_out(job)
        ],
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def _waits_until(job: Job) -> datetime | None:
    if job.status != Status.RETRYING or job.waits_since is None:
        return None
    return job.waits_since + queue.PATIENCE


@in_database
def _events(video_id: UUID, query: EventQuery) -> EventList:
    rows = JobEvent.objects.filter(job__video_id=video_id, pk__gt=query.cursor).order_by("pk")
    found = list(rows[: query.limit + 1])
    events = [
        EventOut(
            id=row.pk,
            at=row.at,
            kind=row.kind,
            from_status=row.from_status,
            to_status=row.to_status,
            attempt=row.attempt,
            data={name: value for name, value in row.data.items() if name not in _OF_STAFF},
        )
        for row in found[: query.limit]
    ]
    return EventList(events=events, next_cursor=events[-1].id if len(found) > query.limit else None)
