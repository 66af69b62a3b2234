"""What only the storage on local disk does; tests/contracts has what every storage does."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.receive.pipeline import once
from library.storage.local import LocalStorage
from library.storage.options import LocalOptions
from tests.support.small_disk import small_disk

# One that we are in, as operators are told to arrange.
OTHER_GROUP = next((group for group in os.getgroups() if group != os.getgid()), os.getgid() + 1)


@pytest.fixture(autouse=True)
def _private_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode_of(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


def local(root: Path) -> LocalStorage:
    return LocalStorage(LocalOptions(root))


async def put(root: Path) -> Path:
    """Store something; return its path."""
    await local(root).put("a/b/original", once(b"film"), 10)
    return root / "a" / "b" / "original"


def a_film(path: Path) -> Path:
    path.touch(0o600)
    path.write_bytes(b"film")
    return path


async def test_what_it_stores_is_its_owners_alone(tmp_path: Path) -> None:
    path = await put(tmp_path / "videos")

    folders = [mode_of(folder) for folder in path.parents[:3]]
    assert (mode_of(path), folders) == ("0600", ["0700"] * 3)


async def test_the_group_that_may_read_the_folder_may_read_what_is_stored(tmp_path: Path) -> None:
    root = tmp_path / "videos"
    root.mkdir()
    root.chmod(0o2750)

    path = await put(root)

    assert [mode_of(folder) for folder in path.parents[:3]] == ["2750"] * 3
    assert (mode_of(path), mode_of(root / ".drafts")) == ("0640", "2700")


async def test_a_file_of_its_own_disk_is_not_copied(tmp_path: Path) -> None:
    root, film = tmp_path / "videos", a_film(tmp_path / "film")
    root.mkdir()
    os.chown(root, -1, OTHER_GROUP)
    root.chmod(0o2750)

    await local(root).put_file("a/b/original", film)

    stored = root / "a" / "b" / "original"
    assert stored.samefile(film)
    # By which an nginx of another user reads it.
    assert (mode_of(stored), stored.stat().st_gid) == ("0640", OTHER_GROUP)


async def test_a_file_of_another_disk_is_copied(tmp_path: Path) -> None:
    with small_disk(tmp_path / "other", 2**20) as other:
        film = a_film(other.root / "film")
        await local(tmp_path / "videos").put_file("a/b/original", film)

    assert (tmp_path / "videos" / "a" / "b" / "original").read_bytes() == b"film"


async def test_nothing_is_left_of_a_file_whose_storing_was_cancelled(tmp_path: Path) -> None:
    film = a_film(tmp_path / "film")
    storing = asyncio.create_task(local(tmp_path / "videos").put_file("a/b/original", film))
    await asyncio.sleep(0)
    storing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await storing

    assert [key async for key in local(tmp_path / "videos").list()] == []
    assert film.read_bytes() == b"film"
