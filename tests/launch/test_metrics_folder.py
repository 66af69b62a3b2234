import os
from pathlib import Path

import pytest

from launch import metrics_folder


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for the memory of this machine."""
    monkeypatch.setattr(metrics_folder, "MEMORY", tmp_path / "memory")
    (tmp_path / "memory").mkdir()
    return tmp_path / "memory"


def test_metrics_are_kept_in_memory_and_a_link_leads_there(memory: Path, tmp_path: Path) -> None:
    link = tmp_path / "run" / "metrics"

    folder = metrics_folder.make(link)

    assert folder is not None
    assert folder.parent == memory
    assert link.resolve() == folder
    metrics_folder.remove(link)
    assert not link.is_symlink()
    assert not any(memory.iterdir())


def test_what_a_killed_run_left_is_removed(memory: Path, tmp_path: Path) -> None:
    link = tmp_path / "run" / "metrics"
    killed = metrics_folder.make(link)

    folder = metrics_folder.make(link)

    assert killed != folder
    assert list(memory.iterdir()) == [folder]


def test_folders_of_killed_runs_elsewhere_are_removed_and_those_of_living_ones_are_not(
    memory: Path, tmp_path: Path
) -> None:
    living = metrics_folder.make(tmp_path / "living" / "metrics")
    killed = memory / "streamit-metrics-killed"
    killed.mkdir()
    (killed / "counter_1.db").touch()
    young = memory / "streamit-metrics-young"
    young.mkdir()
    for folder in (living, killed):
        assert folder is not None
        os.utime(folder, (1, 1))

    ours = metrics_folder.make(tmp_path / "metrics")

    assert set(memory.iterdir()) == {living, young, ours}


def test_what_an_older_version_kept_in_the_data_folder_is_removed(
    memory: Path, tmp_path: Path
) -> None:
    link = tmp_path / "run" / "metrics"
    link.mkdir(parents=True)
    (link / "counter_1.db").touch()

    folder = metrics_folder.make(link)

    assert link.is_symlink()
    assert link.resolve() == folder


def test_a_link_to_somewhere_else_is_removed_without_what_it_leads_to(
    memory: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / "metrics"
    link.symlink_to(elsewhere)

    metrics_folder.remove(link)

    assert not link.exists()
    assert elsewhere.exists()


def test_without_memory_to_take_each_process_keeps_its_own(
    memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_folder, "MEMORY", tmp_path / "nowhere")

    assert metrics_folder.make(tmp_path / "metrics") is None
