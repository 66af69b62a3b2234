"""Interlaced films from before videos said so."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from accounts.models import User
from library.models import Video
from media.plan import Way
from media.probe import Facts
from media.tracks import Picture, Tracks
from processing.models import Job
from processing.states import Status


@pytest.mark.usefixtures("each_database")
def test_an_interlaced_film_from_before_says_so_where_its_job_does() -> None:
    owner = User.objects.create(display_name="Ana", is_guest=True)
    found = {
        "halves": Facts(tracks=Tracks(Picture(is_interlaced=True))).to_json(),
        "wholes": Facts().to_json(),
        "nobody has looked": None,
    }
    for title, facts in found.items():
        video = Video.objects.create(owner=owner, title=title, size_bytes=1)
        about = {"version": 1, "status": Status.COMPLETED, "held_until": timezone.now()}
        Job.objects.create(video=video, plan=Way.DIRECT, facts=facts, **about)

    with connection.schema_editor() as editor:
        import_module("processing.migrations.0009_interlaced").tell(apps, editor)

    interlaced = Video.objects.filter(is_interlaced=True)
    assert list(interlaced.values_list("title", flat=True)) == ["halves"]
