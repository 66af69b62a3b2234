"""What is said of an error of the system."""

import errno
import os

import pytest

from processing.errors import hindered_by


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.ENOENT, "internal"),
        (errno.EACCES, "internal"),
    ],
)
def test_only_a_full_disk_is_called_full(number: int, code: str) -> None:
    failure = hindered_by(OSError(number, os.strerror(number)))

    assert failure.code == code
    assert os.strerror(number) in (failure.words if code == "disk_full" else failure.detail)
