"""The process from which ``tests.support.probes`` forks probes. It probes nothing itself."""

import gc
import importlib
import os
import runpy
import socket
import sys
from pathlib import Path

import media
from tests.support.forking import Parent

PROGRAMS = Path(media.__file__).with_name("isolated")


def load() -> None:
    """Import the probe's modules, with the probe's import path."""
    sys.path[0] = str(PROGRAMS)
    for name in ("av.subtitles.codeccontext", "av.subtitles.stream"):
        importlib.import_module(name)
    for part in sorted((PROGRAMS / "probe").glob("[!_]*.py")):
        importlib.import_module(f"probe.{part.stem}")
    gc.collect()
    gc.freeze()


def become(arguments: list[str], connection: int) -> None:
    """Run the probe in this process as ``media.child`` does in a new one."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number, fd in enumerate((connection, connection, nothing)):
        os.dup2(fd, number)
    os.closerange(3, max(connection, nothing) + 1)
    os.environ.clear()
    os.chdir(os.sep)
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.argv[1:] = arguments
    runpy.run_module("probe", run_name="__main__")


def main() -> None:
    load()
    told = Parent(socket.socket(fileno=int(sys.argv[1]))).run()
    if told is not None:
        order, fds = told
        become(order["arguments"], *fds)


if __name__ == "__main__":
    main()
