"""Which bytes to send: conditional and range requests of RFC 9110, sections 13 and 14.

Pure, so that all storages and endpoints answer alike: the fields of the request and the facts of
the file go in, a Plan comes out, and nothing here reads a byte.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

# Section 14.2 lets a server ignore a Range of many small pieces; players ask for one.
MAX_RANGES = 16
MAX_RANGE_CHARS = 1000
# Section 15.3.7.2: a gap that is shorter than the overhead of another part is cheaper to send.
PART_OVERHEAD_BYTES = 80

_ENTITY_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_RANGE = re.compile(r"(\d+)-(\d*)|-(\d+)", re.ASCII)
_DATE_FORMATS = (
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %d %H:%M:%S %Y",
)


@dataclass(frozen=True, slots=True)
class Representation:
    """What can be sent.

    ``etag`` is a strong entity-tag with its quotes. ``modified`` is None if unknown; then
    conditions on it are ignored. It counts as a strong validator too, because keys are written
    once: the bytes never change twice in a second.
    """

    size_bytes: int
    etag: str
    modified: datetime | None
    mime_type: str


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from ``start`` up to but not including ``stop``."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    def content_range(self, size_bytes: int) -> str:
        """Return the Content-Range of this span of a file of ``size_bytes``."""
        return f"bytes {self.start}-{self.stop - 1}/{size_bytes}"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to answer. The content is ``pieces`` in order: spans of the file, or literal bytes."""

    status: HTTPStatus
    content_type: str | None = None
    content_range: str | None = None
    pieces: tuple[Span | bytes, ...] = ()

    @property
    def length(self) -> int:
        """Return the Content-Length."""
        return sum(p.length if isinstance(p, Span) else len(p) for p in self.pieces)


def evaluate(
    method: str,
    target: Representation,
    fields: Mapping[str, str],
    *,
    new_boundary: Callable[[], str],
    now: datetime,
) -> Plan:
    """Decide the answer to a GET or HEAD.

    ``fields`` are those of the request, with names in lower case and repeated ones joined by a
    comma. ``new_boundary`` makes the separator for several ranges, which must not occur in the
    file. ``now`` determines the century of a two-digit year. 412 and 416 come without content,
    which the caller adds.
    """
    refusal = _check_preconditions(target, fields, now)
    if refusal is not None:
        return Plan(refusal)
    spans = _requested_spans(method, target, fields, now)
    if spans is None:
        return Plan(HTTPStatus.OK, target.mime_type, None, (Span(0, target.size_bytes),))
    if not spans:
        refused = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        return Plan(refused, content_range=f"bytes */{target.size_bytes}")
    if len(spans) == 1:
        content_range = spans[0].content_range(target.size_bytes)
        return Plan(HTTPStatus.PARTIAL_CONTENT, target.mime_type, content_range, (spans[0],))
    return _multipart(target, spans, new_boundary())


def left_after(pieces: Sequence[Span | bytes], sent_bytes: int) -> list[Span | bytes]:
    """Return the rest of ``pieces`` after ``sent_bytes``."""
    left: list[Span | bytes] = []
    for piece in pieces:
        length = piece.length if isinstance(piece, Span) else len(piece)
        skipped = min(sent_bytes, length)
        sent_bytes -= skipped
        if skipped < length:
            left.append(
                Span(piece.start + skipped, piece.stop)
                if isinstance(piece, Span)
                else piece[skipped:]
            )
    return left


def http_date(moment: datetime) -> str:
    """Return ``moment`` as an IMF-fixdate."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def parse_http_date(text: str, now: datetime) -> datetime | None:
    """Parse any of the three date formats of section 5.6.7; None for anything else."""
    for form in _DATE_FORMATS:
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=UTC)
            return _in_its_century(moment, now) if "%y" in form else moment
        except ValueError:
            continue
    return None


def _in_its_century(moment: datetime, now: datetime) -> datetime:
    """Choose the century of a two-digit year: at most 50 years ahead, otherwise in the past."""
    moment = moment.replace(year=now.year - now.year % 100 + moment.year % 100)
    is_far_ahead = moment - now > timedelta(days=50 * 365.25)
    return moment.replace(year=moment.year - 100) if is_far_ahead else moment


def _check_preconditions(
    target: Representation, fields: Mapping[str, str], now: datetime
) -> HTTPStatus | None:
    """Evaluate section 13.2.2, steps 1 to 4; return the failing status, or None to go on."""
    if (tags := fields.get("if-match")) is not None:
        if tags != "*" and target.etag not in _entity_tags(tags):
            return HTTPStatus.PRECONDITION_FAILED
    elif _is_newer(target, fields.get("if-unmodified-since"), now) is True:
        return HTTPStatus.PRECONDITION_FAILED
    if (tags := fields.get("if-none-match")) is not None:
        weakly_equal = {tag.removeprefix("W/") for tag in _entity_tags(tags)}
        if tags == "*" or target.etag in weakly_equal:
            return HTTPStatus.NOT_MODIFIED
    elif _is_newer(target, fields.get("if-modified-since"), now) is False:
        return HTTPStatus.NOT_MODIFIED
    return None


def _is_newer(target: Representation, date: str | None, now: datetime) -> bool | None:
    """Tell whether ``target`` was changed after ``date``; None if unknown."""
    if date is None or target.modified is None:
        return None
    since = parse_http_date(date, now)
    if since is None:
        return None
    return target.modified.replace(microsecond=0) > since


def _entity_tags(text: str) -> list[str]:
    return [match[0] for match in _ENTITY_TAG.finditer(text)]


def _requested_spans(
    method: str, target: Representation, fields: Mapping[str, str], now: datetime
) -> list[Span] | None:
    """Return the spans that Range asks for; None means everything, an empty list none we have.

    Only GET has ranges (section 14.2), and If-Range switches them off when it fails.
    """
    if method != "GET" or "range" not in fields:
        return None
    if "if-range" in fields and not _still_the_same(target, fields["if-range"], now):
        return None
    return _satisfiable(fields["range"], target.size_bytes)


def _still_the_same(target: Representation, validator: str, now: datetime) -> bool:
    """Evaluate If-Range (section 13.1.5): strong comparison of a tag, or the exact date."""
    if validator.startswith(('"', "W/")):
        return validator == target.etag
    since = parse_http_date(validator, now)
    return (
        since is not None
        and target.modified is not None
        and (since == target.modified.replace(microsecond=0))
    )


def _satisfiable(field: str, size_bytes: int) -> list[Span] | None:
    """Parse Range (section 14.1.2) into spans within the file; None if it must be ignored."""
    unit, _, ranges = field.partition("=")
    if unit.lower() != "bytes" or len(field) > MAX_RANGE_CHARS:
        return None
    # Section 5.6.1.2: a recipient accepts empty list elements.
    specs = [spec for spec in (part.strip(" \t") for part in ranges.split(",")) if spec]
    if not specs or len(specs) > MAX_RANGES or ranges[0] in " \t":
        return None
    spans = []
    for spec in specs:
        match = _RANGE.fullmatch(spec)
        if match is None:
            return None
        first, last, suffix = match.groups()
        if suffix is not None:
            span = Span(max(0, size_bytes - int(suffix)), size_bytes)
            if int(suffix) and not size_bytes:
                return None  # would be satisfied by no bytes, which Content-Range cannot express
        else:
            if last and int(last) < int(first):
                return None
            span = Span(int(first), min(int(last) + 1 if last else size_bytes, size_bytes))
        if span.length > 0:
            spans.append(span)
    return _coalesce(spans)


def _coalesce(spans: Sequence[Span]) -> list[Span]:
    """Join spans that overlap or nearly touch; the others keep their order."""
    joined: list[Span] = []
    for span in spans:
        position = len(joined)
        for index, other in reversed(list(enumerate(joined))):
            gap = max(span.start, other.start) - min(span.stop, other.stop)
            if gap < PART_OVERHEAD_BYTES:
                span = Span(min(span.start, other.start), max(span.stop, other.stop))
                del joined[index]
                position = index
        joined.insert(position, span)
    return joined


def _multipart(target: Representation, spans: Sequence[Span], boundary: str) -> Plan:
    """Lay out several spans as multipart/byteranges (section 14.6)."""
    pieces: list[Span | bytes] = []
    for span in spans:
        line_end = "\r\n" if pieces else ""
        head = (
            f"{line_end}--{boundary}\r\n"
            f"Content-Type: {target.mime_type}\r\n"
            f"Content-Range: {span.content_range(target.size_bytes)}\r\n\r\n"
        )
        pieces += [head.encode("ascii"), span]
    pieces.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    content_type = f"multipart/byteranges; boundary={boundary}"
    return Plan(HTTPStatus.PARTIAL_CONTENT, content_type, None, tuple(pieces))
