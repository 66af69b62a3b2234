"""Builds the web pages if their sources have changed."""

import fcntl
import gzip
import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"
_SOURCES = ("index.html", "package-lock.json", "vite.config.ts", "tsconfig.json", "src", "public")
_COMPRESSED = {".js", ".css", ".svg", ".json", ".webmanifest"}


class NotBuilt(SystemExit):
    """The pages cannot be built; the text says what is missing or wrong."""


def sources_hash(web: Path = WEB) -> str:
    """Return a hash of everything that the build reads, including file names."""
    digest = hashlib.sha256()
    for source in _SOURCES:
        for path in sorted([web / source, *(web / source).rglob("*")]):
            if path.is_file():
                digest.update(f"{path.relative_to(web)}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def are_fresh(web: Path = WEB) -> bool:
    """Tell whether web/dist was built from the current sources, or there are no sources."""
    stamp = web / "dist" / ".sources"
    if not (web / "src").is_dir():
        return stamp.is_file()
    return stamp.is_file() and stamp.read_text() == sources_hash(web)


def build_when_stale(announce: Callable[[str], None], web: Path = WEB) -> None:
    """Build unless web/dist is fresh; raise NotBuilt. Concurrent callers build only once."""
    if are_fresh(web):
        return
    if not (web / "node_modules").is_dir():
        raise NotBuilt("web/node_modules is missing; ./streamit up and ./streamit test install it")
    with (web / "node_modules" / ".streamit-build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if are_fresh(web):
            return
        announce("Building the pages")
        _build(web)


def _build(web: Path) -> None:
    built_from = sources_hash(web)
    try:
        done = subprocess.run(
            ["npm", "run", "--silent", "build"],
            cwd=web,
            env={**os.environ, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise NotBuilt("npm is missing: install Node.js 20.19 or newer, then try again") from None
    if done.returncode:
        raise NotBuilt(f"{done.stdout.rstrip()}\nThe pages could not be built; see above.")
    dist = web / "dist"
    for path in dist.rglob("*"):
        if path.suffix in _COMPRESSED and path.stat().st_size > 1024:
            compressed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(f"{path.name}.gz").write_bytes(compressed)
    (dist / ".sources").write_text(built_from)


if __name__ == "__main__":
    build_when_stale(print)
