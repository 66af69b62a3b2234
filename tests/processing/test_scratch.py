"""What workers remove from the folder in which they make files."""

import os
from pathlib import Path

import pytest

from processing import scratch
from processing.scratch import strays


@pytest.mark.django_db(transaction=True)
async def test_only_what_a_worker_has_made_is_ever_removed(tmp_path: Path) -> None:
    kept = ["photos", "7-0123abcd.old", "x7-0123abcd", "7-0123ABCD", "streamit-0123456789ab"]
    for name in [*kept, "7-0123abcd"]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a-file").write_text("somebody's")
    (tmp_path / "8-0123abcd").write_text("a file")
    (tmp_path / "9-0123abcd").symlink_to(tmp_path / "photos")

    assert await strays(tmp_path) == ["7-0123abcd"]
    await scratch.sweep(tmp_path)

    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*kept, "8-0123abcd", "9-0123abcd"}
    assert (tmp_path / "photos" / "a-file").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make something for somebody else")
def test_what_root_makes_in_a_folder_of_somebody_else_is_theirs(tmp_path: Path) -> None:
    # The data folder of the user who serves, and an operator who calls ./streamit work.
    os.chown(tmp_path, 10001, 10001)

    assert scratch.is_usable(tmp_path / "scratch")

    assert (tmp_path / "scratch").stat().st_uid == 10001
