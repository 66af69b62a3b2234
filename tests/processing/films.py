"""Videos that wait for a worker, made without a server."""

from pathlib import Path

from accounts.models import User
from accounts.principal import Principal
from library import new_videos
from library.models import Rendition, Video
from library.receive import pipeline, upload_rows
from library.storage import registry
from processing import intake
from processing.models import Job
from processing.states import Status
from tests.accounts import people
from tests.support.films import AC3_IN_MKV, make_film

new_videos.listen(intake.decide, intake.wake_worker)


async def upload(path: Path, owner: User | None = None) -> Video:
    """Keep the file as somebody's video, as an upload does."""
    user = owner or await people.guest()
    size_bytes = path.stat().st_size
    row = await upload_rows.begin(
        owner=Principal(user.pk, user.display_name, user.is_guest, via="session"),
        title="A film",
        storage="local",
        size_bytes=size_bytes,
        at_least=size_bytes,
        resumable=False,
    )
    content = path.read_bytes()
    stat, kind = await pipeline.store(row, pipeline.once(content))
    read = pipeline.reader(registry.provider("local"), pipeline.original_key(row))
    facts = await pipeline.probe_file(row, read, size_bytes, kind, is_near=True)
    return await pipeline.finish(
        row, title="A film", key=pipeline.original_key(row), stat=stat, kind=kind, facts=facts
    )


async def a_film() -> Video:
    return await upload(make_film(AC3_IN_MKV))


async def job_of(video: Video) -> Job:
    return await Job.objects.aget(video=video)


async def waits_for(video: Video) -> str:
    """Return for what the job of ``video`` waits, of which no attempt was counted."""
    job = await job_of(video)
    assert (job.status, job.attempt) == (Status.RETRYING, 0), job.reason
    return job.reason_code


async def fresh(video: Video) -> Video:
    """Return what the database says of ``video`` now."""
    return await Video.objects.select_related("source").aget(pk=video.pk)


async def stored_keys(video: Video) -> set[str]:
    """Return every key of ``video`` that the storage has."""
    return {key async for key in registry.provider("local").list(str(video.pk))}


async def path_of(row: Rendition) -> Path:
    path = registry.provider(row.storage).path_of(row.key)
    assert path is not None
    return path
