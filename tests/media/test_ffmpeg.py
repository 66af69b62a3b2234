"""ffmpeg as it runs under us: progress, failures in words, and an end to what hangs."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import pytest

import media.ffmpeg
from media import recipes
from media.ffmpeg import Ffmpeg, FfmpegFailed, FfmpegKilled, FfmpegStalled
from media.kinds import FILES
from tests.support import encoders
from tests.support.waiting import eventually

ENDLESS = ["-nostdin", "-v", "error", "-progress", "pipe:1", "-re", "-f", "lavfi", "-i", "testsrc2"]
TO_NOWHERE = ["-f", "null", "-"]


@pytest.fixture(autouse=True)
def _started_as_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media.ffmpeg, "start", encoders.start_anew)


def children() -> set[int]:
    pid = os.getpid()
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


async def begun(before: set[int]) -> int:
    """Return the process id of the ffmpeg that was just started, once it is one."""

    async def ours() -> int | None:
        for pid in children() - before:
            if b"testsrc2" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return None

    return await eventually(ours, every_s=0.01)


async def test_it_tells_how_far_it_has_come(tmp_path: Path) -> None:
    seen: list[float] = []
    source = ["-nostdin", "-v", "error", "-progress", "pipe:1", "-f", "lavfi", "-i", "testsrc2"]
    await Ffmpeg.found().run(
        [*source, "-t", "2", *TO_NOWHERE], folder=tmp_path, progress=seen.append
    )
    assert seen[-1] == pytest.approx(2, abs=0.1)


async def test_a_failure_has_its_last_words(tmp_path: Path) -> None:
    missing = recipes.reading(tmp_path / "missing.mkv", "matroska")
    with pytest.raises(FfmpegFailed) as failed:
        await Ffmpeg.found().run([*missing, *TO_NOWHERE], folder=tmp_path)
    assert "No such file" in failed.value.words


async def test_what_is_killed_from_outside_says_so(tmp_path: Path) -> None:
    before = children()
    running = asyncio.ensure_future(Ffmpeg.found().run([*ENDLESS, *TO_NOWHERE], folder=tmp_path))
    os.kill(await begun(before), signal.SIGKILL)
    with pytest.raises(FfmpegKilled):
        await running


async def test_what_stands_still_is_ended(tmp_path: Path) -> None:
    before = children()
    running = asyncio.ensure_future(
        Ffmpeg.found().run([*ENDLESS, *TO_NOWHERE], folder=tmp_path, stalled_s=0.5)
    )
    pid = await begun(before)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(FfmpegStalled):
        await running
    assert not Path(f"/proc/{pid}").exists()


async def test_nothing_runs_on_after_a_cancellation(tmp_path: Path) -> None:
    before = children()
    running = asyncio.ensure_future(Ffmpeg.found().run([*ENDLESS, *TO_NOWHERE], folder=tmp_path))
    pid = await begun(before)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not Path(f"/proc/{pid}").exists()


async def test_what_a_script_called_is_ended_with_it(tmp_path: Path) -> None:
    script, told = tmp_path / "ffmpeg", tmp_path / "pid"
    script.write_text(
        f'#!/bin/sh\n{Ffmpeg.found().program} "$@" &\necho $! > {told}.new\n'
        f"mv {told}.new {told}\nwait\n"
    )
    script.chmod(0o700)
    running = asyncio.ensure_future(
        Ffmpeg(str(script)).run([*ENDLESS, *TO_NOWHERE], folder=tmp_path)
    )

    async def pid() -> str:
        return told.read_text() if told.exists() else ""

    ffmpeg = await eventually(pid)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    # Nothing is left to read of one that nobody has waited for.
    with contextlib.suppress(FileNotFoundError):
        assert not Path(f"/proc/{ffmpeg.strip()}/cmdline").read_bytes()


@pytest.mark.parametrize("demuxer", sorted({kind.demuxer for kind in FILES}))
async def test_a_playlist_in_disguise_opens_no_other_file(tmp_path: Path, demuxer: str) -> None:
    secret, disguised = tmp_path / "secret.ts", tmp_path / "film.mkv"
    secret.write_bytes(b"G" * 188)
    disguised.write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n"
    )
    command = [*recipes.reading(disguised, demuxer), "-c", "copy", "-f", "mpegts", "out.ts"]
    with pytest.raises(FfmpegFailed):
        await Ffmpeg.found().run(command, folder=tmp_path)


async def test_it_gets_nothing_of_our_environment_and_comes_behind_the_rooms(
    tmp_path: Path,
) -> None:
    before = children()
    quiet = Ffmpeg.found(is_idle=True)
    running = asyncio.ensure_future(quiet.run([*ENDLESS, *TO_NOWHERE], folder=tmp_path))
    pid = await begun(before)
    assert Path(f"/proc/{pid}/environ").read_bytes() == b""
    assert os.sched_getscheduler(pid) == os.SCHED_IDLE
    assert int(Path(f"/proc/{pid}/oom_score_adj").read_text()) == 500
    running.cancel()
    await asyncio.wait({running})
