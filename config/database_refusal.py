"""Whether PostgreSQL refuses us, told by its SQLSTATE: its words are in a language of its own."""

import os
import re
import select
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import OperationalError

if TYPE_CHECKING:
    from psycopg.pq import ConninfoOption
    from psycopg.pq.abc import PGconn

# https://www.postgresql.org/docs/15/errcodes-appendix.html: no such user, a wrong password, a
# database that we may not use. One that does not exist may be made still.
_NOT_LET_IN = (b"28000", b"28P01", b"42501")
_SQLSTATE = re.compile(rb'ErrorResponse\t.*? C "(\w{5})"')
_PATIENCE_S = 5.0


def is_not_let_in(error: OperationalError) -> bool:
    """Tell whether a connection failed because the server will never let us in."""
    failed = getattr(error.__cause__, "pgconn", None)
    return failed is not None and (
        failed.needs_password or _sqlstate_of(failed.info) in _NOT_LET_IN
    )


def _sqlstate_of(options: "Iterable[ConninfoOption]") -> bytes:
    """Return the SQLSTATE with which a connection with ``options`` is refused; b"" without one.

    libpq keeps it to itself (https://github.com/psycopg/psycopg/issues/1188), but writes it down
    when its protocol is traced, which psycopg can have it do on Linux alone.
    """
    if sys.platform != "linux":
        return b""
    from psycopg import pq
    from psycopg.conninfo import make_conninfo

    given = {each.keyword.decode(): each.val.decode() for each in options if each.val is not None}
    connection = pq.PGconn.connect_start(make_conninfo("", **given).encode())
    # In memory: the password is in it too.
    trace = os.memfd_create("trace")
    try:
        connection.trace(trace)
        _try_to_connect(connection)
        connection.untrace()
        size = os.lseek(trace, 0, os.SEEK_END)
        found = _SQLSTATE.search(os.pread(trace, size, 0))
        return found[1] if found else b""
    finally:
        connection.finish()
        os.close(trace)


def _try_to_connect(connection: "PGconn") -> None:
    from psycopg.pq import PollingStatus

    until_s = time.monotonic() + _PATIENCE_S
    while (status := connection.connect_poll()) in (PollingStatus.READING, PollingStatus.WRITING):
        # Not select(), which fails with descriptors above 1,023.
        ready = select.poll()
        is_reading = status == PollingStatus.READING
        ready.register(connection.socket, select.POLLIN if is_reading else select.POLLOUT)
        left_s = until_s - time.monotonic()
        if left_s <= 0 or not ready.poll(left_s * 1000):
            return
