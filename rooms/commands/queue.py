"""The queue: what members add, move and vote for, over the socket or REST."""

import hashlib
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any

from core import limits, metrics
from core.pulse import refuse_late
from playback.clock import room_clock
from playback.commands import SetDuration
from playback.rules import SERVER, Context, Verdict
from playback.sources import registry
from playback.sources.base import Work
from playback.waiting import Hold
from presence import store as presence
from rooms import protocol, queue_state, server_messages
from rooms import queue as rules
from rooms import state as live_states
from rooms.commands import playback
from rooms.commands.changes import CHANGES
from rooms.commands.once import once
from rooms.commands.sender import Handlers, Sender
from rooms.errors import ControllersOnly, HostOnly, NoSuchItem
from rooms.live.readiness import stored_hold
from rooms.queue import Entry, Queue, Rule, work_of
from rooms.snapshot import names_in
from rooms.state import Change
from rooms.stores import membership_rows, snapshots
from rooms.stores import queues as store
from rooms.upkeep import next_item

# For one member of one room. Each change sends the whole queue to everyone; a pasted list is added
# item by item.
QUEUE_CHANGES = limits.Limit("queue", burst=protocol.QUEUE_LIMIT, per_minute=60)
VOTES = limits.Limit("queue-vote", burst=10, per_minute=30)
FAILURES = limits.Limit("queue-failure", burst=20, per_minute=30)


async def add(
    code: str,
    work: Work,
    *,
    by: str,
    name: str,
    start_s: float | None = None,
    before: str | None = None,
    id: str | None = None,  # noqa: A002 - the protocol's name
) -> Queue:
    """Add an item of ``by``, who is called ``name``. The same ``id`` has no second effect.

    Raises Invalid or NotFound for something that ``by`` cannot play, ControllersOnly, QueueFull
    and RateLimited.
    """
    await limits.spend(QUEUE_CHANGES, f"{code}:{by}")
    source = registry.adopt(work)
    await registry.check_access(source, user_id=membership_rows.user_id(by))
    facts = await queue_state.facts(source)
    state = await live_states.current(code)
    names = names_in(state, await snapshots.of(code))
    entry = Entry(
        id=_item_id(by, id),
        source=work_of(source),
        start_s=start_s,
        title=facts.title,
        duration_s=facts.duration_s,
        added_by=by,
        added_by_name=names.shown(by, name),
    )
    rule = partial(rules.add, entry=entry, before=before, may_control=state.may_control(by))
    return await _change(code, rule)


async def _change(code: str, rule: Rule) -> Queue:
    """Change the queue as a member asked."""

    def in_time(queue: Queue) -> Queue:
        refuse_late()
        return rule(queue)

    return await queue_state.change(code, in_time)


def _item_id(member: str, message_id: str | None) -> str:
    """Return the id of a new item; a repeated message gets the same id."""
    if message_id is None:
        return secrets.token_hex(8)
    return hashlib.sha256(f"{member} {message_id}".encode()).hexdigest()[:16]


async def remove(code: str, item: str, *, by: str) -> None:
    """Remove an item; raise ControllersOnly for someone else's, and RateLimited."""
    await limits.spend(QUEUE_CHANGES, f"{code}:{by}")
    may_control = await _may_control(code, by)
    await _change(code, partial(rules.remove, item=item, by=by, may_control=may_control))


async def move(code: str, item: str, before: str | None, *, by: str) -> None:
    """Move an item; raise ControllersOnly, NoSuchItem, OrderedByVotes and RateLimited."""
    await limits.spend(QUEUE_CHANGES, f"{code}:{by}")
    await _check_control(code, by)
    await _change(code, partial(rules.move, item=item, before=before))


async def clear(code: str, *, by: str) -> None:
    """Remove all items; raise ControllersOnly and RateLimited."""
    await limits.spend(QUEUE_CHANGES, f"{code}:{by}")
    await _check_control(code, by)
    await _change(code, rules.clear)


async def vote(code: str, item: str, *, by: str, on: bool) -> None:
    """Vote for an item, or take the vote back; raise NoSuchItem and RateLimited."""
    await limits.spend(VOTES, f"{code}:{by}")
    if (await queue_state.current(code)).find(item) is None:
        raise NoSuchItem
    votes = await store.vote(code, item, by, on=on)
    if (await _count_votes(code, {item: votes})).find(item) is None:
        # The item has just left the queue, and its votes were deleted before this one.
        await store.forget_votes(code, item)
        raise NoSuchItem


async def _count_votes(code: str, votes: dict[str, int]) -> Queue:
    """Store the number of votes of some items in the queue; return the queue."""
    counted = None
    # Somebody else's vote may have come between, and their count been overwritten.
    while counted != votes:
        counted = votes
        queue = await queue_state.change(code, partial(rules.count_votes, votes=counted))
        votes = await store.counts(code, counted)
    return queue


async def withdraw_votes(code: str, member: str) -> None:
    """Remove all votes of a member who was kicked or banned."""
    queue = await queue_state.current(code)
    items = [entry.id for entry in queue.entries if entry.votes]
    await store.withdraw(code, member, [*items, store.skip_votes(queue.skip_votes_of)])
    if items:
        await _count_votes(code, await store.counts(code, items))


async def set_up(code: str, changes: Mapping[str, Any], *, by: str) -> None:
    """Change the settings of the queue.

    Raises HostOnly, ControllersOnly if only autoplay changes, and RateLimited.
    """
    await limits.spend(QUEUE_CHANGES, f"{code}:{by}")
    if set(changes) <= {"autoplay"}:
        await _check_control(code, by)
    elif (await live_states.current(code)).host != by:
        raise HostOnly
    await _change(code, partial(rules.set_up, **changes))


async def vote_to_skip(
    code: str, *, by: str, on: bool, revision: int | None, hold: Hold | None
) -> None:
    """Vote to skip the film, or take the vote back; go on if most people present want to.

    Has no effect if another source was chosen since ``revision``. Raises HostOnly if the host
    does not allow votes to skip, and RateLimited.
    """
    await limits.spend(VOTES, f"{code}:{by}")
    state = await live_states.current(code)
    queue, of = await queue_state.current(code), state.source_revision
    if not queue.skipping:
        raise HostOnly("The host does not let people vote to skip.")
    if revision is not None and revision < of:
        return
    if queue.skip_votes_of != of and not rules.is_past(of, queue.skip_votes_of):
        await store.forget_votes(code, store.skip_votes(queue.skip_votes_of))
    kept_for = store.REPORTS_FORGOTTEN_AFTER
    await store.vote(code, store.skip_votes(of), by, on=on, kept_for=kept_for)
    await next_item.skip_if_wanted(code, hold=hold)


async def report_failure(code: str, message: protocol.Failed, *, by: str) -> bool:
    """Store that a player cannot play the current item; tell whether it is a first report.

    Raises RateLimited.
    """
    await limits.spend(FAILURES, f"{code}:{by}")
    state = await live_states.current(code)
    of = state.source_revision
    if state.queue_item is None or state.source is None or message.revision < of:
        return False
    # From now on every server counts again when people leave.
    now_ms = (await room_clock()).now_ms()
    await queue_state.change(code, partial(rules.note_failure, of=of, now_ms=now_ms))
    return await store.report_failure(code, of, by, message.why)


async def note_length(code: str, duration_s: float, *, of: int, by: str) -> None:
    """Store the length, in seconds, that a viewer's player reports for the film of revision ``of``.

    The room uses it when most people present agree and no controller's player has reported one in
    time. Otherwise a room without a working controller's player would never go on.
    """
    state = await live_states.current(code)
    if state.source_revision != of or state.duration is not None or duration_s < rules.SHORTEST_S:
        return
    told_s = await store.report_length(code, of, by, duration_s)
    present = await presence.present(code)
    now_ms = (await room_clock()).now_ms()
    if any(map(state.may_control, present)) and not rules.are_players_overdue(state, now_ms):
        return
    agreed_s = rules.agreed_length(told_s, present)
    if agreed_s is not None:
        await live_states.apply(code, SetDuration(agreed_s, of, guessed=True), SERVER)
        await store.forget_votes(code, store.lengths_of(of))


async def play_next(
    code: str, context: Context, *, item: str | None = None, after: int | None = None
) -> Change:
    """Go on to the next item, or to ``item``. IGNORED for those who may not control playback."""
    change = await next_item.play_next(code, context, item=item, after=after)
    verdict = change.outcome.verdict
    metrics.commands.labels("NEXT", verdict.value).inc()
    if verdict is Verdict.IGNORED:
        metrics.ignored_commands.labels("NEXT").inc()
    return change


async def play_next_or_refuse(
    code: str, *, by: str, item: str | None = None, after: int | None = None
) -> None:
    """Do the same as ``play_next``, but raise ControllersOnly instead of IGNORED."""
    context = Context(by, hold=await stored_hold(code))
    change = await play_next(code, context, item=item, after=after)
    if change.outcome.verdict is Verdict.IGNORED:
        raise ControllersOnly


async def read_queue(code: str) -> server_messages.QueueState:
    """Return the queue as clients see it."""
    state = await live_states.current(code)
    return (await queue_state.current(code)).as_state(of=state.source_revision)


async def _may_control(code: str, member: str) -> bool:
    return (await live_states.current(code)).may_control(member)


async def _check_control(code: str, member: str) -> None:
    if not await _may_control(code, member):
        raise ControllersOnly


# --- the socket ---------------------------------------------------------------------------


async def _next(sender: Sender, message: protocol.Next) -> protocol.Model | None:
    if sender.may_control():
        await limits.spend(CHANGES, sender.person)
    change = await play_next(
        sender.code, sender.context_of(message), item=message.item, after=message.revision
    )
    return playback.answer_to(change, message.id)


async def _answer(sender: Sender, message: protocol.ClientMessage) -> protocol.Model | None:
    return await once(sender, message, partial(_do, sender, message))


async def _do(sender: Sender, message: protocol.ClientMessage) -> None:
    code, by, name = sender.code, sender.person, sender.connection.lease.name
    match message:
        case protocol.QueueAdd(source=source, start_s=start_s, before=before):
            start_s = source.start_s if start_s is None else start_s
            await add(code, source, by=by, name=name, start_s=start_s, before=before, id=message.id)
        case protocol.QueueRemove(item=item):
            await remove(code, item, by=by)
        case protocol.QueueMove(item=item, before=before):
            await move(code, item, before, by=by)
        case protocol.QueueClear():
            await clear(code, by=by)
        case protocol.QueueVote(item=item, on=on):
            await vote(code, item, by=by, on=on)
        case protocol.QueueSet():
            changes = message.model_dump(exclude={"type", "id"}, exclude_none=True)
            await set_up(code, changes, by=by)
        case protocol.Failed():
            if await report_failure(code, message, by=by):
                sender.room.auto_advance.count_again()
        case protocol.SkipVote(on=on, revision=revision):
            await vote_to_skip(code, by=by, on=on, revision=revision, hold=sender.room.hold())


HANDLERS: Handlers = {
    **dict.fromkeys(
        (
            protocol.QueueAdd,
            protocol.QueueRemove,
            protocol.QueueMove,
            protocol.QueueClear,
            protocol.QueueVote,
            protocol.QueueSet,
            protocol.SkipVote,
            protocol.Failed,
        ),
        _answer,
    ),
    protocol.Next: _next,
}
