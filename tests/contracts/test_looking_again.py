"""Looking again into films that an older version took in, on every database."""

import pytest

from library.models import Video
from media.plan import Way
from processing.looking_again import look_again
from processing.models import Job
from processing.states import Status
from tests.processing.films import fresh, job_of, upload
from tests.support import films
from tests.support.films import make_film

pytestmark = [pytest.mark.films, pytest.mark.usefixtures("live", "each_database")]


async def test_what_an_older_version_did_not_see_is_queued_once_and_never_after_it_failed() -> None:
    video = await upload(make_film(films.INTERLACED_MP4))
    await Job.objects.filter(video=video).adelete()
    await Video.objects.filter(pk=video.pk).aupdate(is_interlaced=False)
    assert await look_again(await fresh(video)) == Way.DIRECT
    assert (await fresh(video)).is_interlaced
    assert await look_again(await fresh(video)) is None
    await Job.objects.filter(pk=(await job_of(video)).pk).aupdate(status=Status.FAILED)
    assert await look_again(await fresh(video)) is None
