"""Programs that read what strangers sent run in processes that know nothing of the server."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

import media.child
from tests.media.probed import facts_of
from tests.support import probes
from tests.support.clips import tiny_clip
from tests.support.waiting import eventually

TELLS_WHAT_IT_KNOWS = """
import json, os, sys
print(json.dumps([dict(os.environ), os.getcwd(), sys.path[0], sys.flags.isolated, sys.argv[1:]]))
"""


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start what users start: a new process (see tests/support/probes.py)."""
    monkeypatch.setattr(media.child, "start", probes.start_anew)


async def test_it_has_neither_our_environment_nor_our_folder_nor_our_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = media.child._PROGRAMS
    (tmp_path / "__main__.py").write_text((real / "__main__.py").read_text())
    (tmp_path / "teller.py").write_text(TELLS_WHAT_IT_KNOWS)
    monkeypatch.setattr(media.child, "_PROGRAMS", tmp_path)
    async with media.child.running("teller", "one", "two") as child:
        told = json.loads((await child.communicate())[0])
    env, *others = told
    # What Python sets by itself.
    assert env.keys() <= {"LC_CTYPE"}
    assert others == ["/", str(tmp_path), 1, ["one", "two"]]


async def test_a_probe_finds_the_same_as_one_that_tests_fork(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = await facts_of(tiny_clip())
    assert found.poster
    monkeypatch.undo()
    assert media.child.start is not probes.start_anew
    assert await facts_of(tiny_clip()) == found


async def is_paused(child: asyncio.subprocess.Process) -> bool:
    return bool(child.stdout._paused)  # type: ignore[union-attr]


async def test_one_that_floods_us_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "__main__.py").write_text((media.child._PROGRAMS / "__main__.py").read_text())
    (tmp_path / "flood.py").write_text("import os\nwhile True: os.write(1, bytes(65536))")
    monkeypatch.setattr(media.child, "_PROGRAMS", tmp_path)
    async with media.child.running("flood") as child:
        # Nothing more is read, so its pipe becomes full.
        await eventually(lambda: is_paused(child), every_s=0.01)
    assert child.returncode == -signal.SIGKILL
