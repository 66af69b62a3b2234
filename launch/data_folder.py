"""The data folder: made or made private before anything else looks into it.

It holds the key that signs sessions, every address and every film, so nobody but the user who
runs StreamIt may read it: folders are 0700 and files 0600 (OWASP ASVS 4.0.3, 12.3 and 14.1).
"""

import argparse
import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

# What is made from now on, here and in the processes that inherit it, is its owner's alone.
PRIVATE_UMASK = 0o077
VIDEOS = "videos"
_DATABASE = "streamit.sqlite3"
ROOT = Path(__file__).resolve().parent.parent
_OURS = {
    *(f"{_DATABASE}{end}" for end in ("", "-wal", "-shm", "-journal")),
    *(VIDEOS, "uploads", "scratch", "valkey", "run", "secret_key", "migrate.lock", "restoring"),
}
# No room is left, for this user or for anybody. Who only reads, and rooms, do without.
_FULL = {errno.ENOSPC, errno.EDQUOT}


class NoDataFolder(SystemExit):
    """The data folder cannot be used; the text says why in one line."""


def given(name: str) -> str:
    """Return a setting as it was given, by itself or in a file; empty when it was not."""
    # The server names a file that cannot be read, or holds no text.
    with contextlib.suppress(OSError, ValueError):
        return _read(name)
    return os.environ.get(name, "")


def _read(name: str) -> str:
    path = os.environ.get(f"{name}_FILE")
    if path and (text := Path(path).read_text().strip()):
        return text
    return os.environ.get(name, "")


def choose(option: Path | None) -> Path:
    """Set STREAMIT_DATA by ``--data``, else leave it, else to our own folder; return it.

    Raises NoDataFolder for a STREAMIT_DATA_FILE that cannot be read: nobody else gets to see it.
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
    """Do what ``choose`` does by the ``--data`` among a command's ``arguments``, if any."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data", type=Path, nargs="?")
    choose(parser.parse_known_args(arguments)[0].data)


def make(folder: Path) -> None:
    """Make the data folder if need be; raise NoDataFolder unless it can be written."""
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
    """Take away what others than the owner may do with what is in ``folder``, and with it.

    With ``nginx_reads`` the folder and its videos stay open to the group that the operator
    has opened them to. A folder that holds other things than ours stays as it is; what of
    ours lies in it does not. ``tell`` hears what could not be done.
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
    """Make the key that signs sessions and tokens, once: a disk that fills up leaves none."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        # Another start may have been first, and its key counts.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        raise NoDataFolder(f"STREAMIT_DATA: cannot write {path}: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)


def _close(path: Path, taken: int) -> None:
    """Take the bits ``taken`` from ``path`` and all below it, from ``path`` itself last.

    Videos are not looked through again when their folder is closed: there may be many.
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
    # What other processes of ours remove meanwhile needs nothing.
    with contextlib.suppress(FileNotFoundError):
        if _is_open(path, taken):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~taken)


def _is_open(path: Path, taken: int) -> bool:
    return bool(path.stat().st_mode & taken)
