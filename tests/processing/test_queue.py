"""Which job comes next, for whom, and at which worker. The rows have no files behind them."""

import pytest

from accounts.models import User
from core import metrics
from core.database import in_database
from library.models import Source, Video
from media.plan import Way
from processing import backlog, queue
from processing.models import Job
from processing.queue import Choice
from tests.accounts import people

pytestmark = pytest.mark.django_db(transaction=True)


@in_database
def add(owner: User, way: Way = Way.REMUX, lines: int = 360) -> Job:
    video = Video.objects.create(
        owner=owner,
        title="A film",
        status=Video.Status.QUEUED,
        size_bytes=1,
        mime_type="video/mp4",
        width=lines * 2,
        height=lines,
    )
    Source.objects.create(video=video, storage="local", key=f"{video.pk}/original", etag='"x"')
    return queue.enqueue(video, way)


EVERYTHING = Choice()


async def order(count: int, choice: Choice = EVERYTHING) -> list[int | None]:
    """Return which jobs are claimed one after the other, none of them finished."""
    claimed = [await queue.claim("worker", choice) for _ in range(count)]
    return [job.pk if job else None for job in claimed]


async def test_the_one_that_waits_longest_comes_first_and_nobody_gets_it_twice() -> None:
    ana = await people.guest()
    jobs = [(await add(ana)).pk for _ in range(3)]
    assert await order(4) == [*jobs, None]


async def test_who_adds_many_films_does_not_keep_others_waiting() -> None:
    ana, ben = await people.guest(), await people.guest()
    first, second, third = [(await add(ana)).pk for _ in range(3)]
    of_ben = (await add(ben)).pk
    assert await order(4) == [first, of_ben, second, third]


async def test_films_that_nobody_can_watch_yet_come_before_more_sizes_of_others() -> None:
    ana = await people.guest()
    sizes = (await add(ana, Way.DIRECT)).pk
    unseen = (await add(ana, Way.TRANSCODE)).pk
    assert await order(2) == [unseen, sizes]


async def test_a_worker_takes_what_suits_its_machine() -> None:
    ana = await people.guest()
    large, small = (await add(ana, Way.TRANSCODE, 2160)).pk, (await add(ana, Way.REMUX, 720)).pk
    assert await order(1, Choice(ways=frozenset([Way.DIRECT]))) == [None]
    assert await order(2, Choice(max_height=1080)) == [small, None]
    assert await order(1) == [large]


async def test_what_waits_is_counted_for_operators() -> None:
    await add(await people.guest())
    await in_database(backlog.measure)()
    assert metrics.jobs.labels("queued")._value.get() == 1
    assert metrics.jobs.labels("failed")._value.get() == 0
