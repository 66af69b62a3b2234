"""Subtitles that a worker and the owner add at the same moment, on PostgreSQL.

SQLite writes one after the other, so only PostgreSQL has transactions that wait for each other.
"""

import asyncio
import threading

import pytest
from django.db import transaction

from accounts.principal import Principal
from core.database import in_database
from library import quotas, removals, subtitles
from library.models import Subtitle, Video
from tests.accounts import people
from tests.contracts.test_decisions_at_once import another_waits
from tests.processing.rows import add
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.engines,
    pytest.mark.usefixtures("each_database"),
    pytest.mark.parametrize("kind_of_database", ["postgresql"], indirect=True),
]


async def test_the_owners_default_replaces_that_of_the_file_which_is_added_just_then() -> None:
    user = await people.registered()
    owner = Principal(user.pk, user.display_name, user.is_guest, via="session")
    video = (await add(user)).video
    is_kept, may_end = threading.Event(), threading.Event()

    @in_database
    def keep_slowly() -> None:
        with transaction.atomic():
            subtitles.keep_track(
                video, file_track=0, vtt="WEBVTT\n", language="de", label="de", is_default=True
            )
            is_kept.set()
            may_end.wait()

    slow = asyncio.ensure_future(keep_slowly())
    await asyncio.to_thread(is_kept.wait)
    own = asyncio.ensure_future(
        subtitles.add(video, by=owner, vtt="WEBVTT\n", language="en", label="Mine", is_default=True)
    )
    await eventually(another_waits)
    may_end.set()
    await slow
    await own
    found = Subtitle.objects.filter(video=video).values_list("label", "is_default")
    assert {each async for each in found} == {("de", False), ("Mine", True)}


async def test_a_video_is_deleted_though_subtitles_are_added_in_that_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = await people.registered()
    owner = Principal(user.pk, user.display_name, user.is_guest, via="session")
    video = (await add(user)).video
    removal = await removals._announce(video)
    assert removal is not None
    is_locked, may_end = threading.Event(), threading.Event()

    def room_for(_owner: Principal, *, at_least: int) -> int:
        is_locked.set()
        may_end.wait()
        return at_least

    monkeypatch.setattr(quotas, "room_for", room_for)
    own = asyncio.ensure_future(
        subtitles.add(
            video, by=owner, vtt="WEBVTT\n", language="en", label="Mine", is_default=False
        )
    )
    await asyncio.to_thread(is_locked.wait)
    deleting = asyncio.ensure_future(removals._delete_row(removal))
    await eventually(another_waits)
    may_end.set()
    await asyncio.gather(own, deleting)
    assert not await Video.objects.filter(pk=video.pk).aexists()
    assert not await Subtitle.objects.aexists()
