"""What may happen to a room, and what must be true of it and told of it. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from tests.rooms.people import Message, RoomSocket

EMOJI = ("😂", "❤️", "👋🏽", "👩🏾‍🚀", "🏳️‍🌈", "🇹🇷")
NAMES = ("Ana", "Ben", "Cem", "Dua")
# Why players cannot play something, and what the notice says then.
FAILURES = {
    "embed_refused": "Its site does not let it be played elsewhere.",
    "missing": "Its site no longer has it.",
    "unplayable": "Its site does not play it.",
}
NOTICES_KEPT = 5
STATE = ("revision", "playing", "position", "rate", "at", "source", "by", "duration", "waiting")
SOURCES = [
    {
        "provider": "youtube",
        "media_type": "movie",
        "external_id": external_id,
        "supports_events": True,
        "supports_progress": True,
        "capabilities": dict.fromkeys(("seek", "pause", "resume", "autoplay"), True),
    }
    for external_id in ("dQw4w9WgXcQ", "aqz-KE-bpKQ")
]

# --- what happens ---------------------------------------------------------------------
# People, sockets and earlier commands are picked by any number, modulo how many there are.

picks = st.integers(0, 11)
positions = st.integers(0, 7200)
orders = st.one_of(
    st.tuples(st.just("PLAY"), st.fixed_dictionaries({}, optional={"position": positions})),
    st.tuples(st.just("PAUSE"), st.fixed_dictionaries({}, optional={"position": positions})),
    st.tuples(st.just("SEEK"), st.fixed_dictionaries({"position": positions})),
    st.tuples(st.just("RATE"), st.fixed_dictionaries({"rate": st.sampled_from([0.5, 1, 2])})),
    st.tuples(st.just("SOURCE"), st.fixed_dictionaries({"source": st.sampled_from(SOURCES)})),
)
volleys = st.lists(orders, min_size=1, max_size=4)
Order = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Enter:
    person: int
    server: int
    resume: bool


@dataclass(frozen=True)
class Leave:
    socket: int
    cut: bool


@dataclass(frozen=True)
class HostVanishes:
    """All the host's sockets are cut; perhaps they are back at once."""

    back: bool


@dataclass(frozen=True)
class Command:
    socket: int
    order: Order
    with_id: bool


@dataclass(frozen=True)
class Repeat:
    """An earlier command is sent again with its id, from any of its sender's sockets."""

    earlier: int
    socket: int


@dataclass(frozen=True)
class Appoint:
    socket: int
    person: int
    what: str


@dataclass(frozen=True)
class Race:
    """A controller at each server gives commands as fast as they can, at the same time."""

    first: int
    second: int
    orders: tuple[list[Order], list[Order]]


@dataclass(frozen=True)
class HandOverRace:
    """The host hands over to two people at the same time, at either server."""

    first: int
    second: int


@dataclass(frozen=True)
class Queueing:
    """Something is asked of the queue, about any of its items."""

    socket: int
    what: str
    item: int
    before: int


@dataclass(frozen=True)
class QueueStart:
    """How the queue works when the room begins, and what the host then asks of it."""

    by_votes: bool
    adding: str
    vote: Queueing
    add: Queueing


@dataclass(frozen=True)
class NextRace:
    """A controller at each server goes on to the next item at the same time."""

    first: int
    second: int


@dataclass(frozen=True)
class React:
    """Somebody presses an emoji, some of them made of several code points."""

    socket: int
    emoji: str


@dataclass(frozen=True)
class SetControl:
    """The host says who may control playback and the queue."""

    control: str


class Ending(StrEnum):
    """How a wait for each other ends."""

    READY = "everyone is ready"
    OVERRIDE = "whoever controls plays without the others"
    LEAVING = "those who are late leave or ask not to be waited for"


@dataclass(frozen=True)
class WaitForEachOther:
    """The room is set to wait, and somebody starts the film; then it waits no more."""

    socket: int
    position: int
    ending: Ending


@dataclass(frozen=True)
class Stall:
    """Somebody's player stops for want of data in a room that always waits."""

    socket: int
    staller: int
    position: int
    ending: Ending


@dataclass(frozen=True)
class FilmEnds:
    """A film comes to its end; the queue goes on by itself, or once it is told to."""

    socket: int
    work: int
    autoplay: bool


@dataclass(frozen=True)
class SkipVotes:
    """People ask to skip what plays: too few of them, and then everyone at the same time."""

    work: int


@dataclass(frozen=True)
class PlayersFail:
    """What the queue has put on cannot be played: too few players say so, and then all do."""

    work: int
    why: str


@dataclass(frozen=True)
class Look:
    """Everything is compared before anything else happens."""


Step = (
    Enter
    | Leave
    | HostVanishes
    | Command
    | Repeat
    | Appoint
    | Race
    | HandOverRace
    | Queueing
    | NextRace
    | React
    | SetControl
    | WaitForEachOther
    | Stall
    | FilmEnds
    | SkipVotes
    | PlayersFail
    | Look
)

queue_starts = st.builds(
    QueueStart,
    st.booleans(),
    st.sampled_from(["controllers", "everyone"]),
    st.builds(Queueing, st.just(0), st.just("VOTE"), picks, picks),
    st.builds(Queueing, st.just(0), st.just("ADD"), picks, picks),
)
steps = st.one_of(
    st.builds(Enter, picks, st.integers(0, 1), st.booleans()),
    st.builds(Enter, picks, st.integers(0, 1), st.booleans()),
    st.builds(Leave, picks, st.booleans()),
    st.builds(HostVanishes, st.booleans()),
    st.builds(Command, picks, orders, st.booleans()),
    st.builds(Command, picks, orders, st.booleans()),
    st.builds(Repeat, picks, picks),
    st.builds(Appoint, picks, picks, st.sampled_from(["TRANSFER", "COHOST", "UNCOHOST"])),
    st.builds(Race, picks, picks, st.tuples(volleys, volleys)),
    st.builds(HandOverRace, picks, picks),
    st.builds(Queueing, picks, st.just("ADD"), picks, picks),
    st.builds(Queueing, picks, st.sampled_from(["ADD", "REMOVE", "MOVE", "NEXT"]), picks, picks),
    st.builds(Queueing, picks, st.sampled_from(["ORDER", "VOTE", "LATE NEXT"]), picks, picks),
    st.builds(NextRace, picks, picks),
    st.builds(React, picks, st.sampled_from(EMOJI)),
    st.builds(SetControl, st.sampled_from(["everyone", "host"])),
    st.builds(WaitForEachOther, picks, positions, st.sampled_from(Ending)),
    st.builds(Stall, picks, picks, positions, st.sampled_from(Ending)),
    st.builds(FilmEnds, picks, picks, st.booleans()),
    st.builds(SkipVotes, picks),
    st.builds(PlayersFail, picks, st.sampled_from(sorted(FAILURES))),
    st.builds(Look),
)


# --- what must be true ----------------------------------------------------------------


@dataclass
class Done:
    """A command with an id that was carried out, and its answer."""

    by: str
    order: Order
    answer: Message


@dataclass
class Model:
    """What must be true of the room by what has happened to it."""

    host: str
    state: Message
    cohosts: set[str] = field(default_factory=set)
    control: str = "host"
    done: list[Done] = field(default_factory=list)
    # Ids and works of the items, in order.
    queue: list[tuple[str, str]] = field(default_factory=list)
    added_by: dict[str, str] = field(default_factory=dict)
    by_votes: bool = False
    adding: str = "controllers"
    # Who wants which item sooner.
    votes: set[tuple[str, str]] = field(default_factory=set)
    # Works that could not be played, and why.
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def sort_queue(self) -> None:
        """Have the items stand as votes order them, if they do."""
        if self.by_votes:
            self.queue.sort(key=lambda item: -sum(of == item[0] for _, of in self.votes))

    def may_control(self, person: str) -> bool:
        return self.control == "everyone" or person == self.host or person in self.cohosts

    def check(self, order: Order, new: Message) -> None:
        """``new`` is what ``order`` must make of the state; take it."""
        (type_, fields), old = order, self.state
        assert new["playing"] == {"PLAY": True, "PAUSE": False, "SOURCE": False}.get(
            type_, old["playing"]
        )
        assert new["rate"] == (1 if type_ == "SOURCE" else fields.get("rate", old["rate"]))
        source = fields["source"] if type_ == "SOURCE" else old["source"]
        assert new["source"]["external_id"] == source["external_id"]
        if type_ == "SOURCE" or "position" in fields:
            assert new["position"] == fields.get("position", 0)
        else:
            assert new["position"] >= old["position"]
        self.state = new

    def is_idle(self, order: Order) -> bool:
        """Tell whether the order asks for what is so already."""
        (type_, fields), now = order, self.state
        match type_:
            case "PLAY":
                return now["playing"] and not fields
            case "PAUSE":
                return not now["playing"] and fields.get("position") in (None, now["position"])
            case "RATE":
                return bool(fields["rate"] == now["rate"])
        return False


class View:
    """What one socket has been told, put together as a page does.

    ``late`` are senders and ids whose answer to the sender may tell of an older state.
    """

    def __init__(self, room_socket: RoomSocket, late: set[tuple[str, str]]) -> None:
        welcome = room_socket.welcome
        self.state = state_of(welcome["state"])
        self.roles = {member["id"]: member["role"] for member in welcome["members"]}
        self.count = welcome["viewer_count"]
        self.host = welcome["room"]["host"]
        self.host_away = welcome["room"]["grace_ends_at"] is not None
        self.queue_version = welcome["queue"]["version"]
        self._take_queue(welcome["queue"])
        self.control = welcome["room"]["control"]
        for message in list(room_socket.heard):
            if (room_socket.guest.id, message.get("id")) in late and self._is_old(message):
                continue
            self._take(message)

    def _is_old(self, message: Message) -> bool:
        return bool(message["revision"] < self.state["revision"])

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "PLAYBACK_STATE":
                self._take_state(state_of(message))
            case "PRESENCE":
                for member in message["joined"] + message["changed"]:
                    self.roles[member["id"]] = member["role"]
                for id_ in message["left"]:
                    self.roles.pop(id_, None)
                self.count = message["viewer_count"]
            case "QUEUE":
                assert message["version"] >= self.queue_version, "a queue went back"
                self.queue_version = message["version"]
                self._take_queue(message)
            case "HOST_CHANGED":
                self.host, self.host_away = message["host"], False
            case "HOST_DISCONNECTED":
                self.host_away = True
            case "HOST_RECONNECTED":
                self.host_away = False
            case "ROOM_CHANGED":
                self.host = message["room"]["host"]
                self.control = message["room"]["control"]
                self.host_away = message["room"]["grace_ends_at"] is not None

    def _take_queue(self, queue: Message) -> None:
        self.queue, self.skip_votes = items_of(queue), queue["skip_votes"]
        self.skipped = notices_of(queue)

    def _take_state(self, state: Message) -> None:
        assert state["revision"] >= self.state["revision"], "a revision went back"
        if state["revision"] == self.state["revision"]:
            now = {**state, "at": self.state["at"]} if is_over(state) else state
            assert now in (self.state, as_over(self.state)), "one revision, two states"
        self.state = state


def is_over(state: Message) -> bool:
    return not state["playing"] and state["position"] == state["duration"]


def as_over(state: Message) -> Message:
    """A film that plays on to its end is told as paused there, by the same revision."""
    return {**state, "playing": False, "position": state["duration"]}


def items_of(queue: Message) -> list[tuple[str, str]]:
    return [(item["id"], item["source"]["external_id"]) for item in queue["items"]]


def notices_of(queue: Message) -> list[tuple[str, str]]:
    return [(notice["source"]["external_id"], notice["why"]) for notice in queue["skipped"]]


def state_of(message: Message) -> Message:
    return {name: message[name] for name in STATE}
