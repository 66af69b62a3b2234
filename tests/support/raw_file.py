"""A file on a server that follows HTTP, or misbehaves as a test wants."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from tests.support.raw_server import Asked


@dataclass(slots=True)
class File:
    """A file on a correct server; ``spoil`` can replace any response."""

    content: bytes
    etag: str = '"v1"'
    modified: str = "Sat, 01 Aug 2026 10:00:00 GMT"
    ranges: bool = True
    spoil: Callable[[Asked, int], "bytes | AsyncIterator[bytes] | None"] = field(
        default=lambda asked, number: b"as it is"
    )
    asked: int = 0

    def __call__(self, asked: Asked) -> "bytes | AsyncIterator[bytes] | None":
        self.asked += 1
        spoilt = self.spoil(asked, self.asked)
        return self.answer(asked) if spoilt == b"as it is" else spoilt

    def answer(self, asked: Asked, cut: int | None = None) -> bytes:
        """Return the response of RFC 9110; ``cut`` truncates the body to this many bytes."""
        about = f"ETag: {self.etag}\r\nLast-Modified: {self.modified}\r\n"
        wanted = asked.headers.get("range", "")
        if self.ranges and wanted:
            first, last = wanted.removeprefix("bytes=").split("-")
            part = self.content[int(first) : int(last) + 1]
            head = f"206 Partial Content\r\nContent-Range: bytes {first}-{last}/{len(self.content)}"
        else:
            part, head = self.content, "200 OK"
        text = f"HTTP/1.1 {head}\r\n{about}Content-Length: {len(part)}\r\n\r\n"
        return text.encode() + part[:cut]
