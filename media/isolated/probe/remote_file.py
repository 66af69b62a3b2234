"""The file on the other side of the pipe."""

import io
import os
import struct
from typing import BinaryIO

REFUSED = 0xFFFF_FFFF
# Where one asks for what follows, as in a recording without an index, it is more each time: each
# question may be a request to a storage far away, and there is half a minute for all of them.
WINDOW_BYTES, MOST_AHEAD_BYTES = 128 * 1024, 2 * 1024 * 1024


class TooMuch(OSError):
    """More was asked for than this file may cost."""


class RemoteFile(io.RawIOBase):
    """The file on the other side of the pipe."""

    def __init__(self, asking: BinaryIO, answers: BinaryIO, size_bytes: int) -> None:
        self._asking, self._answers, self.size_bytes = asking, answers, size_bytes
        self._position = 0
        self._window, self._window_start = b"", 0
        self._ahead_bytes = WINDOW_BYTES
        self.was_refused = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size_bytes}
        self._position = max(0, base[whence] + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = max(0, self.size_bytes - self._position)
        size = left if size < 0 else min(size, left)
        start = self._position - self._window_start
        if not 0 <= start < len(self._window):
            follows = bool(self._window) and start == len(self._window)
            twice = min(2 * self._ahead_bytes, MOST_AHEAD_BYTES)
            self._ahead_bytes = twice if follows else WINDOW_BYTES
            self._window = self._ask(self._position, min(max(size, self._ahead_bytes), left))
            self._window_start, start = self._position, 0
        piece = self._window[start : start + size]
        self._position += len(piece)
        return piece

    def _ask(self, start: int, length: int) -> bytes:
        if not length:
            return b""
        self._asking.write(struct.pack(">cQI", b"R", start, length))
        self._asking.flush()
        (answered,) = struct.unpack(">I", self._answers.read(4))
        if answered == REFUSED:
            self.was_refused = True
            raise TooMuch
        return self._answers.read(answered)
