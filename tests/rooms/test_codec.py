"""Reading client frames at every edge, and writing what the schema promises."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from core.close_codes import CloseCode
from playback.commands import MAX_POSITION_S
from playback.sources.base import MediaType, Work
from playback.state import LiveState
from presence.roster import Person
from rooms import codec, protocol, server_messages
from rooms.codec import BadMessage, Malformed, decode, encode
from rooms.names import Names
from rooms.protocol import MAX_FRAME_BYTES, MAX_NESTING, ErrorCode
from rooms.queue import Entry, Queue, add, skip
from rooms.snapshot import member, room_info
from tests.rooms.made import a_snapshot

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "protocol.schema.json"
SOURCE: dict[str, Any] = {
    "provider": "youtube",
    "media_type": "movie",
    "external_id": "dQw4w9WgXcQ",
    "supports_events": True,
    "supports_progress": True,
    "capabilities": {"seek": True, "pause": True, "resume": True, "autoplay": True},
}
STATUS: dict[str, Any] = {"position": 1.0, "buffering": False, "drift_ms": 0.0}

# One good message of each type, by its fields.
GOOD: dict[str, dict[str, Any]] = {
    "PLAY": {},
    "PAUSE": {},
    "SEEK": {"position": 1},
    "RATE": {"rate": 1},
    "SOURCE": {"source": SOURCE},
    "CHAT": {"text": "hi"},
    "DELETE_CHAT": {"message": "1790000000000-0"},
    "PING": {"t0": 0},
    "STATUS": STATUS,
    "SYNC": {},
    "TRANSFER": {"member": "m"},
    "COHOST": {"member": "m"},
    "KICK": {"member": "m"},
    "MUTE": {"member": "m"},
    "BAN": {"member": "m"},
    "NEXT": {},
    "WAIT_FOR_ME": {"on": False},
    "QUEUE_ADD": {"source": SOURCE},
    "QUEUE_REMOVE": {"item": "i"},
    "QUEUE_MOVE": {"item": "i"},
    "QUEUE_CLEAR": {},
    "QUEUE_VOTE": {"item": "i"},
    "QUEUE_SET": {},
    "SKIP_VOTE": {},
    "FAILED": {"revision": 7, "why": "missing"},
    "REACT": {"emoji": "🎉"},
    "SUBTITLE": {"track": "t"},
}


def frame(type_: str, **fields: Any) -> str:
    return json.dumps({"type": type_, **GOOD[type_], **fields}, ensure_ascii=False)


def why_bad(text: str) -> BadMessage:
    with pytest.raises(BadMessage) as caught:
        decode(text)
    return caught.value


def how_closed(text: str) -> CloseCode:
    with pytest.raises(Malformed) as caught:
        decode(text)
    return caught.value.close_code


@pytest.mark.parametrize("type_", GOOD)
def test_every_type_is_read_with_and_without_an_id(type_: str) -> None:
    assert (decode(frame(type_)).type, decode(frame(type_)).id) == (type_, None)
    assert decode(frame(type_, id="x")).id == "x"


@pytest.mark.parametrize("type_", GOOD)
def test_an_unknown_field_is_refused_by_its_name(type_: str) -> None:
    error = why_bad(frame(type_, zest=1, id="x"))
    assert (error.message.split(":")[0], error.id) == ("zest", "x")


@pytest.mark.parametrize("type_", [name for name in GOOD if GOOD[name]])
def test_a_missing_field_is_refused_by_its_name(type_: str) -> None:
    for field in GOOD[type_]:
        fields = {k: v for k, v in GOOD[type_].items() if k != field}
        error = why_bad(json.dumps({"type": type_, **fields}))
        assert error.message == f"{field}: is required"


# (type, field, values that are taken, values that are not)
EDGES: list[tuple[str, str, list[Any], list[Any]]] = [
    ("SEEK", "position", [0, -0.0, 0.5, MAX_POSITION_S], [-0.001, MAX_POSITION_S + 1, 10**400]),
    ("PLAY", "position", [0, None, MAX_POSITION_S], [-1, MAX_POSITION_S + 1]),
    ("PAUSE", "position", [0, None, MAX_POSITION_S], [-1, MAX_POSITION_S + 1]),
    ("RATE", "rate", [0.25, 1, 4], [0.2499, 4.001, 0, -1, None]),
    ("CHAT", "text", ["", "x" * 500, "🍿" * 500], ["x" * 501, "🍿" * 501, None]),
    ("PING", "t0", [0, -5, 1.5e308], [None, 10**400]),
    ("STATUS", "position", [0, MAX_POSITION_S], [-1, None]),
    ("STATUS", "drift_ms", [-1e9, 1e9], [-1e9 - 1, 1e9 + 1]),
    ("STATUS", "rtt_ms", [None, 0, 60_000], [-1, 60_001]),
    ("STATUS", "revision", [None, 0, 2**53], [-1, 2**53 + 1]),
    ("STATUS", "duration", [None, 0.01, MAX_POSITION_S], [0, -1, MAX_POSITION_S + 1]),
    ("KICK", "member", ["m", "x" * 64], ["", "x" * 65, None]),
    ("KICK", "id", ["i", "x" * 64, "é" * 64, None], ["", "x" * 65]),
    ("MUTE", "on", [True, False], [None]),
    ("QUEUE_ADD", "start_s", [None, 0, MAX_POSITION_S], [-1, MAX_POSITION_S + 1]),
    ("QUEUE_ADD", "before", [None, "i", "x" * 64], ["", "x" * 65]),
    ("QUEUE_MOVE", "before", [None, "i", "x" * 64], ["", "x" * 65]),
    ("QUEUE_REMOVE", "item", ["i", "x" * 64], ["", "x" * 65, None]),
    ("QUEUE_SET", "order", [None, "manual", "votes"], ["random"]),
    ("QUEUE_SET", "adding", [None, "controllers", "everyone"], ["nobody"]),
    ("NEXT", "revision", [None, 0, 2**53], [-1, 2**53 + 1]),
]


@pytest.mark.parametrize(("type_", "field", "taken", "refused"), EDGES)
def test_a_value_is_taken_up_to_its_edge_and_no_further(
    type_: str, field: str, taken: list[Any], refused: list[Any]
) -> None:
    for value in taken:
        assert getattr(decode(frame(type_, **{field: value})), field) == value
    for value in refused:
        assert why_bad(frame(type_, **{field: value})).message.startswith(f"{field}: must ")


@pytest.mark.parametrize(
    ("type_", "field", "values"),
    [
        ("SEEK", "position", [True, "1", [1], {}]),
        ("RATE", "rate", [True, "1"]),
        ("PING", "t0", [True, "0"]),
        ("STATUS", "buffering", [0, 1, "true", None]),
        ("MUTE", "on", [0, 1, "yes"]),
        ("CHAT", "text", [1, True, ["hi"], {}]),
        ("KICK", "member", [1, True, ["m"]]),
        ("KICK", "id", [1, True, ["x"], {}]),
        ("SOURCE", "source", ["youtube", 1, [], None]),
    ],
)
def test_a_value_of_another_kind_is_refused(type_: str, field: str, values: list[Any]) -> None:
    for value in values:
        assert why_bad(frame(type_, **{field: value})).message.startswith(f"{field}: must ")


def test_a_text_that_is_too_long_is_refused_with_the_limit() -> None:
    assert why_bad(frame("CHAT", text="x" * 501)).message == "text: must be at most 500 characters"


@pytest.mark.parametrize(
    "change",
    [
        {"provider": "You Tube"},
        {"media_type": "film"},
        {"external_id": ""},
        {"external_id": "a/b"},
        {"external_id": "x" * 129},
        {"season": 1, "episode": 1},
        {"media_type": "tv"},
        {"media_type": "tv", "season": 1},
        {"media_type": "tv", "season": 1, "episode": 1.5},
        {"supports_events": 1},
        {"capabilities": {"seek": True}},
        {"capabilities": {**SOURCE["capabilities"], "fly": True}},
        {"url": "https://example.org"},
    ],
)
def test_a_source_with_a_wrong_part_is_refused(change: dict[str, Any]) -> None:
    error = why_bad(frame("SOURCE", source={**SOURCE, **change}, id="x"))
    assert error.message.startswith("source")
    assert error.id == "x"


@pytest.mark.parametrize(
    "type_", ["play", "PLAY ", "WELCOME", "", "room.notice", 1, None, ["PLAY"]]
)
def test_an_unknown_type_is_answered_and_not_a_reason_to_close(type_: Any) -> None:
    error = why_bad(json.dumps({"type": type_, "id": "x"}))
    assert (error.message.split(":")[0], error.id) == ("type", "x")


def test_a_message_without_a_type_is_told_so() -> None:
    assert why_bad("{}").message.startswith("type: ")


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "{", "}", '{"type":"PING","t0":1}}', "[]", '"PING"', "1", "null", "true", "\x00"]
    + [f'{{"type":"PING","t0":{value}}}' for value in ("NaN", "Infinity", "-Infinity", "01")]
    + ["{'type':'PING'}", '{"type":"PING","t0":1,}', '\ufeff{"type":"SYNC"}']
    + [
        '{"type":"PLAY","type":"PLAY"}',
        '{"type":"PLAY","position":1,"position":2}',
        '{"type":"PLAY","id":"a","\\u0069d":"b"}',
        '{"type":"SOURCE","source":{"season":1,"season":2}}',
    ],
)
def test_what_is_not_one_json_object_of_unlike_names_closes_the_socket(text: str) -> None:
    assert how_closed(text) is CloseCode.MALFORMED


def test_a_number_too_large_for_the_machine_is_refused() -> None:
    assert why_bad('{"type":"SEEK","position":1e999}').message.startswith("position: ")
    assert why_bad('{"type":"PING","t0":-1e999}').message.startswith("t0: ")


def padded(bytes_: int, *, with_: str) -> str:
    """A SYNC of so many bytes with an unknown field, which is refused only if it is read."""
    empty = '{"type":"SYNC","pad":"%s"}'
    room = bytes_ - len(empty % "")
    width = len(with_.encode())
    return empty % (with_ * (room // width) + "x" * (room % width))


@pytest.mark.parametrize("with_", ["x", "é", "🍿"])
def test_a_frame_may_have_4096_bytes_and_no_more(with_: str) -> None:
    most = padded(MAX_FRAME_BYTES, with_=with_)
    assert len(most.encode()) == MAX_FRAME_BYTES
    assert why_bad(most).message.startswith("pad")
    assert how_closed(padded(MAX_FRAME_BYTES + 1, with_=with_)) is CloseCode.TOO_LARGE


@pytest.mark.parametrize("text", ["😀" * 500, "é" * 500, "👩\u200d🚀x" * 125])
def test_the_longest_message_can_be_sent_however_its_letters_are_written(text: str) -> None:
    # Python's writer escapes every letter that is not ASCII: 12 bytes for an emoji.
    escaped = json.dumps({"type": "CHAT", "text": text, "id": "é" * 64})
    message = decode(escaped)
    assert isinstance(message, protocol.Chat)
    assert message.text == text
    assert why_bad(json.dumps({"type": "CHAT", "text": text + "😀"})).message.startswith("text: ")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a\tb", "a b"),
        ("a\r\nb", "a\nb"),
        ("\u2066+49 30 12345\u2069", "+49 30 12345"),
        ("\u202eabc", "abc"),
        ("a\x00b\x07", "ab"),
        ("\ud83d hi \ude00", "hi"),
        ("a\ude00\ud83db", "ab"),
        ("\ud83d", ""),
        ("x" * 500 + "\r\n", "x" * 500),
        ("a\r\n" * 250, "a\n" * 249 + "a"),
        ("x" + "\x00" * 600, "x"),
    ],
)
def test_a_pasted_message_is_cleaned_and_then_counted(written: str, text: str) -> None:
    message = decode(json.dumps({"type": "CHAT", "text": written}))
    assert isinstance(message, protocol.Chat)
    assert message.text == text


def test_escapes_do_not_make_room_for_more_than_a_frame_may_say() -> None:
    assert how_closed(json.dumps({"type": "SYNC", "pad": "😀" * 1024})) is CloseCode.TOO_LARGE
    assert how_closed('{"type":"SYNC","pad":"' + r"\\u0041" * 700 + '"}') is CloseCode.TOO_LARGE
    assert how_closed(r"\u0041" * 10_000) is CloseCode.TOO_LARGE


def nested(depth: int, open_: str, close: str) -> str:
    """An object that nests ``depth`` deep in all."""
    return f'{{"type":"SYNC","x":{open_ * (depth - 1)}1{close * (depth - 1)}}}'


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_json_may_nest_so_deep_and_no_deeper(open_: str, close: str) -> None:
    layers = 2 if len(open_) > 5 else 1
    good = (MAX_NESTING - 1) // layers + 1
    assert why_bad(nested(good, open_, close)).message.startswith("x")
    for depth in (good + 1, good + 30, 300):
        assert how_closed(nested(depth, open_, close)) is CloseCode.MALFORMED


@pytest.mark.parametrize("text", ["[" * 500, "{" * 200 + '"\\' * 50, '["]"' * 100, ":{[" * 30])
def test_brackets_in_a_text_are_no_nesting(text: str) -> None:
    message = decode(frame("CHAT", text=text))
    assert isinstance(message, protocol.Chat)
    assert message.text == text


@pytest.mark.parametrize("open_", ["[", '{"a":', '["\\"",{"":'])
def test_unclosed_json_of_any_depth_closes_the_socket(open_: str) -> None:
    assert how_closed(open_ * (MAX_FRAME_BYTES // len(open_))) is CloseCode.MALFORMED


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"PING","t0":1,"id":"\\ud800"}',
        '{"type":"KICK","member":"\\udfff","id":"x"}',
        '{"type":"\\ud800","id":"x"}',
        '{"type":"SYNC","\\ud800":1}',
        '{"type":"SYNC","\\ud800":1,"id":"\\udc00"}',
    ],
)
def test_half_a_character_is_refused_with_an_answer_that_can_be_sent(text: str) -> None:
    assert_can_be_sent(why_bad(text))


def assert_can_be_sent(error: BadMessage) -> None:
    answer = server_messages.Error(code=ErrorCode.INVALID, message=error.message, id=error.id)
    assert encode(answer).encode()


def texts_in(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the way to every text in the fields of a message."""
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from texts_in(inner, (*path, name))
        elif isinstance(inner, str):
            yield (*path, name)


def with_text(value: dict[str, Any], path: tuple[str, ...], text: str) -> dict[str, Any]:
    name, *rest = path
    return {**value, name: with_text(value[name], tuple(rest), text) if rest else text}


@pytest.mark.parametrize("type_", GOOD)
def test_half_a_character_in_any_text_is_cleaned_or_told_of_by_its_field(type_: str) -> None:
    good = {**GOOD[type_], "id": "x"}
    for path in texts_in(good):
        bad = json.dumps({"type": type_, **with_text(good, path, "a\ud800b")})
        if (type_, path) == ("CHAT", ("text",)):
            assert decode(bad)
            continue
        error = why_bad(bad)
        assert error.message.startswith(f"{'.'.join(path)}: ")
        assert "unicode" not in error.message
        assert_can_be_sent(error)


# --- whatever comes -------------------------------------------------------------------

numbers = st.integers() | st.floats(allow_nan=True, allow_infinity=True)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=70)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
fields = st.sampled_from(
    ["id", "type", "position", "rate", "source", "text", "t0", "member", "on", "duration"]
)
messages = st.fixed_dictionaries(
    {"type": st.sampled_from([*GOOD, "X"])},
    optional={"id": scalars, "position": scalars, "member": scalars},
).flatmap(
    lambda data: st.dictionaries(fields | st.text(max_size=5), json_values, max_size=4).map(
        lambda more: {**more, **data}
    )
)
texts = (
    st.text()
    | st.binary().map(lambda raw: raw.decode("utf-8", "replace"))
    | json_values.map(json.dumps)
    | messages.map(json.dumps)
    | messages.map(lambda data: json.dumps(data, ensure_ascii=False))
)


@given(texts)
def test_whatever_comes_is_a_message_or_a_protocol_error_that_can_be_told(text: str) -> None:
    try:
        message = decode(text)
    except BadMessage as error:
        told = server_messages.Error(code=ErrorCode.INVALID, message=error.message, id=error.id)
        assert_in_schema(encode(told), "ToClient")
    except Malformed:
        pass
    else:
        assert_in_schema(message.model_dump_json(exclude_none=True), "FromClient")


# --- the schema -----------------------------------------------------------------------

SCHEMA = json.loads(SCHEMA_FILE.read_text())
VALIDATORS = {
    name: Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})
    for name in ("FromClient", "ToClient")
}


def assert_in_schema(text: str, direction: str) -> None:
    VALIDATORS[direction].validate(json.loads(text))


def test_the_schema_in_the_documentation_is_the_present_one() -> None:
    assert codec.schema() == SCHEMA


STATE = LiveState(host="ana", cohosts=("ben",), position=1, at=1.5, duration=90, by="ana")
SNAPSHOT = a_snapshot(muted=frozenset({"ben"}))
ANA, BEN = (
    member(Person(id_, id_, drift_ms=1.5), state=STATE, snapshot=SNAPSHOT, names=Names())
    for id_ in ("ana", "ben")
)
DELETED = server_messages.ChatDeleted(id="1-1")
REACTED = server_messages.Reactions(counts={"🍿": 2})
SAID = server_messages.ChatMessage(
    id="1-1", member="ana", name="Ana", role=protocol.Role.HOST, text="🍿\n", at=1.0, client_id="c"
)
QUEUE = Queue(
    version=3,
    entries=(
        Entry(
            id="a1",
            source=Work(provider="youtube", media_type=MediaType.MOVIE, external_id="aqz-KE-bpKQ"),
            title="Film",
            duration_s=90.5,
            added_by="ana",
            added_by_name="Ana",
            votes=2,
        ),
    ),
)
SECOND = QUEUE.entries[0].model_copy(update={"id": "b2"})
QUEUE = skip(add(QUEUE, SECOND, before=None, may_control=True), "b2", "It is gone.")
TOLD: list[protocol.Model] = [
    server_messages.Welcome(
        room=room_info(SNAPSHOT, STATE),
        you=ANA,
        state=STATE.seen_at(1.0),
        members=[ANA, BEN],
        viewer_count=2,
        chat=[],
        waiting=[server_messages.Waiting(id="cem", name="Cem")],
        queue=QUEUE.as_state(of=0),
        resume="t",
    ),
    server_messages.PlaybackState.of(STATE),
    server_messages.PlaybackState.of(STATE, id="x"),
    server_messages.Presence(joined=[ANA], left=["cem"], changed=[BEN], viewer_count=2),
    SAID,
    DELETED,
    REACTED,
    SAID.model_copy(update={"client_id": None}),
    server_messages.HostDisconnected(grace_ends_at=1.0),
    server_messages.HostReconnected(),
    server_messages.HostChanged(host="ben"),
    server_messages.RoomChanged(room=room_info(SNAPSHOT, STATE)),
    server_messages.WaitingChanged(waiting=[]),
    server_messages.QueueChanged.model_construct(**dict(QUEUE.as_state(of=0))),
    server_messages.Reactions(counts={"🍿": 2}),
    server_messages.RoomClosed(reason="kicked"),
    server_messages.Pong(t0=1.0, t1=2.0, t2=3.0),
    server_messages.Ack(id="x"),
    server_messages.Error(code=ErrorCode.RATE_LIMITED, message="Wait.", id="x", retry_after_s=2.0),
]


@pytest.mark.parametrize("left_out", ["type", "protocol", None])
def test_by_the_schema_the_server_may_say_more_and_always_says_what_it_is(
    left_out: str | None,
) -> None:
    message: dict[str, Any] = {"type": "ACK", "id": "x", "colour": "red"}
    if left_out == "protocol":
        message = json.loads(encode(TOLD[0])) | {"colour": "red"}
        assert VALIDATORS["ToClient"].is_valid(message)
    if left_out:
        del message[left_out]
    assert VALIDATORS["ToClient"].is_valid(message) is (left_out is None)
    assert not VALIDATORS["FromClient"].is_valid({"type": "SYNC", "colour": "red"})


PAGE = (SCHEMA_FILE.parent / "protocol.md").read_text()


def examples(heading: str, end: str) -> list[dict[str, Any]]:
    """Return the messages that a part of the page shows; what it leaves out is None."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition(end)[0]
    found = re.findall(
        r'^\{"type":.*?\}$|(?<=`)\{"type":.*?\}(?=`)', part, re.DOTALL | re.MULTILINE
    )
    return [json.loads(text.replace("{…}", "null").replace("[…]", "[]")) for text in found]


def assert_whole(value: Any, schema: dict[str, Any], where: str) -> None:
    """Fail unless every object of an example has each field of its schema, and no other."""
    for part in [schema, *schema.get("anyOf", [])]:
        if "$ref" in part:
            schema = SCHEMA["$defs"][part["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for each in value:
            assert_whole(each, schema["items"], where)
    elif isinstance(value, dict) and "properties" in schema:
        assert value.keys() == schema["properties"].keys(), where
        for name, part in value.items():
            assert_whole(part, schema["properties"][name], f"{where}.{name}")


@pytest.mark.parametrize(
    ("heading", "end", "side"),
    [
        ("From the client", "\n- **A playback command", "FromClient"),
        ("From the server", "\n```\n", "ToClient"),
    ],
    ids=["client", "server"],
)
def test_the_page_shows_every_message_with_all_its_fields(
    heading: str, end: str, side: str
) -> None:
    kinds = SCHEMA["$defs"][side]["discriminator"]["mapping"]
    shown = examples(heading, end)
    assert {message["type"] for message in shown} == kinds.keys()
    for message in shown:
        # The page says once that every message from a client may have an id.
        given = {"id": "x"} if side == "FromClient" else {}
        assert_whole(message | given, {"$ref": kinds[message["type"]]}, message["type"])


@pytest.mark.parametrize("message", TOLD, ids=lambda message: type(message).__name__)
def test_what_is_told_is_in_the_schema_and_comes_back_the_same(message: protocol.Model) -> None:
    text = encode(message)
    assert_in_schema(text, "ToClient")
    assert type(message).model_validate_json(text, strict=False) == message
    assert "\n" not in text


def test_every_kind_of_server_message_is_tried_above() -> None:
    kinds = SCHEMA["$defs"]["ToClient"]["discriminator"]["mapping"]
    assert {json.loads(encode(message))["type"] for message in TOLD} == set(kinds)


@pytest.mark.parametrize("type_", GOOD)
def test_what_is_read_is_in_the_schema(type_: str) -> None:
    assert_in_schema(frame(type_, id="x"), "FromClient")
