"""All jobs, for staff, over REST: ``/api/v1/ops/jobs``."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from ninja import Path, Query, Router, Schema
from ninja import Status as HttpStatus
from pydantic import Field

from accounts.authentication import SignedInRequest, staff
from core.database import in_database
from core.http import errors
from media.plan import Way
from processing import retries
from processing.models import Job
from processing.retries import JobNotFound
from processing.states import Status

router = Router(tags=["ops"])

# The largest number that the databases have for a row.
_LARGEST_ID = 2**63 - 1


class OwnerOfJob(Schema):
    id: UUID
    display_name: str


class VideoOfJob(Schema):
    id: UUID
    title: str


class OpsJobOut(Schema):
    """A job with its owner. It does not give access to the film."""

    id: int
    owner: OwnerOfJob
    video: VideoOfJob
    status: Status
    plan: Way
    step: str = Field(description="What is being made just now; empty when nothing is.")
    progress: float = Field(description="Of the whole work, from 0 to 1.")
    attempt: int
    worker: str = Field(description="The machine and process that had it last.")
    reason_code: str
    reason: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    next_attempt_at: datetime | None = Field(description="When a failed attempt is repeated.")

    @classmethod
    def of(cls, job: Job) -> "OpsJobOut":
        video = job.video
        return cls(
            id=job.pk,
            owner=OwnerOfJob(id=video.owner_id, display_name=video.owner.display_name),
            video=VideoOfJob(id=video.pk, title=video.title),
            status=Status(job.status),
            plan=Way(job.plan),
            step=job.step,
            progress=job.done_share,
            attempt=job.attempt,
            worker=job.worker,
            reason_code=job.reason_code,
            reason=job.reason,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            next_attempt_at=job.held_until if job.status == Status.RETRYING else None,
        )


class OpsJobList(Schema):
    jobs: list[OpsJobOut]
    next_cursor: int | None = Field(description="Gives the next page; null at the end.")


class OpsJobQuery(Schema):
    status: Status | None = None
    limit: int = Field(50, ge=1, le=200)
    cursor: int = Field(
        _LARGEST_ID, ge=1, le=_LARGEST_ID, description="The `next_cursor` of the page before."
    )


@router.get("/jobs", auth=staff, response={200: OpsJobList, **errors(401, 403, 422)})
async def list_jobs(request: SignedInRequest, query: Annotated[OpsJobQuery, Query()]) -> OpsJobList:
    """List all jobs, newest first. For staff."""
    return await _page(query)


@router.post(
    "/jobs/{job_id}/retry",
    auth=staff,
    response={202: OpsJobOut, **errors(401, 403, 404, 409, 422)},
)
async def retry_job(
    request: SignedInRequest, job_id: Annotated[int, Path(ge=1, le=_LARGEST_ID)]
) -> HttpStatus[OpsJobOut]:
    """Retry a failed job. For staff."""
    await _read(job_id)
    await retries.retry(job_id, by="staff")
    return HttpStatus(202, await _read(job_id))


@in_database
def _page(query: OpsJobQuery) -> OpsJobList:
    rows = _rows().filter(pk__lt=query.cursor).order_by("-pk")
    if query.status is not None:
        rows = rows.filter(status=query.status)
    # One more row than asked for tells whether there is a next page.
    found = list(rows[: query.limit + 1])
    jobs = [OpsJobOut.of(job) for job in found[: query.limit]]
    return OpsJobList(jobs=jobs, next_cursor=jobs[-1].id if len(found) > query.limit else None)


@in_database
def _read(job_id: int) -> OpsJobOut:
    job = _rows().filter(pk=job_id).first()
    if job is None:
        raise JobNotFound
    return OpsJobOut.of(job)


def _rows() -> QuerySet[Job]:
    return Job.objects.select_related("video__owner")
