"""Going on to the next item of the queue: at the end of a film, or on request.

The live state decides: if several servers and people go on at the same time, one of them starts the
item and notes it in the live state. Then the item is removed from the queue. If the process is
killed in between, the item is still in the queue, and whoever reads the queue next removes it.
"""

from collections import Counter
from dataclasses import replace
from functools import partial

import structlog

from accounts.principal import UNBOUND
from core.errors import Invalid, NotFound
from playback.clock import room_clock
from playback.commands import ClearSource, PlayNext, Stay
from playback.rules import SERVER, Context, Outcome, Verdict, is_too_late
from playback.sources import registry
from playback.sources.base import Audience, CannotPlay, SourceKey
from playback.state import LiveState
from playback.waiting import Hold
from presence import store as presence
from rooms import queue as rules
from rooms import queue_state
from rooms import state as live_states
from rooms.errors import NoSuchItem
from rooms.queue import Entry, Queue, work_of
from rooms.server_messages import SkippedItem
from rooms.state import Change
from rooms.stores import membership_rows
from rooms.stores import queues as store

log = structlog.get_logger(__name__)

# The next film starts this far ahead, because players must load it first.
START_LEAD_MS = 2_000.0


async def play_next(
    code: str,
    context: Context,
    *,
    item: str | None = None,
    after: int | None = None,
    at_end: bool = False,
) -> Change:
    """Go on to ``item``, or to the first of the queue that can be played.

    ``after`` and ``at_end`` are as in ``PlayNext``. The verdict is IGNORED if the giver may not
    control playback. If ``item`` cannot be played, or the queue is empty, nothing changes. Raises
    NoSuchItem.
    """
    by = context.by
    while True:
        state = await live_states.current(code)
        if answer := state.answer_to(by, context.id):
            # If their item was started, it has left the queue.
            return Change(Outcome(Verdict.REPEATED, state, answer))
        if by is not None and not state.may_control(by):
            return Change(Outcome(Verdict.IGNORED, state))
        queue = await _without_what_plays(code, state)
        entry = queue.find(item) if item else next(iter(queue.entries), None)
        if entry is None:
            if item and not await _is_too_late(code, after=after, at_end=at_end):
                raise NoSuchItem
            return await live_states.apply(code, Stay(), context)
        why = await _problem_of(code, entry)
        if why is None:
            command = _play_next_command(entry, after=after, at_end=at_end)
            return await _advance(code, command, queue, context)
        # Only after the queue was read: a request about an earlier film must not remove anything.
        if await _is_too_late(code, after=after, at_end=at_end):
            return await live_states.apply(code, Stay(), context)
        log.info("item skipped", room=code, item=entry.id, why=why)
        await queue_state.change(code, partial(rules.skip, item=entry.id, why=why))
        if item:
            return await live_states.apply(code, Stay(), context)


async def _is_too_late(code: str, *, after: int | None, at_end: bool) -> bool:
    state, now_ms = await live_states.current(code), (await room_clock()).now_ms()
    return is_too_late(state, now_ms, after=after, at_end=at_end)


async def advance_if_over(code: str, *, hold: Hold | None) -> None:
    """Go on to the next item if the film is over and autoplay is on."""
    state = await live_states.current(code)
    queue = await _without_what_plays(code, state)
    now_ms = (await room_clock()).now_ms()
    if is_due(state, queue, now_ms) and await _advances_automatically(code, state):
        await play_next(code, Context(by=None, hold=hold), after=state.revision, at_end=True)


async def skip_if_wanted(code: str, *, hold: Hold | None) -> None:
    """Count the votes to skip of people present; go on if more than half want to."""
    state = await live_states.current(code)
    of = state.source_revision
    counted = None
    votes, present = await _skip_votes(code, of)
    # Another vote may have come in between, and our count may have overwritten its count.
    while counted != votes:
        counted = votes
        queue = await queue_state.change(code, partial(rules.count_skip_votes, votes=votes, of=of))
        votes, present = await _skip_votes(code, of)
    if queue.skipping and rules.is_skipped(votes, present):
        await play_next(code, Context(by=None, hold=hold), after=state.revision)


async def skip_if_failed(code: str, *, hold: Hold | None) -> None:
    """Go on if most players cannot play the current item, and add a notice that says why.

    Players that have not reported for a while are asleep and do not count. While the queue is
    empty, or the room does not go on by itself, nothing changes and the reports are kept.
    """
    state = await live_states.current(code)
    item, source, of = state.queue_item, state.source, state.source_revision
    if item is None or source is None:
        return
    told, present = await store.failures(code, of), await presence.present(code)
    reasons = Counter(why for who, why in told.items() if who in present)
    asleep = await store.people_asleep(code, of) - told.keys()
    if not rules.is_skipped(reasons.total(), len(present - asleep)):
        return
    if not await _advances_automatically(code, state):
        return
    change = await play_next(code, Context(by=None, hold=hold), after=state.revision)
    if change.outcome.state.source_revision == of:
        return
    await store.forget_failures(code, of)
    notice = SkippedItem(
        id=item,
        source=work_of(source),
        title=(await queue_state.facts(source)).title,
        why=_FAILURES[reasons.most_common(1)[0][0]],
    )
    await queue_state.change(code, partial(rules.note_skipped, notice=notice))


_FAILURES = {
    "embed_refused": "Its site does not let it be played elsewhere.",
    "missing": "Its site no longer has it.",
    "unplayable": "Its site does not play it.",
}


async def _skip_votes(code: str, of: int) -> tuple[int, int]:
    """Return how many people present want to skip, and how many are present."""
    wanted_by = await store.voters(code, store.skip_votes(of))
    present = await presence.present(code)
    return len(wanted_by & present), len(present)


async def _advances_automatically(code: str, state: LiveState) -> bool:
    return rules.advances_automatically(
        state,
        is_controller_present=await presence.is_any_present(code, (state.host, *state.cohosts)),
        occupied_since_ms=await presence.occupied_since_ms(code),
    )


def is_due(state: LiveState, queue: Queue, now_ms: float) -> bool:
    """Tell whether the room should go on to the next item now."""
    return bool(queue.autoplay and queue.entries) and state.is_over_at(now_ms)


async def _without_what_plays(code: str, state: LiveState) -> Queue:
    """Return the queue, without the item that is playing already."""
    queue = await queue_state.current(code)
    if state.queue_item is not None and queue.find(state.queue_item):
        queue = await queue_state.change(code, partial(rules.drop, item=state.queue_item))
    return queue


def _play_next_command(entry: Entry, *, after: int | None, at_end: bool) -> PlayNext:
    return PlayNext(
        item=entry.id,
        source=registry.describe(entry.key),
        added_by=entry.added_by,
        start_s=entry.start_s or 0.0,
        after=after,
        at_end=at_end,
    )


async def _advance(code: str, command: PlayNext, queue: Queue, context: Context) -> Change:
    change = await live_states.apply(code, command, replace(context, lead_ms=START_LEAD_MS))
    new = change.outcome.state
    # A command with an id makes a new state even if it changes nothing else.
    if change.outcome.verdict is Verdict.APPLIED and new.source_revision == new.revision:
        left = await queue_state.change(code, partial(rules.drop, item=command.item))
        if (why := rules.unloaded(queue, left, work_of(command.source))) is not None:
            # Its withdrawal may have looked for rooms that play it just before this one did.
            unload = ClearSource(only=SourceKey.of(command.source), why=why)
            await live_states.apply(code, unload, SERVER)
    return change


async def _problem_of(code: str, entry: Entry) -> str | None:
    """Return why ``entry`` cannot be played now; None if it can, as far as we know."""
    now_s = (await room_clock()).now_ms() / 1000
    audience = Audience(code, membership_rows.user_id(entry.added_by), now_s, UNBOUND)
    try:
        await registry.playable(registry.describe(entry.key), audience)
    except (CannotPlay, NotFound, Invalid) as error:
        return error.message
    return None
