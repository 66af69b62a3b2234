"""Finds free TCP ports for servers that cannot take over a listening socket."""

import random
import socket
from contextlib import ExitStack

# Below the range that Linux uses for outgoing connections.
FIRST, LAST = 20_000, 32_000


def free_port(*addresses: str) -> int:
    """Return a port that is free on all the addresses, 127.0.0.1 by default."""
    while True:
        port = random.randint(FIRST, LAST)
        with ExitStack() as stack:
            try:
                for address in addresses or ("127.0.0.1",):
                    stack.enter_context(socket.socket()).bind((address, port))
            except OSError:
                continue
        return port
