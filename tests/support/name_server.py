"""A DNS server that knows one name, as Docker's knows the containers of a service."""

import itertools
import socket
import struct
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

_A, _IN = 1, 1
_RESPONSE = 0x8180
_TTL_S = 1


class NameServer:
    """Answers every query with all of ``addresses``, rotating which comes first."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = list(addresses)
        self._turns = itertools.count()
        self._ends = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Only a datagram wakes a thread that waits for one.
        self._ends = True
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ends:
            query, asker = self._socket.recvfrom(512)
            if query:
                self._socket.sendto(self._answer(query), asker)

    def _answer(self, query: bytes) -> bytes:
        """Return the response to one query (RFC 1035 section 4.1)."""
        end = query.index(b"\0", 12) + 5
        kind = struct.unpack("!H", query[end - 4 : end - 2])[0]
        turn = next(self._turns) % len(self.addresses)
        addresses = [*self.addresses[turn:], *self.addresses[:turn]] if kind == _A else []
        head = query[:2] + struct.pack("!HHHHH", _RESPONSE, 1, len(addresses), 0, 0)
        # 0xC00C points to the name in the query.
        records = [
            struct.pack("!HHHIH", 0xC00C, _A, _IN, _TTL_S, 4) + socket.inet_aton(address)
            for address in addresses
        ]
        return head + query[12:end] + b"".join(records)
