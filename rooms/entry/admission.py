"""Admission to rooms: joining over REST gives a ticket, and the ticket opens the socket."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from accounts import grants
from accounts.principal import Grant, Principal
from core import limits, passwords
from core.database import Batched, in_database
from core.per_loop import PerLoop
from playback.clock import room_clock
from presence import store as presence
from rooms import state as live_states
from rooms import tickets
from rooms.entry import waiting_list
from rooms.errors import (
    Banned,
    MembersOnly,
    NeedsPassword,
    NoSuchRoom,
    NotPresent,
    Rejected,
    RoomFull,
    RoomOver,
    TooManySockets,
)
from rooms.lifecycle import Status
from rooms.models import EntryRule, Membership, MembershipStatus, Room
from rooms.snapshot import RoomSnapshot
from rooms.stores import membership_rows, room_rows, single_use, snapshots
from rooms.upkeep import transitions

# Someone on the waiting list asks every two seconds.
JOINING = limits.Limit("join", burst=30, per_minute=60)
# Tabs and devices of one person in one room; each costs as much as a viewer. Right after a restart
# they count twice, until the leases of the closed sockets have expired.
SOCKETS_OF_A_PERSON = 20
# JOINING limits tickets from REST, but every WELCOME has a new resume token, and each time a host
# goes and comes back, the database is written.
RETURNING = limits.Limit("return", burst=100, per_minute=120)
PASSWORD_TRIES = limits.Limit("room-password", burst=5, per_minute=6)
# Limits someone who makes a new guest account for every five tries.
PASSWORD_TRIES_BY_ADDRESS = limits.Limit("room-password-address", burst=40, per_minute=12)


@dataclass(frozen=True, slots=True)
class Joined:
    """The result of joining. ``ticket`` opens the socket; None until the host has decided."""

    ticket: str | None


async def join(code: str, principal: Principal, *, password: str | None, address: str) -> Joined:
    """Let a person in, or put them on the waiting list.

    Raises NoSuchRoom, RoomOver, Banned, Rejected, NeedsPassword, RoomFull, RateLimited.
    """
    await limits.spend(JOINING, str(principal.user_id))
    # Before anything is read, so that a kick from now on voids this ticket.
    now_s = (await room_clock()).now_ms() / 1000
    room, row = await _room_and_membership(code, principal.user_id)
    refuse_if_over(room)
    admission = await _admission(room, row, principal, password, address)
    if admission is MembershipStatus.PENDING:
        return Joined(ticket=None)
    return Joined(
        ticket=tickets.issue(
            code=code,
            user_id=str(principal.user_id),
            name=principal.display_name,
            grant=principal.grant,
            now_s=now_s,
            ttl=tickets.TICKET_TTL,
        )
    )


async def _room_and_membership(code: str, user_id: UUID) -> tuple[Room, Membership | None]:
    """Return both, shared with other callers: do not change them. Raises NoSuchRoom."""
    # PostgreSQL refuses a query with NUL in a text.
    found = await _looks.get().ask((code, user_id)) if code.isalnum() else None
    if found is None:
        raise NoSuchRoom
    return found


# People who join at the same time share one query.
_looks = PerLoop(lambda: Batched(membership_rows.rooms_and_memberships))


def refuse_if_over(room: Room) -> None:
    """Raise RoomOver if the room has ended."""
    if Status(room.status).over:
        raise RoomOver


async def refuse_strangers(code: str, asker: Principal) -> None:
    """Raise NoSuchRoom, RoomOver, or MembersOnly unless ``asker`` has been let in."""
    room = await in_database(room_rows.get)(code)
    refuse_if_over(room)
    if not await is_member(room, asker.user_id):
        raise MembersOnly


async def refuse_absent(code: str, asker: Principal, *, or_just_left: bool = False) -> None:
    """Raise as ``refuse_strangers`` does, and NotPresent for a member with no socket in the room.

    Host and co-hosts need no socket. With ``or_just_left``, neither do people who left within the
    last ten minutes.
    """
    await refuse_strangers(code, asker)
    member = str(asker.user_id)
    if (await live_states.current(code)).may_moderate(member):
        return
    if await presence.is_present(code, member):
        return
    if not (or_just_left and await presence.has_just_left(code, member)):
        raise NotPresent


async def is_member(room: Room, user_id: UUID) -> bool:
    """Tell whether a person hosts the room or has been let in."""
    if room.host_id == user_id:
        return True
    row = await in_database(membership_rows.membership)(room, user_id)
    return row is not None and row.admission == MembershipStatus.APPROVED


async def _admission(
    room: Room,
    row: Membership | None,
    principal: Principal,
    password: str | None,
    address: str,
) -> MembershipStatus:
    """Decide about a person and store it: APPROVED or PENDING; raise if they are refused."""
    known = MembershipStatus(row.admission) if row else None
    if known is MembershipStatus.BANNED:
        raise Banned
    if room.host_id == principal.user_id:
        return MembershipStatus.APPROVED
    if known is MembershipStatus.APPROVED:
        await _refuse_if_full(room, principal)
        return MembershipStatus.APPROVED
    if room.entry == EntryRule.PASSWORD:
        await _check_password(room, principal, password, address)
    elif room.entry == EntryRule.APPROVAL:
        if known is MembershipStatus.REJECTED:
            raise Rejected
        if row and known is MembershipStatus.PENDING:
            await waiting_list.keep_waiting(room, row)
            return MembershipStatus.PENDING
        admission = await waiting_list.add(room, principal)
        if admission is MembershipStatus.APPROVED:
            await _refuse_if_full(room, principal)
        return admission
    # Before they are let in, because members may see what plays and open the video.
    await _refuse_if_full(room, principal)
    if known is MembershipStatus.PENDING:
        await waiting_list.admit(room, principal.user_id)
    else:
        await in_database(membership_rows.admit)(room, principal.user_id, MembershipStatus.APPROVED)
    return MembershipStatus.APPROVED


async def _check_password(
    room: Room, principal: Principal, password: str | None, address: str
) -> None:
    if not password:
        raise NeedsPassword
    await limits.spend_each(
        (PASSWORD_TRIES, f"{room.code}:{principal.user_id}"),
        (PASSWORD_TRIES_BY_ADDRESS, f"{room.code}:{address}"),
    )
    if not await passwords.password_matches(password, room.password_hash):
        raise NeedsPassword("This is not the room's password.")


async def _refuse_if_full(room: Room, principal: Principal) -> None:
    count = await presence.count(room.code)
    if count >= room.capacity and not await presence.is_present(room.code, str(principal.user_id)):
        raise RoomFull


@dataclass(frozen=True, slots=True)
class Opened:
    """A lease taken at room time ``now_s`` with a ticket issued at ``since_s``."""

    lease: presence.Lease
    now_s: float
    since_s: float
    grant: Grant


async def open_socket(
    code: str, token: str, *, connection: str, known: RoomSnapshot | None = None
) -> Opened:
    """Spend a ticket or resume token and take a lease.

    Raises NoSuchRoom, RoomOver, BadTicket, Banned, RateLimited, RoomFull, TooManySockets and
    LiveStateUnavailable.
    """
    clock = await room_clock()
    now_s = clock.now_ms() / 1000
    snapshot = known or await snapshots.of(code)
    _refuse_ended(snapshot)
    ticket = tickets.read(token, code=code, now_s=now_s)
    if grants.has_ended(ticket.grant):
        raise tickets.BadTicket
    _refuse_unwanted(snapshot, ticket)
    if ticket.is_resume_token:
        await limits.spend(RETURNING, ticket.user_id)
    state = live_states.seen(code) or await live_states.current(code)
    if await single_use.spend_ticket(ticket, now_s=now_s) != snapshot.version:
        snapshot = await snapshots.of(code)
        _refuse_ended(snapshot)
        _refuse_unwanted(snapshot, ticket)
    lease = presence.Lease(code, ticket.user_id, connection, ticket.name)
    try:
        held = await presence.hold(
            lease,
            now_ms=clock.now_ms(),
            lease_ms=settings.PRESENCE_LEASE.total_seconds() * 1000,
            capacity=0 if ticket.user_id == state.host else snapshot.capacity,
            each=SOCKETS_OF_A_PERSON if settings.RATE_LIMITS else 0,
        )
    except presence.Full:
        raise RoomFull from None
    except presence.TooMany:
        raise TooManySockets from None
    # Only the first person and the host can change the status. When many people wait for the
    # host, the others must not each cost a check.
    if snapshot.status is not Status.LIVE and (held.count == 1 or ticket.user_id == state.host):
        try:
            await transitions.settle(code)
        except Exception:
            await presence.release(lease)
            raise
    return Opened(held.lease, now_s, ticket.issued_at_s, ticket.grant)


def _refuse_ended(snapshot: RoomSnapshot) -> None:
    if snapshot.status is Status.DELETED:
        raise NoSuchRoom
    if snapshot.status.over:
        raise RoomOver


def _refuse_unwanted(snapshot: RoomSnapshot, ticket: tickets.Ticket) -> None:
    if ticket.user_id in snapshot.banned:
        raise Banned
    if snapshot.expelled.get(ticket.user_id, 0) >= ticket.issued_at_s:
        raise tickets.BadTicket
