"""Locked Node.js packages for tests and benches, installed when first needed."""

import fcntl
import shutil
import subprocess
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent


def install(folder: Path) -> None:
    """Install the packages locked in ``folder``, once; safe to call in parallel."""
    lock, copy = folder / "package-lock.json", folder / "node_modules" / "streamit.lock"
    with lock.open("rb") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        if copy.is_file() and copy.read_bytes() == lock.read_bytes():
            return
        quiet = ("--silent", "--no-progress", "--no-audit", "--no-fund")
        # None of these packages needs its install scripts.
        command = ["npm", "ci", *quiet, "--ignore-scripts"]
        subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=True)
        shutil.copy(lock, copy)


if __name__ == "__main__":
    install(TESTS)
