"""Moderation by host and co-hosts, the same over REST and the socket."""

from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum
from typing import get_args
from uuid import UUID

from django.db import transaction

from accounts import security_log
from core import limits, recheck
from core.database import in_database
from core.pulse import refuse_late
from playback.clock import room_clock
from playback.commands import SetCohost
from playback.rules import SERVER
from playback.state import LiveState
from rooms import protocol
from rooms import state as live_states
from rooms.commands import queue
from rooms.commands.changes import CHANGES
from rooms.commands.once import once
from rooms.commands.sender import Handlers, Sender
from rooms.errors import ControllersOnly, HostOnly, NoSuchMember, NotOnTheHost
from rooms.models import Membership, MembershipStatus
from rooms.stores import membership_rows, pending_changes, room_rows, snapshots, waiting_rows
from rooms.upkeep import reconcile, transitions


class ModerationAction(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    MUTE = "mute"
    UNMUTE = "unmute"
    KICK = "kick"
    BAN = "ban"
    UNBAN = "unban"
    COHOST = "cohost"
    UNCOHOST = "uncohost"


# What co-hosts may do besides controlling playback. The rest is for the host.
FOR_COHOSTS = frozenset(
    {
        ModerationAction.APPROVE,
        ModerationAction.REJECT,
        ModerationAction.MUTE,
        ModerationAction.UNMUTE,
        ModerationAction.KICK,
    }
)
_EXPELS = frozenset({ModerationAction.KICK, ModerationAction.BAN})
_CHANGES_COHOSTS = _EXPELS | {ModerationAction.COHOST, ModerationAction.UNCOHOST}
_SO_ALREADY_FOR_THE_HOST = frozenset(
    {
        ModerationAction.COHOST,
        ModerationAction.UNCOHOST,
        ModerationAction.APPROVE,
        ModerationAction.UNMUTE,
        ModerationAction.UNBAN,
    }
)
# The events that the security log gets.
_TRACED: dict[ModerationAction, security_log.Event] = {
    ModerationAction.BAN: "member banned",
    ModerationAction.UNBAN: "ban lifted",
}
_APPROVED = frozenset({MembershipStatus.APPROVED})
# Who each action may be applied to. Co-hosts may approve, so approving must not lift a ban.
DONE_TO: dict[ModerationAction, frozenset[MembershipStatus]] = {
    ModerationAction.APPROVE: frozenset({MembershipStatus.PENDING, MembershipStatus.REJECTED}),
    ModerationAction.REJECT: frozenset({MembershipStatus.PENDING}),
    ModerationAction.MUTE: _APPROVED,
    ModerationAction.UNMUTE: _APPROVED,
    ModerationAction.KICK: _APPROVED,
    ModerationAction.BAN: frozenset(MembershipStatus),
    ModerationAction.UNBAN: frozenset({MembershipStatus.BANNED}),
    ModerationAction.COHOST: _APPROVED,
    ModerationAction.UNCOHOST: _APPROVED,
}


async def act(code: str, action: ModerationAction, *, by: str, member: str) -> None:
    """Apply ``action`` to ``member``; every socket concerned hears of it at once.

    Raises HostOnly, ControllersOnly, NoSuchMember, NotPossible, NotOnTheHost.
    """
    user_id = membership_rows.user_id(member)
    # A UUID can be written in several ways, and rights are compared as text.
    member = str(user_id)
    state = await live_states.current(code)
    _check_authority(state, action, by)
    if member == state.host:
        if action in _SO_ALREADY_FOR_THE_HOST:
            return
        raise NotOnTheHost
    if member in state.cohosts and by != state.host and action is not ModerationAction.APPROVE:
        raise HostOnly("Only the host can do this to a co-host.")
    changes = _changes(action)
    if action in _EXPELS:
        # Tickets carry room time, so the time before which they are void must be room time too.
        now_ms = (await room_clock()).now_ms()
        changes["expelled_at"] = datetime.fromtimestamp(now_ms / 1000, UTC)
    async with pending_changes.under_way(code):
        await in_database(_change)(code, action, by, user_id, changes)
        if action in _CHANGES_COHOSTS - _EXPELS:
            # Otherwise ``reconcile`` has made the database agree with Redis again by now.
            refuse_late()
        if action in _CHANGES_COHOSTS:
            await set_cohost(code, member, on=action is ModerationAction.COHOST)
        if action is ModerationAction.COHOST:
            await _keep_if_in_use(code, member)
        await transitions.announce_snapshot(code)
    if action in _EXPELS:
        # Also end the stream that their player reads.
        await recheck.trigger()
        await queue.withdraw_votes(code, member)


@transaction.atomic
def _change(
    code: str, action: ModerationAction, by: str, user_id: UUID, changes: dict[str, object]
) -> None:
    membership_rows.change_membership(code, user_id, of=DONE_TO[action], **changes)
    # The rows of member and room are locked now.
    refuse_late()
    if action is ModerationAction.COHOST:
        _check_may_lead(code, str(user_id))
    if event := _TRACED.get(action):
        security_log.note(event, account=by, room=code, member=str(user_id))


async def _keep_if_in_use(code: str, member: str) -> None:
    """Raise NoSuchMember if a new co-host's account has been disabled or deleted meanwhile."""
    try:
        await in_database(_check_may_lead)(code, member)
    except NoSuchMember:
        await set_cohost(code, member, on=False)
        raise


def _check_may_lead(code: str, member: str) -> None:
    if member not in membership_rows.eligible_hosts(code, [member]):
        raise NoSuchMember


async def admit_everyone(code: str, *, by: str, only: Collection[UUID] | None = None) -> None:
    """Let in everyone who waits, or those in ``only``; raise ControllersOnly."""
    await _decide_waiting(code, ModerationAction.APPROVE, MembershipStatus.APPROVED, by, only)


async def reject_everyone(code: str, *, by: str, only: Collection[UUID] | None = None) -> None:
    """Reject everyone who waits, or those in ``only``; raise ControllersOnly."""
    await _decide_waiting(code, ModerationAction.REJECT, MembershipStatus.REJECTED, by, only)


async def _decide_waiting(
    code: str,
    action: ModerationAction,
    admission: MembershipStatus,
    by: str,
    only: Collection[UUID] | None,
) -> None:
    _check_authority(await live_states.current(code), action, by)
    async with pending_changes.under_way(code):
        await in_database(waiting_rows.decide)(code, admission, only)
        await transitions.announce_snapshot(code)


async def transfer(code: str, *, by: str, member: str) -> None:
    """Hand the room over to ``member``; raise HostOnly or NoSuchMember.

    A kept room is no longer kept if the new host may not keep it: guests may not, and everyone has
    a limit.
    """
    state = await live_states.current(code)
    if by != state.host:
        raise HostOnly
    room = await in_database(room_rows.get)(code)
    member = str(membership_rows.user_id(member))
    await in_database(_check_may_lead)(code, member)
    async with pending_changes.under_way(code):
        await transitions.make_host(code, member, by=by)
        snapshot = await transitions.announce_snapshot(code)
    if room.kept and not snapshot.kept:
        # It may be waiting for its host, or be empty, with no deadline that ends that.
        await transitions.settle_and_restart_idle(code)


def _check_authority(state: LiveState, action: ModerationAction, by: str) -> None:
    if by == state.host:
        return
    if action not in FOR_COHOSTS:
        raise HostOnly
    if not state.may_moderate(by):
        raise ControllersOnly


def _changes(action: ModerationAction) -> dict[str, object]:
    match action:
        case ModerationAction.APPROVE:
            return {"admission": MembershipStatus.APPROVED}
        case ModerationAction.REJECT:
            return {"admission": MembershipStatus.REJECTED}
        case ModerationAction.MUTE | ModerationAction.UNMUTE:
            return {"muted": action is ModerationAction.MUTE}
        case ModerationAction.KICK:
            return {"admission": MembershipStatus.KICKED, "cohost": False}
        case ModerationAction.BAN:
            return {"admission": MembershipStatus.BANNED, "cohost": False}
        case ModerationAction.UNBAN:
            return {"admission": MembershipStatus.KICKED}
        case ModerationAction.COHOST | ModerationAction.UNCOHOST:
            return {"cohost": action is ModerationAction.COHOST}


async def set_cohost(code: str, member: str, *, on: bool) -> None:
    """Give or take ``member``'s control of playback, and tell every process."""
    await live_states.apply(code, SetCohost(member, on), SERVER)


async def people(code: str) -> list[Membership]:
    """Return the memberships of a room with their users."""
    room = await in_database(room_rows.get)(code)
    return await in_database(membership_rows.memberships)(room)


async def _answer(sender: Sender, message: protocol.ModerationMessage) -> protocol.Model | None:
    async def work() -> None:
        await limits.spend(CHANGES, sender.person)
        if isinstance(message, protocol.Transfer):
            await transfer(sender.code, by=sender.person, member=message.member)
        else:
            await act(sender.code, _action(message), by=sender.person, member=message.member)

    async def is_so() -> bool:
        member = str(membership_rows.user_id(message.member))
        if isinstance(message, protocol.Transfer):
            if (await live_states.current(sender.code)).host != member:
                return False
            # The process may have been killed before the database had it.
            await reconcile.reconcile(sender.code)
            return True
        if isinstance(message, protocol.Kick):
            return member in (await snapshots.of(sender.code)).expelled
        return False

    return await once(sender, message, work, is_so=is_so)


def _action(
    message: protocol.Cohost | protocol.Mute | protocol.Kick | protocol.Ban,
) -> ModerationAction:
    match message:
        case protocol.Cohost(on=on):
            return ModerationAction.COHOST if on else ModerationAction.UNCOHOST
        case protocol.Mute(on=on):
            return ModerationAction.MUTE if on else ModerationAction.UNMUTE
        case protocol.Kick():
            return ModerationAction.KICK
    return ModerationAction.BAN


HANDLERS: Handlers = dict.fromkeys(get_args(protocol.ModerationMessage), _answer)
