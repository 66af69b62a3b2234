"""manage.py, but its server is stopped (SIGSTOP) once: between Redis and the database."""

import os
import signal
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from manage import main
from server import run

_serve = run.serve


def serve(app: str, listener: socket.socket) -> None:
    from rooms.stores import pending_changes

    expect = pending_changes.expect

    async def freeze(code: str) -> str:
        entry = await expect(code)
        pending_changes.expect = expect
        os.kill(os.getpid(), signal.SIGSTOP)
        return entry

    pending_changes.expect = freeze
    _serve(app, listener)


run.serve = serve
main()
