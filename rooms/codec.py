"""Reading and writing every message of the room socket, and their JSON Schema. Pure."""

import json
import re
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from core.close_codes import RECONNECTS, CloseCode
from core.errors import BadRequest, Invalid, TooLarge
from core.validation import why
from playback.commands import MAX_POSITION_S, MessageId
from rooms.protocol import (
    MAX_CHAT_CHARACTERS,
    MAX_FRAME_BYTES,
    MAX_FRAME_CHARACTERS,
    MAX_NESTING,
    PROTOCOL_VERSION,
    FromClient,
    Model,
)
from rooms.server_messages import ToClient

_from_client: TypeAdapter[FromClient] = TypeAdapter(FromClient)
_to_client: TypeAdapter[Any] = TypeAdapter(ToClient)
_message_id: TypeAdapter[str] = TypeAdapter(MessageId, config=ConfigDict(strict=True))


class Malformed(BadRequest):
    """The frame is not a flat JSON object. The socket is closed with ``close_code``."""

    code = "malformed"
    message = "A message is one JSON object in a text frame."


class FrameTooLarge(TooLarge, Malformed):
    message = f"A message is at most {MAX_FRAME_BYTES} bytes."


class BadMessage(Invalid):
    """A field of the message is wrong. It is answered with ERROR; the socket stays open."""

    def __init__(self, message: str, id: str | None) -> None:  # noqa: A002 - the field's name
        super().__init__(message)
        self.id = id


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        # RFC 8259 section 4: names SHOULD be unique; receivers differ if they are not.
        raise Malformed("A name occurs twice in one JSON object.")
    return dict(pairs)


def _refuse_constant(name: str) -> Any:
    # NaN and Infinity are not JSON (RFC 8259 section 6).
    raise Malformed(f"{name} is not JSON.")


_json = json.JSONDecoder(object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant)


def decode(text: str) -> FromClient:
    """Parse one client frame; raise Malformed or BadMessage."""
    if _size_bytes(text) > MAX_FRAME_BYTES:
        raise FrameTooLarge
    # Limit the nesting before parsing, because the parser recurses. No message needs more.
    if _nesting(text) > MAX_NESTING:
        raise Malformed(f"JSON may nest at most {MAX_NESTING} deep.")
    try:
        data = _json.decode(text)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(data, dict):
        raise Malformed
    try:
        return _from_client.validate_python(data)
    except ValidationError as error:
        raise BadMessage(_first_problem(error), _id_in(data)) from None


# The first alternative is an escaped backslash, so what follows it is not an escape.
_ESCAPED = re.compile(r"\\\\|(?:\\u[0-9a-fA-F]{4})+")


def _size_bytes(text: str) -> int:
    """Return the size of a frame in bytes; an escaped letter counts as the letter itself.

    JSON writers differ in what they escape: an emoji takes four bytes or twelve. This way the
    longest message fits into the limit however it is written.
    """
    if len(text) > MAX_FRAME_CHARACTERS:
        return len(text)
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_FRAME_BYTES:
        for escaped in _ESCAPED.findall(text):
            letters: str = json.loads(f'"{escaped}"')
            size -= len(escaped) - len(letters.encode("utf-8", "surrogatepass"))
    return size


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def _nesting(text: str) -> int:
    """Return how deep the JSON ``text`` nests, ignoring brackets inside strings."""
    if text.count("[") + text.count("{") <= MAX_NESTING:
        return 0
    deepest = depth = 0
    for character in _STRING.sub("", text):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _id_in(data: dict[str, Any]) -> str | None:
    """Return the id of an invalid message, if the id itself can be echoed."""
    try:
        return _message_id.validate_python(data.get("id"))
    except ValidationError:
        return None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    # The first part of the location is the tag of the union, which the sender knows.
    field = ".".join(str(part) for part in problem["loc"][1:]) or "type"
    return f"{field}: {why(problem)}"


def encode(message: Model) -> str:
    """Return a server message as JSON text. An ``id`` of None is left out, not null."""
    return message.model_dump_json()


def schema() -> dict[str, Any]:
    """Return the JSON Schema of both directions, with the limits and close codes."""
    from_client = _from_client.json_schema(ref_template="#/$defs/{model}")
    to_client = _to_client.json_schema(ref_template="#/$defs/{model}", mode="serialization")
    from_client_defs, to_client_defs = from_client.pop("$defs"), to_client.pop("$defs")
    for name, definition in to_client_defs.items():
        if name not in from_client_defs:
            _open_to_more(definition)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "StreamIt room protocol",
        "version": PROTOCOL_VERSION,
        "limits": {
            "frame_bytes": MAX_FRAME_BYTES,
            "chat_characters": MAX_CHAT_CHARACTERS,
            "position_s": MAX_POSITION_S,
        },
        "closeCodes": {
            str(code.value): {"name": code.name, "reconnect": code in RECONNECTS}
            for code in CloseCode
        },
        "$defs": {
            **from_client_defs,
            **to_client_defs,
            "FromClient": from_client,
            "ToClient": to_client,
        },
    }


def _open_to_more(definition: dict[str, Any]) -> None:
    """Allow new fields in server messages, and require the fields that the server always writes."""
    definition.pop("additionalProperties", None)
    always = [
        name
        for name, field in definition.get("properties", {}).items()
        if field.get("default") is not None
    ]
    for name in always:
        del definition["properties"][name]["default"]
    if always:
        definition["required"] = [*definition.get("required", []), *always]
