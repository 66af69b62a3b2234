"""A request that is repeated while the first one ends, on PostgreSQL: each gets its answer.

SQLite writes one after the other, so only PostgreSQL has transactions that wait for each other.
"""

import asyncio
import threading

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.principal import Principal
from library import new_videos
from library.models import Source, Video
from library.receive import upload_rows
from library.receive.idempotency import AlreadyMade
from library.storage.base import Stat
from media.kinds import MP4
from media.probe import Facts
from tests.contracts.test_decisions_at_once import another_waits
from tests.library.rows import an_upload
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.engines,
    pytest.mark.usefixtures("each_database"),
    pytest.mark.parametrize("kind_of_database", ["postgresql"], indirect=True),
]


async def test_a_request_repeated_while_its_video_is_inserted_gets_that_video(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = await an_upload(resumable=False)
    user = await User.objects.aget(pk=upload.owner_id)
    owner = Principal(user.pk, user.display_name, user.is_guest, via="session")
    is_inserted, may_end = threading.Event(), threading.Event()

    def decide_slowly(_video: Video, _facts: Facts) -> None:
        is_inserted.set()
        may_end.wait()

    monkeypatch.setattr(new_videos, "decide", decide_slowly)
    first = asyncio.ensure_future(
        upload_rows.become_video(
            upload,
            title="A film",
            source=Source(storage="local", key=f"{upload.pk}/original", etag='"x"'),
            stat=Stat(1, '"x"', timezone.now()),
            kind=MP4,
            facts=Facts(),
            poster=None,
        )
    )
    await asyncio.to_thread(is_inserted.wait)
    second = asyncio.ensure_future(
        upload_rows.begin(
            owner=owner,
            title="A film",
            storage="local",
            size_bytes=1,
            at_least=1,
            resumable=False,
            upload_id=upload.pk,
        )
    )
    await eventually(another_waits)
    may_end.set()
    video, found = await asyncio.gather(first, second, return_exceptions=True)
    assert isinstance(video, Video), video
    assert isinstance(found, AlreadyMade), found
    assert found.video_id == video.pk
