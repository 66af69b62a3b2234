"""Serves a film from one storage through our responder, without the rest of our server.

Run as ``python -m bench.rig.stored_film FD STORAGE FOLDER ADDRESS``: a listening socket; the name
of a maker in tests/contracts/storages.py, or ``remote``; a folder for its files; and the address of
its server, or of the film for ``remote``. The film is at ``/film``.
"""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import uvicorn  # noqa: E402
import uvloop  # noqa: E402

from bench.rig.storages import FILM_BYTES  # noqa: E402
from library.storage.base import Storage  # noqa: E402
from library.storage.options import RemoteOptions  # noqa: E402
from library.storage.remote import RemoteStorage  # noqa: E402
from server.run import configure, make_ready  # noqa: E402
from tests.contracts.storages import MAKERS, Grounds  # noqa: E402
from tests.library.serve.streaming import Streaming, in_chunks  # noqa: E402
from tests.support.loopback import LoopbackRules  # noqa: E402

KEY = "film"


@contextlib.asynccontextmanager
async def filled(name: str, folder: Path, address: str) -> AsyncIterator[Storage]:
    """Make the storage called ``name`` and put the film there."""
    if name == "remote":
        yield RemoteStorage(RemoteOptions(FILM_BYTES), rules=LoopbackRules())
        return
    async with MAKERS[name].make(Grounds(folder, address)) as storage:
        await storage.put(KEY, in_chunks(os.urandom(FILM_BYTES)), FILM_BYTES)
        yield storage


async def serve(listener: socket.socket, name: str, folder: Path, address: str) -> None:
    """Fill the storage and serve until killed."""
    async with filled(name, folder, address) as storage:
        config = configure(Streaming(storage))
        config.lifespan = "off"
        config.load()
        make_ready()
        await uvicorn.Server(config).serve(sockets=[listener])


def main() -> None:
    listener = socket.socket(fileno=int(sys.argv[1]))
    name, folder, address = sys.argv[2:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(listener, name, Path(folder), address))


if __name__ == "__main__":
    main()
