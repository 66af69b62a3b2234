"""The chat of a room in a real Valkey."""

import asyncio
from typing import Any

import pytest

from core import live as live_state
from core.errors import Invalid, RateLimited
from core.limits import Limit
from rooms.errors import ControllersOnly, DuplicateMessage, NoSuchMessage
from rooms.protocol import CHAT_ON_JOIN, Role
from rooms.server_messages import ChatMessage
from rooms.stores import chat
from tests.support.limits import use_up

CODE = "bcdfgh2345"
NOW = 1_790_000_000_000.0


@pytest.fixture(autouse=True)
def _nobody_counts(live: None, settings: object) -> None:
    settings.RATE_LIMITS = False  # type: ignore[attr-defined]


async def say(
    text: str,
    *,
    member: str = "ana",
    at: float = NOW,
    id: str | None = None,  # noqa: A002 - the protocol's name
) -> tuple[ChatMessage, bool]:
    facts = {"member": member, "name": "Ana", "role": Role.VIEWER}
    return await chat.add(CODE, **facts, text=text, now_ms=at, client_id=id)  # type: ignore[arg-type]


async def recent() -> list[ChatMessage]:
    return [event.message for event in await chat.recent(CODE) if event.message]


async def kept() -> int:
    async with live_state.reaching_redis("test") as redis:
        return int(await redis.xlen(chat.chat_key(CODE)))


async def test_a_message_comes_back_as_it_was_said() -> None:
    said, new = await say("Hello\nyou 🍿", id="x")
    assert new
    assert (said.text, said.member, said.at, said.client_id) == ("Hello\nyou 🍿", "ana", NOW, "x")
    assert await recent() == [said]
    assert chat.entry(said).model_dump() == said.model_dump(exclude={"type", "client_id"})


async def test_five_hundred_are_kept_and_fifty_told_on_joining() -> None:
    first, _ = await say("0")
    for number in range(1, 503):
        await say(str(number))
    assert await kept() == 500
    last = [said.text for said in await recent()][-CHAT_ON_JOIN:]
    assert last == [str(number) for number in range(503 - CHAT_ON_JOIN, 503)]
    missed = await chat.since(CODE, first.id)
    assert [event.message.text for event in missed if event.message] == [
        str(number) for number in range(3, 503)
    ]


async def test_who_heard_everything_has_missed_nothing() -> None:
    last = (await say("x"))[0].id
    assert await chat.since(CODE, last) == []
    assert await chat.last_ids([CODE, "none"]) == {CODE: last, "none": "0"}


async def test_what_is_deleted_is_gone_and_told_as_gone() -> None:
    one, two = (await say("one"))[0], (await say("two"))[0]
    with pytest.raises(ControllersOnly):
        await chat.delete(CODE, one.id, of="ben")
    await chat.delete(CODE, one.id, of="ana")
    assert await recent() == [two]
    assert [event.deleted for event in await chat.since(CODE, two.id)] == [one.id]
    for gone in (one.id, (await chat.since(CODE, two.id))[0].id, "1-1"):
        with pytest.raises(NoSuchMessage):
            await chat.delete(CODE, gone, of=None)
    await chat.delete(CODE, two.id, of=None)
    assert await recent() == []


async def test_fifty_are_told_on_joining_though_many_were_deleted() -> None:
    ids = [(await say(str(number)))[0].id for number in range(220)]
    for gone in ids[100:]:
        await chat.delete(CODE, gone, of=None)
    assert [said.text for said in await recent()][-CHAT_ON_JOIN:] == [
        str(n) for n in range(50, 100)
    ]


async def test_what_is_remembered_of_speakers_is_bounded() -> None:
    for number in range(2 * chat.KEPT + 2):
        await say("x", member=f"guest {number}", id="x")
    async with live_state.reaching_redis("test") as redis:
        for key in ("sent", "last"):
            assert await redis.hlen(f"{chat.chat_key(CODE)}:{key}") <= 2 * chat.KEPT
        assert await redis.ttl(f"{chat.chat_key(CODE)}:last") <= chat.REPETITION_MS / 1000


async def test_many_names_together_have_a_limit_in_one_room_and_moderators_do_not(
    settings: Any,
) -> None:
    settings.RATE_LIMITS = True

    async def speak(number: int, role: Role = Role.VIEWER) -> RateLimited | None:
        facts: dict[str, Any] = {"member": f"guest {number // 4}", "name": "Guest", "role": role}
        try:
            await chat.add(CODE, **facts, text=str(number), now_ms=NOW, client_id=None)
        except RateLimited as refused:
            return refused
        return None

    await use_up(chat.SPEAKING_TOGETHER, speak)
    assert await speak(100_000, Role.HOST) is None


async def test_a_repeated_id_is_answered_with_the_first_message() -> None:
    first, _ = await say("one", id="x")
    await say("two", id="y")
    again, new = await say("something else", at=NOW + 60_000, id="x")
    assert (again, new) == (first, False)
    assert await kept() == 2


async def test_the_same_id_sent_many_times_at_once_is_said_once() -> None:
    said = await asyncio.gather(*(say("one", id="x") for _ in range(10)))
    assert sum(new for _, new in said) == 1
    assert len({message.id for message, _ in said}) == 1


async def test_another_members_same_id_is_another_message() -> None:
    await say("one", id="x")
    assert (await say("one", member="ben", id="x"))[1]


@pytest.mark.parametrize(
    ("text", "after_ms", "member", "refused"),
    [
        ("Hello", 9_999, "ana", True),
        ("Hello", 1, "ana", True),
        ("Hello", 10_000, "ana", False),
        ("Hello", 1, "ben", False),
        ("hello", 1, "ana", False),
    ],
)
async def test_saying_the_same_again_soon_is_refused(
    text: str, after_ms: float, member: str, refused: bool
) -> None:
    await say("Hello")
    if refused:
        with pytest.raises(DuplicateMessage):
            await say(text, at=NOW + after_ms, member=member)
        assert await kept() == 1
    else:
        assert (await say(text, at=NOW + after_ms, member=member))[1]


async def test_a_text_of_several_lines_is_a_repetition_too() -> None:
    await say("one\n two  words")
    with pytest.raises(DuplicateMessage):
        await say("one\n two  words")


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t ", "\u200b", "\u2066", "\u3164", "\u2800 \ufe0f", "\x00"]
)
async def test_what_cannot_be_read_is_not_said(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        await say(text)
    assert caught.value.fields is not None
    assert list(caught.value.fields) == ["text"]


async def test_talking_too_fast_is_refused_but_repeating_an_id_is_not(settings: object) -> None:
    settings.RATE_LIMITS = True  # type: ignore[attr-defined]

    async def talk(number: int) -> RateLimited | None:
        try:
            await say(str(number), id=str(number))
        except RateLimited as error:
            return error
        return None

    refused = await use_up(chat.SPEAKING, talk)
    assert refused.retry_after_s
    assert (await say("0", id="0"))[1] is False
    assert (await say("hi", member="ben"))[1]


async def test_a_forgotten_chat_leaves_nothing_and_an_abandoned_one_ends() -> None:
    await say("x", id="x")
    async with live_state.reaching_redis("test") as redis:
        keys = await redis.keys("room:*")
        assert len(keys) == 3
        assert all([await redis.ttl(key) > 0 for key in keys])
        await chat.forget(CODE)
        assert await redis.keys("room:*") == []


async def say_slowly(text: str, *, member: str = "ana", at: float = NOW) -> None:
    await chat.add(
        CODE,
        member=member,
        name="Ana",
        role=Role.VIEWER,
        text=text,
        now_ms=at,
        client_id=None,
        slow_mode_s=5,
    )


async def test_what_is_refused_as_a_repetition_costs_no_turn_of_slow_mode() -> None:
    await say_slowly("Hello")
    async with live_state.reaching_redis("test") as redis:
        # Five seconds pass.
        await redis.delete(f"limit:chat-slow:{{{CODE}:ana}}")
    with pytest.raises(DuplicateMessage):
        await say_slowly("Hello", at=NOW + 6000)
    await say_slowly("Hello again", at=NOW + 6000)
    with pytest.raises(RateLimited):
        await say_slowly("And again", at=NOW + 6000)


async def test_who_is_refused_because_the_whole_room_talks_loses_no_turn_of_their_own(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = True
    monkeypatch.setattr(chat, "SPEAKING", Limit("own", burst=1, per_minute=0.001))
    monkeypatch.setattr(chat, "SPEAKING_TOGETHER", Limit("full", burst=1, per_minute=0.001))
    await say_slowly("Hello", member="ben")
    with pytest.raises(RateLimited):
        await say_slowly("Hello")
    monkeypatch.setattr(chat, "SPEAKING_TOGETHER", Limit("free", burst=9, per_minute=1))
    await say_slowly("Hello")
