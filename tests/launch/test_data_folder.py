import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from launch import data_folder
from tests.config.entrance import call
from tests.support.clips import tiny_clip
from tests.support.supervised import running


@pytest.fixture(autouse=True)
def _ordinary_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode_of(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


def modes_below(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): mode_of(path) for path in sorted(folder.rglob("*"))}


def older(folder: Path) -> Path:
    """Make a data folder as versions before this one left it."""
    for name in ("streamit.sqlite3", "migrate.lock", "videos/one/original", "uploads/part"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def private(folder: Path, *, nginx_reads: bool = False) -> list[str]:
    told: list[str] = []
    data_folder.make_private(folder, tell=told.append, nginx_reads=nginx_reads)
    return told


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    data_folder.make(tmp_path / "made" / "data")

    assert mode_of(tmp_path / "made" / "data") == "0700"


def test_what_an_older_version_left_is_made_private(tmp_path: Path) -> None:
    data = older(tmp_path / "data")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    (data / "videos" / "link").symlink_to(elsewhere)

    assert private(data) == []

    (data / "videos" / "link").unlink()
    assert mode_of(data) == "0700"
    assert modes_below(data) == {
        "migrate.lock": "0600",
        "streamit.sqlite3": "0600",
        "uploads": "0700",
        "uploads/part": "0600",
        "videos": "0700",
        "videos/one": "0700",
        "videos/one/original": "0600",
    }
    assert mode_of(elsewhere) == "0644"


def test_a_folder_that_holds_other_things_stays_open_and_ours_in_it_does_not(
    tmp_path: Path,
) -> None:
    data = older(tmp_path / "data")
    (data / "letters").touch()

    [line] = private(data)

    assert line == f"STREAMIT_DATA: {data} stays open to others: it also holds letters"
    assert (mode_of(data), mode_of(data / "letters")) == ("0755", "0644")
    assert mode_of(data / "streamit.sqlite3") == "0600"


def test_the_group_of_an_nginx_that_sends_videos_keeps_them_and_nothing_else(
    tmp_path: Path,
) -> None:
    data = older(tmp_path / "data")

    private(data, nginx_reads=True)

    assert (mode_of(data), mode_of(data / "videos")) == ("0750", "0750")
    assert mode_of(data / "videos/one/original") == "0640"
    assert (mode_of(data / "streamit.sqlite3"), mode_of(data / "uploads")) == ("0600", "0700")


def test_a_secret_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"

    data_folder.make_secret_key(path)
    secret = path.read_text()
    data_folder.make_secret_key(path)

    assert path.read_text() == secret
    assert len(secret) >= 32
    assert mode_of(path) == "0600"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.faults
def test_all_that_a_running_streamit_makes_is_its_owners_alone(tmp_path: Path) -> None:
    data = older(tmp_path / "data")
    (data / "streamit.sqlite3").unlink()
    log = tmp_path / "streamit.log"
    with running(data, STREAMIT_LOG_PATH=str(log)) as up:
        *_, guest = call(up.port, "POST", "/api/v1/auth/guest", {"display_name": "Ana"})
        reply = httpx2.post(
            f"{up.address}/api/v1/videos",
            files={"file": ("film.mp4", tiny_clip(), "video/mp4")},
            headers={"Authorization": f"Bearer {json.loads(guest)['access_token']}"},
        )
        assert reply.status_code == 201, reply.text
        assert call(up.port, "GET", "/nothing")[0] == 404
        assert up.stop() == 0

    modes = modes_below(data)
    assert {
        "secret_key",
        "streamit.sqlite3",
        "valkey/valkey.log",
        f"videos/{reply.json()['id']}/original",
    } <= modes.keys()
    assert not {name: mode for name, mode in modes.items() if not mode.endswith("00")}
    assert mode_of(data) == "0700"
    assert (mode_of(log), "Not Found: /nothing" in log.read_text()) == ("0600", True)
