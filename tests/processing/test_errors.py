"""What is said of an error of the system."""

import errno
import os

import pytest

from processing.errors import failure_of


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.ENOENT, "machine_failed"),
        (errno.EACCES, "machine_failed"),
    ],
)
def test_only_a_full_disk_is_called_full(number: int, code: str) -> None:
    failure = failure_of(OSError(number, os.strerror(number)))

    assert failure.code == code
    assert os.strerror(number) in failure.detail
