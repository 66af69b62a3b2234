"""A multipart/form-data body as a stream of parts (RFC 7578), never held as a whole."""

from collections import deque
from collections.abc import AsyncIterator
from typing import Self

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from core.errors import Invalid


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
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise FormBroken
        self._body = body
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value = b"", b""
        # What the parser has found so far; None ends a part.
        self._events: deque[Part | bytes | None] = deque()
        self._complete = False
        try:
            self._parser = MultipartParser(
                options[b"boundary"],
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
            )
        except FormParserError as error:
            raise FormBroken from error

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
                raise FormBroken from error
        return self._events.popleft()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field, self._value = b"", b""

    def _on_headers_finished(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        kind, options = parse_options_header(disposition.decode("latin-1"))
        if kind != b"form-data" or b"name" not in options:
            raise FormBroken
        file_name = _text(options.get(b"filename", b""))
        self._events.append(Part(self, _text(options[b"name"]), file_name))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(data[start:end])

    def _on_part_end(self) -> None:
        self._events.append(None)

    def _on_end(self) -> None:
        self._complete = True


def _text(value: bytes) -> str:
    # RFC 7578 section 5.1: browsers send names as UTF-8, and escape a quote as %22.
    return value.decode("utf-8", "replace").replace("%22", '"')
