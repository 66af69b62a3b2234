"""Films with tracks, sizes and edges as few have them: what is made of them, and what is told."""

from pathlib import Path

import pytest

from library.models import Rendition, Video
from library.renditions import prefers_hls, published
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import path_of, upload
from tests.support.films import make_film
from tests.support.numbered import H264, film

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def made_of(worker: Worker, path: Path) -> tuple[Job, dict[str, Path]]:
    """Have everything made of a film; return its job, and what there is by name."""
    video = await upload(path)
    assert await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    rows = Rendition.objects.filter(video=video, is_published=True)
    return job, {row.name: await path_of(row) async for row in rows}


async def test_a_small_film_in_two_languages_is_played_as_a_stream_with_both(
    worker: Worker,
) -> None:
    two = film(
        *("mkv", 2, "-map", "0:v", "-map", "1:a", "-map", "1:a"),
        *("-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=und"),
        codecs=(*H264, "-c:a", "aac"),
    )
    job, made = await made_of(worker, make_film(two))
    master = made["master1.m3u8"].read_text()
    assert 'NAME="deu",LANGUAGE="deu"' in master
    assert 'NAME="Sound 2",DEFAULT=NO' in master
    assert "film.mp4" in made
    video = await Video.objects.select_related("source").aget(pk=job.video_id)
    assert prefers_hls(video, await published(video))
