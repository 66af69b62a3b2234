"""Lets the embedded Valkey accept writes while its disk is full.

Valkey refuses every write that it cannot append to its file (MISCONF), so a full disk would stop
all rooms. Its data can be made again, so it continues in memory alone until there is space.
Meanwhile the files are removed: an hour-old state of rooms is worse than none, because deadlines
that were met long ago would be due again.
"""

import contextlib
import re
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

from launch import valkey

# Until the next check Valkey may refuse writes.
EVERY_S = 0.25
# Well above the other limit, so that it does not switch back and forth. Switching on writes all
# data again.
_ENOUGH_BYTES = 2 * valkey.NEEDED_BYTES
# The supervisor must not wait longer, because it looks after all processes.
_PATIENCE_S = 0.25


class DiskWatch:
    """Turns the append-only file of the Valkey in ``folder`` off and on. Call ``check`` often."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._looked_at_s = 0.0

    def check(self) -> None:
        """Turn the file off or on if the free space requires it; checks four times a second."""
        if time.monotonic() - self._looked_at_s < EVERY_S:
            return
        self._looked_at_s = time.monotonic()
        # Valkey may be down or hang; then the next check does it.
        with contextlib.suppress(OSError):
            self._decide(shutil.disk_usage(self._folder).free)

    def _decide(self, free_bytes: int) -> None:
        facts = _send_command(self._folder, "INFO persistence")
        is_on = b"aof_enabled:1" in facts
        fails = b"aof_last_write_status:err" in facts
        if is_on and (fails or free_bytes < valkey.NEEDED_BYTES):
            _send_command(self._folder, "CONFIG SET appendonly no")
            shutil.rmtree(self._folder / valkey.APPEND_ONLY, ignore_errors=True)
            self._tell("the disk is full: the live state is in memory alone")
        elif b"aof_enabled:0" in facts and free_bytes >= _ENOUGH_BYTES:
            reply = _send_command(self._folder, "CONFIG SET appendonly yes")
            if reply.startswith(b"+OK"):
                self._tell("there is room again: the live state is written to disk")


def _send_command(folder: Path, command: str) -> bytes:
    """Return Valkey's reply to ``command``; raise OSError if none comes in time."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_PATIENCE_S)
        connection.connect(str(folder / valkey.SOCKET))
        connection.sendall(command.encode() + b"\r\n")
        reply = connection.recv(65536)
        # https://valkey.io/topics/protocol/: a bulk string says how long it is.
        if length := re.match(rb"\$(\d+)\r\n", reply):
            while len(reply) < length.end() + int(length[1]):
                if not (more := connection.recv(65536)):
                    raise ConnectionResetError
                reply += more
        return reply
