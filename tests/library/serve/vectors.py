"""The vectors of tests/vectors/ranges.json over the wire: one suite for whoever sends a file."""

import functools
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from library.serve.ranges import http_date, parse_http_date
from tests.library.site import Answer, Wire
from tests.support.waiting import wait_until

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "ranges.json").read_text())
CASES: list[dict[str, Any]] = VECTORS["cases"]
SIZES = {case["size"] for case in CASES}
CONTENT = random.Random(2).randbytes(max(SIZES))
LAST_MODIFIED = parse_http_date(VECTORS["last_modified"], datetime.now(UTC)) or datetime.now(UTC)
# The forms of a date in which the vectors give it; the first is the usual one.
_FORMS = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y")


def name_of(case: Mapping[str, Any]) -> str:
    return str(case["name"])


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer comes to: its status and the ranges, first and last byte, it brings."""

    status: int
    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def by(cls, case: Mapping[str, Any]) -> "Told":
        return cls(case["status"], tuple((a, b) for a, b in case.get("ranges", [])))


@dataclass(frozen=True)
class File:
    """A file of CONTENT's first ``size`` bytes at an address; ``headers`` let read it."""

    wire: Wire
    path: str
    size: int
    headers: Mapping[str, str]

    def answer(self, case: Mapping[str, Any]) -> Answer:
        """Ask as ``case`` does, with the file's own etag and date for those of the vectors."""
        whole = self.whole
        ours = parse_http_date(whole["last-modified"], datetime.now(UTC))
        assert ours is not None
        asked = {
            name: _dated(value.replace(VECTORS["etag"], whole["etag"]), ours)
            for name, value in case["headers"].items()
        }
        return self.wire.ask(case["method"], self.path, {**self.headers, **asked})

    @functools.cached_property
    def whole(self) -> Mapping[str, str]:
        """What HEAD tells of the whole file, once it is old enough for its date to be told."""
        wait_until(lambda: "last-modified" in self._head(), "it has no date", every_s=0.05)
        return self._head()

    def _head(self) -> Mapping[str, str]:
        return self.wire.ask("HEAD", self.path, self.headers).headers

    def told(self, answer: Answer) -> Told:
        """Check an answer's headers and bytes against each other; return what it comes to."""
        if answer.status == 200:
            assert answer.headers["content-length"] == str(self.size)
            assert answer.body in (CONTENT[: self.size], b"")
        if answer.status == 416:
            assert answer.headers["content-range"] == f"bytes */{self.size}"
        if answer.status != 206 or not answer.body:
            return Told(answer.status)
        ranges = []
        for first, last, content in _sent(answer, self.size):
            assert content == CONTENT[first : last + 1]
            ranges.append((first, last))
        return Told(206, tuple(ranges))

    def check(self, case: Mapping[str, Any]) -> None:
        """Fail unless the file answers ``case`` as the vectors say, to the last header."""
        answer, whole = self.answer(case), self.whole
        assert self.told(answer) == Told.by(case)
        if answer.status in (200, 206, 304):
            for name in ("etag", "last-modified", "cache-control", "accept-ranges"):
                assert answer.headers[name] == whole[name]
        if answer.status == 200:
            assert _undated(answer.headers) == _undated(whole)
            assert len(answer.body) == (self.size if case["method"] == "GET" else 0)
        elif answer.status == 304:
            assert "content-type" not in answer.headers
        elif case["method"] == "GET" and answer.status in (412, 416):
            codes = {412: "precondition_failed", 416: "range_not_satisfiable"}
            assert answer.error == (answer.status, codes[answer.status])


def _undated(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "date"}


def _dated(value: str, ours: datetime) -> str:
    """Put the file's own date, or one as much earlier or later, for those of the vectors."""
    for apart in (-1, 0, 1):
        theirs = LAST_MODIFIED + timedelta(seconds=apart)
        moved = ours + timedelta(seconds=apart)
        for form in _FORMS:
            value = value.replace(theirs.strftime(form), moved.strftime(form))
        value = value.replace(_in_another_zone(theirs), _in_another_zone(moved))
    return value


def _in_another_zone(moment: datetime) -> str:
    return http_date(moment).replace("GMT", "+0000")


def _sent(answer: Answer, size: int) -> list[tuple[int, int, bytes]]:
    """Return first byte, last byte and content of each range in a 206."""
    kind = re.fullmatch(r"multipart/byteranges; boundary=(\S+)", answer.headers["content-type"])
    if kind is None:
        parts = [(answer.headers["content-range"], answer.body)]
    else:
        assert "content-range" not in answer.headers
        start, *raw_parts, end = answer.body.split(f"--{kind[1]}".encode())
        # A line end may come before the first boundary (RFC 2046 section 5.1.1).
        assert (start.strip(b"\r\n"), end) == (b"", b"--\r\n")
        parts = []
        for raw in raw_parts:
            head, _, content = raw.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            fields = dict(line.split(": ") for line in head.decode().split("\r\n"))
            assert fields["Content-Type"] == "video/mp4"
            parts.append((fields["Content-Range"], content.removesuffix(b"\r\n")))
    found = []
    for content_range, content in parts:
        match = re.fullmatch(rf"bytes (\d+)-(\d+)/{size}", content_range)
        assert match is not None
        found.append((int(match[1]), int(match[2]), content))
    return found
