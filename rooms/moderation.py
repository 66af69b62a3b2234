"""What host and co-hosts do with people: the same for REST and the socket."""

from datetime import UTC, datetime
from enum import StrEnum

from asgiref.sync import sync_to_async

from core.errors import Conflict
from playback import state as playback_state
from playback import store as playback_store
from playback.clock import room_clock
from playback.state import PlaybackState, SetCohost
from rooms import bus, caretaker, records
from rooms.errors import ControllersOnly, HostOnly, NoSuchMember
from rooms.models import Admission, Membership


class Act(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    MUTE = "mute"
    UNMUTE = "unmute"
    KICK = "kick"
    BAN = "ban"
    UNBAN = "unban"
    COHOST = "cohost"
    UNCOHOST = "uncohost"


# What a co-host may do besides controlling playback; the rest is the host's.
FOR_COHOSTS = frozenset({Act.APPROVE, Act.REJECT, Act.MUTE, Act.UNMUTE, Act.KICK})


_APPROVED = frozenset({Admission.APPROVED})
# To whom each act may be done. A co-host may approve, so approving must not lift a ban.
DONE_TO: dict[Act, frozenset[Admission]] = {
    Act.APPROVE: frozenset({Admission.PENDING, Admission.REJECTED}),
    Act.REJECT: frozenset({Admission.PENDING}),
    Act.MUTE: _APPROVED,
    Act.UNMUTE: _APPROVED,
    Act.KICK: _APPROVED,
    Act.BAN: frozenset(Admission),
    Act.UNBAN: frozenset({Admission.BANNED}),
    Act.COHOST: _APPROVED,
    Act.UNCOHOST: _APPROVED,
}


class NotOnTheHost(Conflict):
    code = "not_on_the_host"
    message = "The host cannot be muted, removed or banned. Hand the room over first."


async def act(code: str, act: Act, *, by: str, member: str) -> None:
    """Do ``act`` to ``member``; every socket concerned hears of it at once.

    Raises HostOnly, ControllersOnly, NoSuchMember, NotPossible, NotOnTheHost.
    """
    user_id = records.user_id(member)
    # An id can be spelt in several ways, and rights are compared by its text.
    member = str(user_id)
    state = await caretaker.live_state(code)
    _check_authority(state, act, by)
    if member == state.host:
        if act in (Act.COHOST, Act.UNCOHOST, Act.APPROVE, Act.UNMUTE, Act.UNBAN):
            return
        raise NotOnTheHost
    if member in state.cohosts and by != state.host and act is not Act.APPROVE:
        raise HostOnly("Only the host can do this to a co-host.")
    changes = _changes(act)
    if act in (Act.KICK, Act.BAN):
        # Tickets are dated in room time, so what voids them must be.
        now_ms = (await room_clock()).now_ms()
        changes["expelled_at"] = datetime.fromtimestamp(now_ms / 1000, UTC)
    async with caretaker.changing_both_stores(code):
        await sync_to_async(records.change_membership)(code, user_id, of=DONE_TO[act], **changes)
        if act in (Act.COHOST, Act.UNCOHOST, Act.KICK, Act.BAN):
            await set_cohost(code, member, on=act is Act.COHOST)
        await caretaker.announce_card(code)


async def transfer(code: str, *, by: str, member: str) -> None:
    """Hand the room over to ``member``; raise HostOnly or NoSuchMember."""
    state = await caretaker.live_state(code)
    if by != state.host:
        raise HostOnly
    room = await sync_to_async(records.get)(code)
    user_id = records.user_id(member)
    row = await sync_to_async(records.membership)(room, user_id)
    if row is None or row.admission != Admission.APPROVED:
        raise NoSuchMember
    await caretaker.make_host(code, str(user_id), by=by)
    await caretaker.announce_card(code)


def _check_authority(state: PlaybackState, act: Act, by: str) -> None:
    if by == state.host:
        return
    if act not in FOR_COHOSTS:
        raise HostOnly
    if not state.may_control(by):
        raise ControllersOnly


def _changes(act: Act) -> dict[str, object]:
    match act:
        case Act.APPROVE:
            return {"admission": Admission.APPROVED}
        case Act.REJECT:
            return {"admission": Admission.REJECTED}
        case Act.MUTE | Act.UNMUTE:
            return {"muted": act is Act.MUTE}
        case Act.KICK:
            return {"admission": Admission.KICKED, "cohost": False}
        case Act.BAN:
            return {"admission": Admission.BANNED, "cohost": False}
        case Act.UNBAN:
            return {"admission": Admission.KICKED}
        case Act.COHOST | Act.UNCOHOST:
            return {"cohost": act is Act.COHOST}


async def set_cohost(code: str, member: str, *, on: bool) -> None:
    """Let ``member`` control playback, or no longer, and tell every process."""
    now_ms = (await room_clock()).now_ms()
    outcome = await playback_store.update(
        code,
        lambda state: playback_state.apply(state, SetCohost(member, on), now_ms=now_ms, by=None),
    )
    if outcome.verdict is playback_state.Verdict.APPLIED:
        await bus.publish(code, "state", revision=outcome.state.revision)


async def people(code: str) -> list[Membership]:
    """Return everyone the room has decided about."""
    room = await sync_to_async(records.get)(code)
    return await sync_to_async(records.memberships)(room)
