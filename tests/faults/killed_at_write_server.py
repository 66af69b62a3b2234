"""manage.py, but its server is killed when it comes to write a new host to the database."""

import os
import signal
import socket
import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from manage import main
from server import run

_serve = run.serve


def die(code: str, user_id: UUID) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def serve(app: str, listener: socket.socket) -> None:
    from rooms.stores import live_state_rows

    live_state_rows.set_host = die
    _serve(app, listener)


run.serve = serve
main()
