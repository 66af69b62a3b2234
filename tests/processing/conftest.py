"""A worker in the test's own process, on the test's own database and disk."""

from pathlib import Path

import pytest

from media.ffmpeg import Ffmpeg
from processing.worker import Worker


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path / "scratch", Ffmpeg.found())
