"""Tests of what the steps do beside ffmpeg."""

import asyncio
import errno
import os
import sys
from pathlib import Path

import pytest

from library.models import Rendition
from media.ffmpeg import Ffmpeg
from processing import steps, writing
from processing.attempt import Attempt
from processing.errors import LeaseLost
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import a_film, job_of, upload
from tests.support.films import TWO_LANGUAGES, make_film

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

# Writes a little, and ends once somebody has made a certain file.
SLOW = """#!{python}
import pathlib, sys
output = pathlib.Path(sys.argv[-1])
output.write_bytes(b"film")
while not output.with_name("on-the-disk").exists():
    print("progress=end", flush=True)
"""


# Begins a larger size once the pictures of the seek bar are made.
IN_TURN = """#!{python}
import os, sys
if sys.argv[-1] == "s%03d.jpg":
    open({fifo!r}, "wb").close()
elif "v540.m3u8" in sys.argv:
    open({fifo!r}, "rb").close()
os.execv({ffmpeg!r}, [{ffmpeg!r}, *sys.argv[1:]])
"""


async def begun(folder: Path) -> Attempt:
    """Return an attempt whose ffmpeg is slow."""
    program = folder / "slow"
    program.write_text(SLOW.format(python=sys.executable))
    program.chmod(0o700)
    video = await a_film()
    job = await Job.objects.select_related("video__source").aget(video=video)
    return Attempt(job, folder, Ffmpeg(str(program)))


async def test_what_ffmpeg_has_written_goes_to_the_disk_while_it_still_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = await begun(tmp_path)
    output, sync = attempt.folder / "film.mp4", os.fsync

    def and_tell(descriptor: int) -> None:
        sync(descriptor)
        output.with_name("on-the-disk").touch()

    monkeypatch.setattr(os, "fsync", and_tell)
    await writing.write(attempt, [str(output)], [output])
    assert output.read_bytes() == b"film"


async def test_a_disk_that_fails_meanwhile_ends_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = await begun(tmp_path)

    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, "broken")

    # The kernel tells of it once.
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="broken"):
        await writing.write(attempt, [str(attempt.folder / "x")], [attempt.folder / "x"])


async def test_the_pictures_of_the_seek_bar_are_made_while_larger_sizes_are(tmp_path: Path) -> None:
    video = await upload(make_film(TWO_LANGUAGES))
    program, fifo = tmp_path / "in-turn", tmp_path / "fifo"
    os.mkfifo(fifo)
    ffmpeg = Ffmpeg.found().program
    program.write_text(IN_TURN.format(python=sys.executable, fifo=str(fifo), ffmpeg=ffmpeg))
    program.chmod(0o700)
    assert await Worker(tmp_path / "scratch", Ffmpeg(str(program))).work()
    job = await job_of(video)
    assert job.status == Status.COMPLETED, job.reason
    made = {row.name async for row in Rendition.objects.filter(video=video, is_published=True)}
    assert {"v540.m3u8", "s001.jpg"} <= made


async def test_what_fails_beside_hours_of_work_does_not_cost_them() -> None:
    begun, done = asyncio.Event(), []

    async def long_work() -> None:
        await begun.wait()
        done.append("all of it")

    async def quick_work() -> None:
        begun.set()
        raise LeaseLost

    with pytest.raises(LeaseLost):
        await steps.together(long_work(), quick_work())
    assert done == ["all of it"]
