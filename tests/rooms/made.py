"""Rooms and people made without a server: for what services decide, on real stores."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async

from accounts import services as accounts
from accounts.principal import Principal
from playback import store as playback_store
from playback.clock import room_clock
from playback.sources import registry
from playback.sources.base import MediaType, SourceKey
from playback.state import LiveState
from presence import store as presence
from presence.store import Lease
from rooms import services
from rooms import state as live_states
from rooms.commands import moderation
from rooms.commands.moderation import ModerationAction
from rooms.entry import admission
from rooms.lifecycle import Status
from rooms.models import Membership, MembershipStatus, Room
from rooms.snapshot import RoomSnapshot
from rooms.stores import room_rows, snapshots
from rooms.upkeep import transitions
from server.wire import Frame

FILM = registry.describe(SourceKey("youtube", MediaType.MOVIE, "aqz-KE-bpKQ"))


def a_snapshot(**facts: Any) -> RoomSnapshot:
    """Return what is known of a room that nobody has stored."""
    usual = {
        "version": 1,
        "code": "bcdfgh2345",
        "name": "Film night",
        "visibility": "unlisted",
        "entry": "open",
        "capacity": 10,
        "chat_open": True,
        "succession": True,
        "status": Status.LIVE,
    }
    return RoomSnapshot(**{**usual, **facts})


async def a_person(name: str) -> Principal:
    user = await sync_to_async(accounts.create_guest)(display_name=name)
    return Principal(user.pk, user.display_name, is_guest=True, via="bearer")


@dataclass
class HostedRoom:
    """One room and the people a test sends to it."""

    code: str
    host: Principal
    tickets: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def build(cls, **facts: Any) -> "HostedRoom":
        host = await a_person("Ana")
        facts = {
            "name": "Film night",
            "visibility": "unlisted",
            "entry": "open",
            "capacity": 10,
            "chat_open": True,
            "succession": True,
            "source": FILM,
            **facts,
        }
        view = await services.create_room(host, source=facts.pop("source"), **facts)
        return cls(view.room.code, host)

    async def let_in(self, name: str) -> Principal:
        """Let a new person in, as joining does; they are not present yet."""
        person = await a_person(name)
        await self.record(person, MembershipStatus.APPROVED)
        return person

    async def record(self, person: Principal, admission_: MembershipStatus) -> None:
        """Store what the room has decided about a person, however it came to that."""
        room = await sync_to_async(room_rows.get)(self.code)
        await Membership.objects.aupdate_or_create(
            room=room, user_id=person.user_id, defaults={"admission": admission_}
        )

    async def join(
        self, person: Principal, *, password: str | None = None, address: str = "192.0.2.1"
    ) -> str | None:
        """Join over REST; return the ticket, None while waiting."""
        joined = await admission.join(self.code, person, password=password, address=address)
        return joined.ticket

    async def enter(self, person: Principal, *, connection: str = "c1") -> Lease:
        """Join and take a lease, as the socket does before it has a connection."""
        ticket = await self.join(person)
        assert ticket is not None
        opened = await admission.open_socket(self.code, ticket, connection=connection)
        return opened.lease

    async def leave(self, lease: Lease) -> None:
        await presence.release(lease)
        await transitions.settle(self.code)

    async def act(self, act: ModerationAction, person: Principal, *, by: Principal) -> None:
        await moderation.act(self.code, act, by=str(by.user_id), member=str(person.user_id))

    async def transfer(self, person: Principal, *, by: Principal) -> None:
        await moderation.transfer(self.code, by=str(by.user_id), member=str(person.user_id))

    async def state(self) -> LiveState:
        stored = await playback_store.load(self.code)
        assert stored is not None
        return stored.state

    async def put(self, state: LiveState) -> None:
        """Let Redis hold ``state``, whatever it held before."""
        old = await playback_store.load(self.code)
        swapped, _ = await playback_store.swap(self.code, old, playback_store.Stored.of(state))
        assert swapped

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Have what Redis holds now known in this process, as sockets here make it be."""

        def ignore(old: LiveState, new: LiveState, frame: Frame) -> None:
            pass

        await live_states.watch(self.code, ignore)
        yield
        live_states.unwatch(self.code, ignore)

    async def snapshot(self) -> RoomSnapshot:
        return await snapshots.of(self.code)

    async def row(self) -> Room:
        return await Room.objects.aget(code=self.code)

    async def standing(self, person: Principal) -> MembershipStatus | None:
        row = await Membership.objects.filter(room__code=self.code, user_id=person.user_id).afirst()
        return MembershipStatus(row.admission) if row else None


def id_of(person: Principal) -> str:
    return str(person.user_id)


async def pass_time(*, seconds: float) -> None:
    """Let room time run ahead, as this process sees it."""
    clock = await room_clock()
    assert clock._offset_ms is not None
    clock._offset_ms += seconds * 1000
