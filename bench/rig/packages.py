"""Locked Python packages for benches, in their own environment, made when first needed."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

from bench.rig.report import ROOT

FOLDER = ROOT / "bench" / "python"


def python() -> Path:
    """Return a Python with the packages locked in ``bench/python``; safe to call in parallel."""
    lock, venv = FOLDER / "requirements.lock", FOLDER / ".venv"
    program, copy = venv / "bin" / "python", venv / "streamit.lock"
    with lock.open("rb") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        if not copy.is_file() or copy.read_bytes() != lock.read_bytes():
            uv = str(Path(sys.executable).with_name("uv"))
            _run(uv, "venv", "--clear", "--python", sys.executable, str(venv))
            _run(uv, "pip", "sync", "--require-hashes", "--python", str(program), str(lock))
            shutil.copy(lock, copy)
    return program


def _run(*command: str) -> None:
    subprocess.run([*command, "--quiet"], stdin=subprocess.DEVNULL, check=True)
