"""Tests of what the steps do beside ffmpeg."""

import errno
import os
import sys
from pathlib import Path

import pytest

from media.ffmpeg import Ffmpeg
from processing import steps
from processing.attempt import Attempt
from processing.models import Job
from tests.processing.films import a_film

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
    await steps.write(attempt, [str(output)], output)
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
        await steps.write(attempt, [str(attempt.folder / "x")], attempt.folder / "x")
