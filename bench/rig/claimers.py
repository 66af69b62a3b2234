"""Workers that only claim and finish jobs, and print what they claimed.

Run with the settings of a database. ``python -m bench.rig.claimers fill JOBS OWNERS`` makes the
jobs; ``… ours`` and ``… bare`` are one worker each, of our queue or of a minimal one. A worker
prints ``ready``, waits for a line, works until no job is left, and prints JSON: a list of ``[job,
owner, time of the claim, duration of the claim]``, in seconds.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from accounts.models import User

# A claim: the job, its owner, when it was claimed, and how long that took.
Claim = tuple[int, str, float, float]

_BARE_TABLE = "CREATE TABLE bench_bare (id integer PRIMARY KEY, owner text, status text)"
_BARE_INDEX = "CREATE INDEX bench_next ON bench_bare (id) WHERE status = 'queued'"
_BARE_CLAIM = """UPDATE bench_bare SET status = 'processing' WHERE id = (
    SELECT id FROM bench_bare WHERE status = 'queued' ORDER BY id LIMIT 1 {skip}
) RETURNING id, owner"""
_BARE_FINISH = "UPDATE bench_bare SET status = 'completed' WHERE id = %s"


def main() -> None:
    import django

    django.setup()
    match sys.argv[1:]:
        case ["fill", jobs, owners]:
            _fill(int(jobs), int(owners))
        case ["ours"]:
            _work(lambda: asyncio.run(_ours()))
        case ["bare"]:
            _work(_bare)


def _work(work: Callable[[], list[Claim]]) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    json.dump(work(), sys.stdout)


async def _ours() -> list[Claim]:
    from processing import queue

    claims: list[Claim] = []
    while True:
        began_s = time.monotonic()
        job = await queue.claim("bench")
        if job is None:
            return claims
        now_s = time.monotonic()
        claims.append((job.pk, str(job.video.owner_id), now_s, now_s - began_s))
        await queue.finish(job)


def _bare() -> list[Claim]:
    from django.db import connection

    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    claims: list[Claim] = []
    with connection.cursor() as cursor:
        while True:
            began_s = time.monotonic()
            cursor.execute(_BARE_CLAIM.format(skip=skip))
            found = cursor.fetchone()
            if found is None:
                return claims
            now_s = time.monotonic()
            claims.append((found[0], found[1], now_s, now_s - began_s))
            cursor.execute(_BARE_FINISH, [found[0]])


def _fill(count: int, owners: int) -> None:
    """Make the first half of the jobs for one owner, then one for each of the others in turn."""
    from django.db import connection, transaction

    from accounts.models import User

    users = [User(display_name=f"Owner {n}", is_guest=True) for n in range(owners)]
    whose = [users[0]] * (count // 2)
    whose += [users[1 + n % (owners - 1)] for n in range(count - len(whose))]
    with transaction.atomic(), connection.cursor() as cursor:
        User.objects.bulk_create(users)
        _fill_ours(whose)
        cursor.execute(_BARE_TABLE)
        cursor.execute(_BARE_INDEX)
        bare = [(n, str(owner.pk), "queued") for n, owner in enumerate(whose)]
        cursor.executemany("INSERT INTO bench_bare VALUES (%s, %s, %s)", bare)
    # As on a server that has run for a while: PostgreSQL does this by itself after some time.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _turns(whose: "Sequence[User]") -> "Iterator[int]":
    """Yield the turn of each job, as the queue assigns them while no job is taken."""
    so_far: Counter[UUID] = Counter()
    for owner in whose:
        yield so_far[owner.pk]
        so_far[owner.pk] += 1


def _fill_ours(whose: "Sequence[User]") -> None:
    from django.utils import timezone

    from library.models import Source, Video
    from media.plan import Way
    from processing.models import Job
    from processing.states import Status

    videos = [
        Video(owner=owner, title="A film", status="queued", size_bytes=1, mime_type="video/mp4")
        for owner in whose
    ]
    began = timezone.now() - timedelta(hours=1)
    jobs = [
        Job(
            video=video,
            version=1,
            status=Status.QUEUED,
            turn=turn,
            plan=Way.TRANSCODE,
            held_until=began + timedelta(milliseconds=n),
        )
        for n, (video, turn) in enumerate(zip(videos, _turns(whose), strict=True))
    ]
    sources = [Source(video=video, storage="local", key=f"{video.pk}/original") for video in videos]
    Video.objects.bulk_create(videos, batch_size=500)
    Source.objects.bulk_create(sources, batch_size=500)
    Job.objects.bulk_create(jobs, batch_size=500)


if __name__ == "__main__":
    main()
