"""The embedded Valkey, with what a crash or a bad disk may have left in its folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from launch import valkey
from tests.support.patience import PATIENCE_S

pytestmark = pytest.mark.faults


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which an ended Valkey has stored that ``film`` is ``on``."""
    process = valkey.start(tmp_path / "valkey")
    client(tmp_path / "valkey").set("film", "on")
    process.terminate()
    assert process.wait(PATIENCE_S) == 0
    return tmp_path / "valkey"


def client(folder: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(folder / "valkey.sock"))


def append(text: bytes) -> Callable[[Path], object]:
    def damage(files: Path) -> None:
        with next(files.glob("*.incr.aof")).open("ab") as file:
            file.write(text)

    return damage


def replace(pattern: str, text: bytes) -> Callable[[Path], object]:
    return lambda files: next(files.glob(pattern)).write_bytes(text)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(append(b"\0" * 4096), id="zeros after a power cut"),
        pytest.param(append(b"*1\r\n$4\r\nNOPE\r\n"), id="an unknown command"),
        pytest.param(replace("*.incr.aof", b"rubbish"), id="nothing but rubbish"),
        pytest.param(replace("*.base.rdb", b"VALKEY080\xfa"), id="a base that breaks off"),
        pytest.param(replace("*.manifest", b""), id="an empty manifest"),
        pytest.param(lambda files: next(files.glob("*.base.rdb")).unlink(), id="no base"),
    ],
)
def test_damaged_append_only_files_are_set_aside_with_the_date_and_told_in_one_line(
    folder: Path, damage: Callable[[Path], object]
) -> None:
    damage(folder / "appendonlydir")
    told: list[str] = []

    process = valkey.start(folder, tell=told.append)
    try:
        assert client(folder).get("film") is None
        client(folder).set("film", "on again")
    finally:
        process.terminate()
        process.wait()

    [aside] = folder.glob("appendonlydir-damaged-20*")
    assert told == [f"the append-only files are damaged and set aside as {aside}"]
    # The next start has nothing to set aside: the old start's log no longer counts.
    process = valkey.start(folder, tell=told.append)
    try:
        assert client(folder).get("film") == b"on again"
    finally:
        process.terminate()
        process.wait()
    assert len(told) == 1


def test_a_file_that_ends_in_the_middle_of_a_command_loses_that_command_only(folder: Path) -> None:
    append(b"*3\r\n$3\r\nSET\r\n$4\r\nfi")(folder / "appendonlydir")
    told: list[str] = []

    process = valkey.start(folder, tell=told.append)
    try:
        assert client(folder).get("film") == b"on"
    finally:
        process.kill()
        process.wait()

    assert told == []


def test_a_valkey_that_does_not_answer_in_time_keeps_its_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in (folder / "appendonlydir").iterdir())
    stopped = folder / "stopped"
    stopped.write_text("#!/bin/sh\nkill -STOP $$\n")
    stopped.chmod(0o700)
    monkeypatch.setattr(valkey, "find_binary", lambda: stopped)

    with pytest.raises(valkey.NoValkey, match="did not answer within"):
        valkey.start(folder, timeout_s=0.2)

    assert sorted(path.name for path in (folder / "appendonlydir").iterdir()) == before


def test_a_valkey_that_ends_for_another_reason_keeps_its_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in (folder / "appendonlydir").iterdir())
    # What an older start has logged does not count.
    (folder / "valkey.log").write_text("Bad file format reading the append only file\n")
    monkeypatch.setattr(valkey, "find_binary", lambda: Path("/bin/false"))

    with pytest.raises(valkey.NoValkey, match="did not start"):
        valkey.start(folder)

    assert sorted(path.name for path in (folder / "appendonlydir").iterdir()) == before
