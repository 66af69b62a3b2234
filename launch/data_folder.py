"""The data folder: created, or made private, before anything else uses it.

It holds the key that signs sessions, all email addresses and all films, so only the user who runs
StreamIt may read it: folders are 0700 and files 0600 (OWASP ASVS 4.0.3, 12.3 and 14.1).
"""

import argparse
import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

# Files and folders made from now on, here and in child processes, belong to their owner alone.
PRIVATE_UMASK = 0o077
VIDEOS = "videos"
_DATABASE = "streamit.sqlite3"
ROOT = Path(__file__).resolve().parent.parent
_OURS = {
    *(f"{_DATABASE}{end}" for end in ("", "-wal", "-shm", "-journal")),
    *(VIDEOS, "uploads", "scratch", "valkey", "run", "secret_key", "migrate.lock", "restoring"),
}
# The disk, or this user's quota, is full. Reading and rooms still work.
_FULL = {errno.ENOSPC, errno.EDQUOT}


class NoDataFolder(SystemExit):
    """The data folder cannot be used; the text says why, in one line."""


def given(name: str) -> str:
    """Return a setting from the environment or its ``_FILE``; empty if it is not set."""
    # The server reports a file that cannot be read or holds no text.
    with contextlib.suppress(OSError, ValueError):
        return _read(name)
    return os.environ.get(name, "")


def _read(name: str) -> str:
    path = os.environ.get(f"{name}_FILE")
    if path and (text := Path(path).read_text().strip()):
        return text
    return os.environ.get(name, "")


def choose(option: Path | None) -> Path:
    """Set STREAMIT_DATA from ``--data``, or leave it, or use the default; return the folder.

    Raises NoDataFolder for a STREAMIT_DATA_FILE that cannot be read, because the server will not
    see that setting.
    """
    try:
        folder = (option or Path(_read("STREAMIT_DATA") or ROOT / "var")).resolve()
    except OSError as error:
        raise NoDataFolder(
            f"STREAMIT_DATA_FILE: cannot read {error.filename}: {error.strerror}"
        ) from None
    except ValueError:
        raise NoDataFolder(
            f"STREAMIT_DATA_FILE: {os.environ['STREAMIT_DATA_FILE']} holds no text"
        ) from None
    os.environ.pop("STREAMIT_DATA_FILE", None)
    os.environ["STREAMIT_DATA"] = str(folder)
    return folder


def choose_by(arguments: list[str]) -> None:
    """Call ``choose`` with the ``--data`` among a command's ``arguments``, if there is one."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data", type=Path, nargs="?")
    choose(parser.parse_known_args(arguments)[0].data)


def make(folder: Path) -> None:
    """Make the data folder if necessary; raise NoDataFolder unless it is writable."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        if error.errno not in _FULL:
            raise NoDataFolder(
                f"STREAMIT_DATA: cannot write to {folder}: {error.strerror}"
            ) from None


def make_private(folder: Path, *, tell: Callable[[str], None], nginx_reads: bool) -> None:
    """Remove the permissions of other users from ``folder`` and everything of ours in it.

    With ``nginx_reads`` the folder and its videos stay readable for the group that the operator
    has given them to. A folder that also holds other people's files keeps its own permissions.
    ``tell`` is called with what could not be done.
    """
    taken = 0o007 if nginx_reads else 0o077
    try:
        names = {path.name for path in folder.iterdir()}
        for name in sorted(names & _OURS):
            _close(folder / name, taken if name == VIDEOS else 0o077)
        if not _is_open(folder, taken):
            return
        if others := sorted(names - _OURS - {"lost+found"}):
            tell(f"STREAMIT_DATA: {folder} stays open to others: it also holds {others[0]}")
        else:
            _close_one(folder, taken)
    except OSError as error:
        tell(f"STREAMIT_DATA: cannot make {error.filename} private: {error.strerror}")


def make_secret_key(path: Path) -> None:
    """Make the key that signs sessions and tokens, unless it exists; completely or not at all."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        # Another start may have been faster; then its key counts.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        raise NoDataFolder(f"STREAMIT_DATA: cannot write {path}: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)


def _close(path: Path, taken: int) -> None:
    """Clear the mode bits ``taken`` of everything below ``path``, and of ``path`` last.

    Videos are skipped if their folder is closed already, because there may be many.
    """
    if path.is_dir() and (path.name != VIDEOS or _is_open(path, taken)):
        for below in _below(path):
            _close_one(below, taken)
    _close_one(path, taken)


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, topdown=False):
        for name in (*names, *folders):
            path = Path(place, name)
            if not path.is_symlink():
                yield path


def _close_one(path: Path, taken: int) -> None:
    # Other processes of ours may remove files meanwhile.
    with contextlib.suppress(FileNotFoundError):
        if _is_open(path, taken):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~taken)


def _is_open(path: Path, taken: int) -> bool:
    return bool(path.stat().st_mode & taken)
