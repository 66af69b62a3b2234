"""Changes that are made again when the database was away."""

from pathlib import Path

import pytest
from django.db import OperationalError

from library.models import Rendition
from processing import database_wait, publishing, queue
from processing.models import Job
from tests.processing.films import a_film

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def test_a_change_whose_answer_was_lost_is_made_once_more_with_the_row_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = await a_film()
    monkeypatch.setattr(database_wait, "PAUSE_S", 0.001)
    job = await queue.claim("worker")
    assert job is not None
    seen: list[int] = []

    @database_wait.patiently
    def take(row: Job) -> None:
        row.attempt += 1
        seen.append(row.attempt)
        if len(seen) == 1:
            raise OperationalError

    await take(job)
    assert (seen, job.attempt) == ([2, 2], 2)
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    made = publishing.Made(path, Rendition.Kind.MP4, "video/mp4")
    storage = publishing.storage_of(job.video)
    for _ in range(2):
        await publishing._announce(job, [made], storage)
    assert await Rendition.objects.filter(video=video).acount() == 1
