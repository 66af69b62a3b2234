"""Programs that are given up at any moment, also while they are being started."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

import media.child
import media.ffmpeg
from media.ffmpeg import Ffmpeg
from tests.media.probed import facts_of
from tests.support import encoders, probes
from tests.support.clips import tiny_clip

# More than any of them takes to start.
MOST_STEPS = 16


def probing(_folder: Path) -> Coroutine[object, object, object]:
    return facts_of(tiny_clip())


def encoding(folder: Path) -> Coroutine[object, object, object]:
    endless = ("-v", "error", "-progress", "pipe:1", "-f", "lavfi", "-i", "testsrc2")
    return Ffmpeg.found().run([*endless, "-f", "null", "-"], folder=folder)


@pytest.mark.parametrize("begin", [probing, encoding])
@pytest.mark.parametrize("forked", [True, False], ids=["as tests do", "as users do"])
async def test_nothing_stays_open_of_what_is_given_up_after_any_number_of_steps(
    begin: Callable[[Path], Coroutine[object, object, object]],
    forked: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not forked:
        monkeypatch.setattr(media.child, "start", probes.start_anew)
        monkeypatch.setattr(media.ffmpeg, "start", encoders.start_anew)
    tiny_clip()
    opened = []
    for steps in range(1, MOST_STEPS):
        running = asyncio.ensure_future(begin(tmp_path))
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])
        opened.append(len(list(Path("/proc/self/fd").iterdir())))
    # The first one may have connected to the process from which others are forked. What tests
    # before this one left may be closed meanwhile.
    assert max(opened) == opened[0]
