"""Films that an older version took for such that every browser plays."""

from importlib import import_module
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from accounts.models import User
from library.models import Source, Video
from library.schemas import only_where
from media.plan import Way
from processing.models import Job
from processing.states import Status


def a_film(owner: User, pixels: str, *, storage: str = "local", plan: Way | None = None) -> UUID:
    """Return a film of VP9 that plays as it is, or by what a job of ``plan`` made of it."""
    video = Video.objects.create(
        owner=owner,
        title=f"{pixels} {storage}",
        status=Video.Status.COMPLETED,
        completed_at=timezone.now(),
        size_bytes=1,
        mime_type="video/x-matroska" if plan else "video/webm",
        video_codec="vp9",
        audio_codec="opus",
        pixel_format=pixels,
        version=1 if plan else 0,
    )
    Source.objects.create(video=video, storage=storage, key=str(video.pk), etag="x")
    if plan:
        about = {"version": 1, "status": Status.COMPLETED, "held_until": timezone.now()}
        Job.objects.create(video=video, plan=plan, **about)
    return video.pk


@pytest.mark.usefixtures("each_database")
def test_a_film_that_only_some_browsers_play_is_queued_once_and_plays_in_them_meanwhile() -> None:
    owner = User.objects.create(display_name="Ana", is_guest=True)
    as_it_is = a_film(owner, "yuv444p")
    copied = a_film(owner, "yuv422p10le", plan=Way.REMUX)
    a_film(owner, "yuv420p10le")
    a_film(owner, "yuv444p", storage="remote")
    a_film(owner, "yuv444p", plan=Way.TRANSCODE)

    migration = import_module("processing.migrations.0008_uncommon_pixels")
    for _ in range(2):
        with connection.schema_editor() as editor:
            migration.queue_once(apps, editor)

    queued = Job.objects.filter(status=Status.QUEUED)
    found = dict(queued.values_list("video_id", "version"))
    assert found == {as_it_is: 1, copied: 2}
    assert {job.plan for job in queued} == {Way.TRANSCODE}
    waiting = Video.objects.get(pk=as_it_is)
    where = only_where(waiting, is_made=False)
    assert (waiting.status, where and where.code) == (Video.Status.QUEUED, "not_ready")
    assert where
    assert "Chrome, Edge and Firefox can." in where.message
    assert Video.objects.get(pk=copied).status == Video.Status.COMPLETED
