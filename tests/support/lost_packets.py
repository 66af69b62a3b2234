"""An address that never answers, as where a network loses what is sent to IPv6."""

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def losing(address: str, port: int) -> Iterator[None]:
    """Let ``address`` neither accept nor refuse connections to ``port``.

    The system ignores who comes while as many wait as the listener allows for.
    """
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server((address, port), backlog=0))
        for _ in range(2):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield
