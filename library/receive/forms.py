"""A multipart/form-data body as a stream of parts (RFC 7578), never held as a whole."""

import re
from collections import deque
from collections.abc import AsyncIterator
from typing import Self
from urllib.parse import unquote_to_bytes

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MAX_BOUNDARY_LENGTH, parse_options_header

from core.errors import Invalid

_MOST_FIELDS_OF_PART, _MOST_HEAD_BYTES = 8, 4224
# RFC 8187, with the encodings that its forerunner RFC 5987 asked for.
_EXTENDED_NAME = re.compile(
    r";\s*filename\*\s*=\s*\"?(utf-8|iso-8859-1)'[^']*'([^;\s\"]+)", re.IGNORECASE
)


class FormBroken(Invalid):
    code = "bad_form"
    message = "Send the fields as multipart/form-data."


class Part(AsyncIterator[bytes]):
    """A field of a form; its content can be iterated over once.

    ``file_name`` is empty if the sender gave none.
    """

    def __init__(self, form: "Form", name: str, file_name: str) -> None:
        self._form = form
        self.name = name
        self.file_name = file_name
        self._ended = False

    async def __anext__(self) -> bytes:
        # Reading past the end must not take bytes of the next part.
        if not self._ended:
            event = await self._form.next_event()
            if isinstance(event, bytes):
                return event
            self._ended = True
        raise StopAsyncIteration


class Form(AsyncIterator[Part]):
    """The parts of a form as they come. Each must be read to its end before the next."""

    def __init__(self, content_type: str, body: AsyncIterator[bytes]) -> None:
        """Read ``body``; raise FormBroken if ``content_type`` is not that of a form."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data":
            raise FormBroken
        boundary = options.get(b"boundary", b"")
        if not 0 < len(boundary) <= MAX_BOUNDARY_LENGTH:
            raise FormBroken(
                "Content-Type must name the boundary of the form, which has at most "
                f"{MAX_BOUNDARY_LENGTH} characters."
            )
        self._body = body
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value = b"", b""
        # What the parser has found so far; None ends a part.
        self._events: deque[Part | bytes | None] = deque()
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
            max_header_count=_MOST_FIELDS_OF_PART,
            max_header_size=_MOST_HEAD_BYTES,
        )

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Part:
        event = await self.next_event()
        if isinstance(event, Part):
            return event
        raise StopAsyncIteration

    async def next_event(self) -> Part | bytes | None:
        """Return the next part or chunk; None at the end of a part or of the form."""
        while not self._events:
            if self._complete:
                return None
            chunk = await anext(self._body, None)
            if chunk is None:
                raise FormBroken("The form ends too early.")
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise FormBroken(
                    "The form cannot be read. It must begin with the boundary that Content-Type "
                    f"names, and the head of a part may have {_MOST_FIELDS_OF_PART} fields of "
                    f"{_MOST_HEAD_BYTES} bytes at most, the name of the file included."
                ) from error
        return self._events.popleft()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field, self._value = b"", b""

    def _on_headers_finished(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"").decode("latin-1")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise FormBroken(
                "Each part of the form needs the head field Content-Disposition: form-data with "
                "a name."
            )
        file_name = _extended_name(disposition) or _text(options.get(b"filename", b""))
        self._events.append(Part(self, _text(options[b"name"]), file_name))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(data[start:end])

    def _on_part_end(self) -> None:
        self._events.append(None)

    def _on_end(self) -> None:
        self._complete = True


def no_such_field(*known: str) -> str:
    """Return what is wrong with a field of a form that has only the ``known`` ones."""
    return f"is not a field of this form, which has {', '.join(known[:-1])} and {known[-1]}"


def _extended_name(disposition: str) -> str:
    """Return the file name that is given with its encoding; "" if there is none.

    RFC 7578 section 4.2 forbids it, but the HttpClient of .NET sends it, and beside it a plain one
    that is no name that a person wrote.
    """
    found = _EXTENDED_NAME.search(disposition)
    return unquote_to_bytes(found[2]).decode(found[1], "replace") if found else ""


def _text(value: bytes) -> str:
    """Return a name, which browsers send as UTF-8, with a quote as %22 (RFC 7578 section 5.1).

    Programs for the command line of Windows send it in its code page, which is mostly this one.
    """
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("cp1252", "replace")
    return text.replace("%22", '"')
