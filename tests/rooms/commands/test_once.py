"""The same id again has no second effect and is answered as the first time; on real stores."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from playback.commands import MakeHost
from playback.rules import SERVER
from playback.sources.base import Work
from rooms import queue as rules
from rooms import queue_state
from rooms import state as live_states
from rooms.commands import chat, moderation
from rooms.commands.moderation import ModerationAction
from rooms.errors import HostOnly, Muted, NoSuchItem, NoSuchMessage
from rooms.models import MembershipStatus
from rooms.stores import live_state_rows, single_use
from tests.rooms.made import a_person, id_of
from tests.rooms.visits import Place, Visit
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

FILMS = [
    {"provider": "youtube", "media_type": "movie", "external_id": external_id}
    for external_id in ("dQw4w9WgXcQ", "aqz-KE-bpKQ")
]
# Of nobody's library.
UNPLAYABLE = {
    "provider": "library",
    "media_type": "movie",
    "external_id": "00000000-0000-4000-8000-000000000000",
}


class Killed(BaseException):
    """The process ends here."""


async def killed(visit: Visit, monkeypatch: pytest.MonkeyPatch, type_: str, **fields: str) -> None:
    """Have something said and done, and the process killed before it can note that."""

    async def kill(*_: str) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(single_use, "mark_done", kill)
        with pytest.raises(Killed):
            await visit.say(type_, **fields)


async def test_play_now_sent_again_is_answered_with_what_was_put_on(place: Place) -> None:
    ana = await place.visit(place.hosted.host)
    for film in FILMS:
        await ana.say("QUEUE_ADD", source=film, id=film["external_id"])
    item = ana.sender.room.queue.entries[1].id
    first = await ana.say("NEXT", item=item, id="n")
    assert first["source"]["external_id"] == FILMS[1]["external_id"]
    # However it came about that they have no say any more.
    cem = await a_person("Cem")
    await place.hosted.record(cem, MembershipStatus.APPROVED)
    await live_states.apply(place.hosted.code, MakeHost(id_of(cem)), SERVER)
    assert await ana.say("NEXT", item=item, id="n") == first
    with pytest.raises(NoSuchItem):
        await (await place.visit(cem)).say("NEXT", item=item, id="n")
    assert await place.queue() == [FILMS[0]["external_id"]]


async def test_next_that_came_to_nothing_comes_to_nothing_later(place: Place) -> None:
    ana = await place.visit(place.hosted.host)
    first = await ana.say("NEXT", id="n")
    await ana.say("QUEUE_ADD", source=FILMS[1], id="q")
    again = await ana.say("NEXT", id="n")
    assert (again["source"], again["revision"]) == (first["source"], first["revision"])
    assert await place.queue() == [FILMS[1]["external_id"]]


async def test_what_cannot_be_played_now_puts_nothing_else_on(place: Place) -> None:
    ana = await place.visit(place.hosted.host)
    before = await place.hosted.state()
    await ana.say("QUEUE_ADD", source=FILMS[0], id="0")
    item = await an_unplayable_item(place)
    answer = await ana.say("NEXT", item=item, id="n")
    assert answer["playing"] is False
    assert (await place.hosted.state()).source == before.source
    assert await place.queue() == [FILMS[0]["external_id"]]
    assert [one.id for one in ana.sender.room.queue.skipped] == [item]
    assert await ana.say("NEXT", item=item, id="n") == answer


async def an_unplayable_item(place: Place) -> str:
    """Return an item whose video has been deleted since it was added."""
    entry = rules.Entry(
        id="gone", source=Work.model_validate(UNPLAYABLE), added_by=id_of(place.hosted.host)
    )
    await queue_state.change(
        place.hosted.code, lambda queue: rules.add(queue, entry, before=None, may_control=True)
    )
    return entry.id


# However an id is spelt, it is the same person.
@pytest.mark.parametrize("spelt", [str.lower, str.upper])
async def test_handing_over_is_answered_as_done_though_the_process_was_killed_after_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, spelt: Callable[[str], str]
) -> None:
    ben = await place.hosted.let_in("Ben")
    ana, member = await place.visit(place.hosted.host), spelt(id_of(ben))
    await killed(ana, monkeypatch, "TRANSFER", member=member, id="t")
    assert (await place.hosted.state()).host == id_of(ben)
    assert (await ana.say("TRANSFER", member=member, id="t"))["type"] == "ACK"
    with pytest.raises(HostOnly):
        await ana.say("TRANSFER", member=member, id="another")


async def test_handing_over_is_stored_before_it_is_answered_though_the_first_process_was_killed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await place.hosted.let_in("Ben")
    ana = await place.visit(place.hosted.host)

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(live_state_rows, "set_host", kill)
        with pytest.raises(Killed):
            await ana.say("TRANSFER", member=id_of(ben), id="t")
    assert (await place.hosted.row()).host_id == place.hosted.host.user_id
    assert (await ana.say("TRANSFER", member=id_of(ben), id="t"))["type"] == "ACK"
    assert (await place.hosted.row()).host_id == ben.user_id


async def test_a_kick_is_answered_as_done_though_the_process_was_killed_after_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await place.hosted.let_in("Ben")
    ana = await place.visit(place.hosted.host)
    await killed(ana, monkeypatch, "KICK", member=id_of(ben), id="k")
    assert (await ana.say("KICK", member=id_of(ben), id="k"))["type"] == "ACK"


async def test_a_line_is_deleted_once_and_the_answer_stays(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await place.visit(place.hosted.host)
    line, other = [(await ana.say("CHAT", text=text, id=text))["id"] for text in ("One", "Two")]
    for _ in range(2):
        assert (await ana.say("DELETE_CHAT", message=line, id="d"))["type"] == "ACK"
    await killed(ana, monkeypatch, "DELETE_CHAT", message=other, id="e")
    assert (await ana.say("DELETE_CHAT", message=other, id="e"))["type"] == "ACK"
    for _ in range(2):
        with pytest.raises(NoSuchMessage):
            await ana.say("DELETE_CHAT", message=line, id="another")


@pytest.mark.parametrize(
    ("subject", "work"),
    [(moderation, "transfer"), (chat, "remove")],
    ids=["TRANSFER", "DELETE_CHAT"],
)
async def test_of_copies_that_are_carried_out_at_once_each_is_answered_as_done(
    place: Place, monkeypatch: pytest.MonkeyPatch, subject: ModuleType, work: str
) -> None:
    ben = await place.hosted.let_in("Ben")
    ana = await place.visit(place.hosted.host)
    elsewhere = await place.visit(place.hosted.host, connection="c2")
    line = (await ana.say("CHAT", text="Hello", id="c"))["id"]
    asked = {
        "transfer": ("TRANSFER", {"member": id_of(ben)}),
        "remove": ("DELETE_CHAT", {"message": line}),
    }
    type_, fields = asked[work]
    do = getattr(subject, work)

    async def late(*args: Any, **options: Any) -> None:
        monkeypatch.setattr(subject, work, do)
        assert (await elsewhere.say(type_, **fields, id="t"))["type"] == "ACK"
        await do(*args, **options)

    monkeypatch.setattr(subject, work, late)
    assert (await ana.say(type_, **fields, id="t"))["type"] == "ACK"
    # What has been done stays remembered.
    assert (await ana.say(type_, **fields, id="t"))["type"] == "ACK"


async def test_a_line_that_was_said_is_answered_with_itself_after_a_muting(place: Place) -> None:
    ben = await a_person("Ben")
    visit = await place.visit(ben)
    said = await visit.say("CHAT", text="Hello", id="c")
    await place.hosted.act(ModerationAction.MUTE, ben, by=place.hosted.host)
    await visit.sender.room.refresh_snapshot()
    assert await visit.say("CHAT", text="Hello", id="c") == said
    with pytest.raises(Muted):
        await visit.say("CHAT", text="Hello again", id="d")


async def test_a_reaction_counts_once(place: Place) -> None:
    ana = await place.visit(place.hosted.host)
    for _ in range(2):
        assert (await ana.say("REACT", emoji="😂", id="r"))["type"] == "ACK"
    await ana.say("REACT", emoji="❤️", id="s")

    async def told() -> bool:
        counts = [m["counts"] for m in ana.hears.heard if m["type"] == "REACTIONS"]
        return {"😂", "❤️"} == {emoji for kinds in counts for emoji in kinds}

    await eventually(told)
    assert all(set(m["counts"].values()) == {1} for m in ana.hears.heard if "counts" in m)
