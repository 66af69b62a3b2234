"""What only the storage on local disk does; tests/contracts has what every storage does."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.receive.pipeline import once
from library.storage.local import LocalStorage
from library.storage.options import LocalOptions


@pytest.fixture(autouse=True)
def _private_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode_of(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


async def put(root: Path) -> Path:
    """Store something; return its path."""
    await LocalStorage(LocalOptions(root)).put("a/b/original", once(b"film"), 10)
    return root / "a" / "b" / "original"


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
