"""What is told of an upload in the very moment in which it becomes a video."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.database import in_database
from library.audit import audit
from library.models import Upload, Video
from library.receive import pipeline, resumable, upload_rows
from library.receive.body import RequestBody
from library.receive.part_file import PartFile
from library.storage import registry
from media.probe import Facts
from tests.library.rows import an_upload
from tests.library.site import TINY_MP4

pytestmark = pytest.mark.django_db(transaction=True)


async def finish(upload: Upload) -> None:
    """Make a video of it, as the request that brought its last byte does."""
    stat, kind = await pipeline.store(upload, pipeline.once(TINY_MP4))
    key = pipeline.original_key(upload)
    await pipeline.finish(upload, title="A film", key=key, stat=stat, kind=kind, facts=Facts())
    await PartFile.of(upload.pk).remove()


@pytest.mark.parametrize("look", ["find_upload", "offset_of", "_finished_video"])
@pytest.mark.parametrize("is_after", [False, True])
async def test_an_upload_that_becomes_a_video_while_it_is_looked_up_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, look: str, *, is_after: bool
) -> None:
    upload = await an_upload(resumable=True)
    async with PartFile.of(upload.pk).opened() as writer:
        await writer.write(0, TINY_MP4)
    real: Callable[..., Awaitable[Any]] = getattr(resumable, look)

    async def look_in_that_moment(*args: Any) -> Any:
        if not is_after:
            await finish(upload)
        found = await real(*args)
        if is_after:
            await finish(upload)
        return found

    monkeypatch.setattr(resumable, look, look_in_that_moment)
    found = await resumable.look_up(upload.pk, upload.owner_id)
    if isinstance(found, Video):
        assert found.pk == upload.pk
    else:
        # It was still one when all was looked at.
        assert found == (upload, len(TINY_MP4) - 1)
    await registry.provider("local").delete(pipeline.original_key(upload))


async def test_who_lost_an_upload_while_its_file_was_stored_leaves_no_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = await an_upload(resumable=True)
    probe_file = pipeline.probe_file
    taken: list[Upload] = []

    async def while_it_is_taken(*args: Any, **options: Any) -> Facts:
        taken.extend(await in_database(upload_rows.taken_from)(upload.owner_id))
        return await probe_file(*args, **options)

    async def receive() -> Any:
        return {"type": "http.request", "body": TINY_MP4, "more_body": False}

    monkeypatch.setattr(pipeline, "probe_file", while_it_is_taken)
    body = RequestBody(receive, limit_bytes=len(TINY_MP4))
    with pytest.raises(upload_rows.Swept):
        await resumable.receive(upload, 0, body, None)
    # Whoever has taken it looked already, and found nothing to remove.
    await upload_rows.forget(*taken)
    assert not await audit(remove=False)
    assert not await Upload.objects.aexists()
