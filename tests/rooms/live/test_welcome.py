"""WELCOME written from parts is the WELCOME of the model."""

import json
from typing import Any

import pytest

from playback.state import LiveState
from rooms import codec, protocol, server_messages
from rooms.live.welcome import WelcomeWriter
from rooms.protocol import Role
from rooms.queue import Queue
from rooms.server_messages import ChatMessage, Member, Waiting
from rooms.snapshot import room_info
from rooms.stores.chat import entry
from tests.rooms.made import a_snapshot

SNAPSHOT = a_snapshot(name='Fílm "night" \\ 夜', visibility="public")
ANA = Member(id="ana", name="Ana", role=Role.HOST)
BEN = Member(id="ben", name='Ben "the \u2028 one"', role=Role.VIEWER, drift_ms=1.5)
CLEO = Member(id="cleo", name="Cleo", role=Role.VIEWER, muted=True)


def said(number: int) -> ChatMessage:
    return ChatMessage(
        id=f"{number}-0",
        member="ana",
        name="Ana",
        role=Role.HOST,
        text=f"No {number}",
        at=1.0,
        client_id="mine",
    )


def facts(**changed: Any) -> dict[str, Any]:
    return {
        "room": room_info(SNAPSHOT, LiveState(host="ana")),
        "you": BEN,
        "state": LiveState(host="ana", source=None, at=12.5).seen_at(12.5),
        "members": {"ana": ANA, "ben": BEN},
        "viewer_count": 2,
        "messages": [said(1), said(2)],
        "waiting": (),
        "queue": Queue(version=1).as_state(of=0),
        "resume": "a.token",
        **changed,
    }


def from_the_model(told: dict[str, Any]) -> str:
    members = {**told["members"], told["you"].id: told["you"]}
    same = {
        name: told[name] for name in ("room", "you", "state", "viewer_count", "queue", "resume")
    }
    return codec.encode(
        server_messages.Welcome(
            **same,
            members=list(members.values()),
            chat=[entry(message) for message in told["messages"]],
            waiting=list(told["waiting"]),
        )
    )


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"you": CLEO},
        {"you": CLEO, "members": {}, "messages": []},
        {"waiting": (Waiting(id="dan", name="Dan"), Waiting(id="eve", name="Eve"))},
    ],
)
def test_it_is_what_the_model_encodes(changed: dict[str, Any]) -> None:
    told = facts(**changed)

    assert WelcomeWriter().welcome(**told) == from_the_model(told)


def test_what_is_remembered_never_hides_a_change() -> None:
    picture = WelcomeWriter()
    messages = [said(1)]
    for told in (
        facts(messages=messages),
        facts(members={"ana": ANA, "cleo": CLEO}, messages=[*messages, said(2)]),
        facts(members={"ana": ANA}, messages=[said(2), said(3)]),
        facts(members={}, messages=[]),
        facts(members={"cleo": CLEO}, messages=[said(4)]),
        facts(queue=Queue(version=2, autoplay=False).as_state(of=0)),
    ):
        assert picture.welcome(**told) == from_the_model(told)


def test_an_unchanged_roster_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    encode = codec.encode

    def watched(message: protocol.Model) -> str:
        encoded.append(type(message).__name__)
        return encode(message)

    monkeypatch.setattr(codec, "encode", watched)
    picture, told = WelcomeWriter(), facts()

    for _ in range(3):
        json.loads(picture.welcome(**told))

    # Two of the room, and each time the one who comes.
    assert encoded.count("Member") == 2 + 3
    assert encoded.count("ChatEntry") == 2
