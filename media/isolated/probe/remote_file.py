"""Reads the file through the pipe to the server."""

import io
import os
import struct
from bisect import bisect_right, insort
from typing import BinaryIO

REFUSED = 0xFFFF_FFFF
# Each request may go to a remote storage, and all together must be done in half a minute. While
# reading sequentially, as in a recording without an index, each window is larger than the last.
WINDOW_BYTES, MOST_AHEAD_BYTES, MORE = 128 * 1024, 4 * 1024 * 1024, 4
# A long recording in fragments has thousands of places to read. Only after this many jumps are the
# windows so small, because most films have few.
JUMPS, JUMP_BYTES = 64, 16 * 1024
# Broadcasts are read several times from the beginning, so this much is cached.
KEPT_BYTES = 32 * 1024 * 1024


class TooMuch(OSError):
    """The program has requested more bytes than it may."""


class RemoteFile(io.RawIOBase):
    """The examined file, whose bytes are requested through a pipe."""

    def __init__(self, asking: BinaryIO, answers: BinaryIO, size_bytes: int) -> None:
        self._asking, self._answers, self.size_bytes = asking, answers, size_bytes
        self._position = 0
        # By start offset, in the order in which they were requested; they do not overlap.
        self._windows: dict[int, bytes] = {}
        self._starts: list[int] = []
        self._kept_bytes = 0
        self._window_start = 0
        self._ahead_bytes = WINDOW_BYTES
        self._jumps = 0
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
        pieces = []
        while size:
            window = self._window()
            start = self._position - self._window_start
            piece = window[start : start + size]
            if not piece:
                break
            self._position += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def _window(self) -> bytes:
        """Return the window around the position, cached or requested; set ``_window_start``."""
        at = bisect_right(self._starts, self._position)
        if at:
            begin = self._starts[at - 1]
            window = self._windows[begin]
            if self._position < begin + len(window):
                self._window_start = begin
                return window
        end = self._starts[at] if at < len(self._starts) else self.size_bytes
        length = min(self._length_of_next(), end - self._position)
        window = self._request(self._position, length)
        while self._windows and self._kept_bytes > KEPT_BYTES - len(window):
            self._drop(next(iter(self._windows)))
        self._window_start = self._position
        # The file may be shorter than it is said to be.
        if window:
            self._windows[self._position] = window
            insort(self._starts, self._position)
            self._kept_bytes += len(window)
        return window

    def _length_of_next(self) -> int:
        """Return how much to request at the position, which is in no window."""
        last, window = next(reversed(self._windows.items()), (0, b""))
        if window and self._position == last + len(window):
            self._ahead_bytes = min(MORE * self._ahead_bytes, MOST_AHEAD_BYTES)
        else:
            self._jumps += 1
            self._ahead_bytes = WINDOW_BYTES if self._jumps <= JUMPS else JUMP_BYTES
        return self._ahead_bytes

    def _drop(self, begin: int) -> None:
        self._kept_bytes -= len(self._windows.pop(begin))
        del self._starts[bisect_right(self._starts, begin) - 1]

    def _request(self, start: int, length: int) -> bytes:
        self._asking.write(struct.pack(">cQI", b"R", start, length))
        self._asking.flush()
        (answered,) = struct.unpack(">I", self._answers.read(4))
        if answered == REFUSED:
            self.was_refused = True
            raise TooMuch
        return self._answers.read(answered)
