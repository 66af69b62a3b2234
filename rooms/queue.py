"""The queue of a room and the rules by which it changes. Pure.

A queue and a change go in, and a new queue comes out, or the same one if there is nothing to
change. ``entries`` are always in the order in which they will be played.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from pydantic import BaseModel, ConfigDict, Field

from playback.commands import Control, Unloaded
from playback.sources.base import SourceKey, Work
from playback.state import SAME_LENGTH_S, LiveState
from rooms.errors import ControllersOnly, NoSuchItem, OrderedByVotes, QueueFull, TooManyOfYours
from rooms.protocol import QUEUE_LIMIT, QueueAdding, QueueOrder
from rooms.server_messages import QueueItem, QueueState, SkippedItem

# Items that a member who is neither host nor co-host may have in the queue.
ITEMS_OF_A_MEMBER = 20
SKIPPED_TOLD = 5
# A player that has not reported on a film after this time is asleep or has failed.
PLAYERS_DUE_AFTER_S = 30.0
# Shorter lengths from viewers' players are not believed.
SHORTEST_S = 10.0
# Limits on sending a queue that changes again and again: to one viewer, and to all viewers of a
# process together.
BYTES_PER_S_TO_ONE = 32_000
BYTES_PER_S_TO_ALL = 10_000_000
MOST_SELDOM_S = 10.0
NO_FILM = -1


class Entry(BaseModel):
    """One item: its source, who added it, and its votes."""

    model_config = ConfigDict(frozen=True)

    id: str
    source: Work
    start_s: float | None = None
    title: str | None = None
    duration_s: float | None = None
    added_by: str
    added_by_name: str = ""
    votes: int = 0

    @property
    def key(self) -> SourceKey:
        return SourceKey.of(self.source)

    def as_item(self) -> QueueItem:
        """Return what clients see of it."""
        return QueueItem.model_construct(**{name: getattr(self, name) for name in _TOLD})


_TOLD = tuple(QueueItem.model_fields)


def work_of(source: Work) -> Work:
    """Return a source's work, without the capabilities of its player."""
    return Work(**{name: getattr(source, name) for name in Work.model_fields})


class Queue(BaseModel):
    """Everything about the queue of one room. ``version`` only grows."""

    model_config = ConfigDict(frozen=True)

    version: int = 0
    entries: tuple[Entry, ...] = ()
    order: QueueOrder = QueueOrder.MANUAL
    autoplay: bool = True
    adding: QueueAdding = QueueAdding.CONTROLLERS
    skipping: bool = False
    skip_votes: int = 0
    # The revision of the film that these votes are about.
    skip_votes_of: int = NO_FILM
    # The revision of the film that some player could not play, and when the first one failed, ms.
    failures_of: int = NO_FILM
    failed_at: float = 0.0
    skipped: tuple[SkippedItem, ...] = Field(())

    def find(self, item: str) -> Entry | None:
        """Return the entry called ``item``, if it is still here."""
        return next((entry for entry in self.entries if entry.id == item), None)

    def has(self, key: SourceKey) -> bool:
        """Tell whether the work ``key`` is in the queue."""
        return any(entry.key == key for entry in self.entries)

    def is_unwanted(self, of: int) -> bool:
        """Tell whether there are votes to skip the film of revision ``of``."""
        return self.skipping and self.skip_votes_of == of

    def is_failing(self, of: int) -> bool:
        """Tell whether failures to play the film of revision ``of`` matter."""
        return bool(self.entries) and self.failures_of == of

    def as_state(self, *, of: int) -> QueueState:
        """Return what clients see of it while the film of revision ``of`` plays."""
        return QueueState.model_construct(
            version=self.version,
            items=[entry.as_item() for entry in self.entries],
            order=self.order,
            autoplay=self.autoplay,
            adding=self.adding,
            skipping=self.skipping,
            skip_votes=self.skip_votes if of == self.skip_votes_of else 0,
            skipped=list(self.skipped),
        )


# A change: returns the new queue, or the same one if nothing changes.
Rule = Callable[[Queue], Queue]


def add(queue: Queue, entry: Entry, *, before: str | None, may_control: bool) -> Queue:
    """Put ``entry`` before another, or at the end; the same id again changes nothing.

    If votes order the queue, it goes behind all items with as many votes.

    Raises ControllersOnly, QueueFull and TooManyOfYours.
    """
    if queue.find(entry.id):
        return queue
    if not may_control:
        if queue.adding is not QueueAdding.EVERYONE:
            raise ControllersOnly("Only the host and co-hosts can add to the queue.")
        own = sum(other.added_by == entry.added_by for other in queue.entries)
        if own >= ITEMS_OF_A_MEMBER:
            raise TooManyOfYours
        # They may only add at the end, not before other people's items.
        before = None
    if queue.order is QueueOrder.VOTES:
        before = None
    if len(queue.entries) >= QUEUE_LIMIT:
        raise QueueFull
    return _with(queue, _placed(queue.entries, entry, before))


def remove(queue: Queue, item: str, *, by: str, may_control: bool) -> Queue:
    """Remove an item; nothing happens if it has gone already.

    Raises ControllersOnly for someone else's item.
    """
    entry = queue.find(item)
    if entry is None:
        return queue
    if not may_control and entry.added_by != by:
        raise ControllersOnly("Only the host, co-hosts and whoever added it can remove this.")
    return drop(queue, item)


def drop(queue: Queue, item: str) -> Queue:
    """Remove an item that is played now, or was played."""
    if queue.find(item) is None:
        return queue
    return _with(queue, tuple(entry for entry in queue.entries if entry.id != item))


# The reason in the notice of an item whose video was withdrawn or deleted.
UNLOADED: dict[Unloaded, str] = {
    "taken_back": "Its owner no longer shares it.",
    "deleted": "Its owner has deleted it.",
}


def unloaded(old: Queue, new: Queue, work: Work) -> Unloaded | None:
    """Return why ``work`` was withdrawn from all queues since ``old``; None if it was not."""
    since = (each for each in new.skipped if each not in old.skipped and each.source == work)
    said = {each.why for each in since}
    return next((reason for reason, why in UNLOADED.items() if why in said), None)


def skip(queue: Queue, item: str, why: str) -> Queue:
    """Remove an item that cannot be played, and add a notice that says why."""
    entry = queue.find(item)
    if entry is None:
        return queue
    notice = SkippedItem(id=entry.id, source=entry.source, title=entry.title, why=why)
    return note_skipped(drop(queue, item), notice)


def note_skipped(queue: Queue, notice: SkippedItem) -> Queue:
    """Add a notice about an item that has left the queue already."""
    if any(known.id == notice.id for known in queue.skipped):
        return queue
    return queue.model_copy(update={"skipped": (*queue.skipped, notice)[-SKIPPED_TOLD:]})


def skip_each(queue: Queue, items: Iterable[str], why: str) -> Queue:
    """Remove each of ``items``, with notices as ``skip`` adds them."""
    for item in items:
        queue = skip(queue, item, why)
    return queue


def move(queue: Queue, item: str, before: str | None) -> Queue:
    """Move an item before another, or to the end; raise NoSuchItem and OrderedByVotes."""
    entry = queue.find(item)
    if entry is None:
        raise NoSuchItem
    if queue.order is QueueOrder.VOTES:
        raise OrderedByVotes
    others = tuple(other for other in queue.entries if other.id != item)
    placed = _placed(others, entry, before if before != item else _after(queue, item))
    return queue if placed == queue.entries else _with(queue, placed)


def clear(queue: Queue) -> Queue:
    """Remove all items."""
    return _with(queue, ()) if queue.entries else queue


def count_votes(queue: Queue, votes: Mapping[str, int]) -> Queue:
    """Store the number of votes of some items; items that have gone are ignored."""
    changed = tuple(
        entry.model_copy(update={"votes": votes[entry.id]})
        if votes.get(entry.id, entry.votes) != entry.votes
        else entry
        for entry in queue.entries
    )
    return queue if changed == queue.entries else _with(queue, changed)


def is_past(of: int, newest: int) -> bool:
    """Tell whether the film of revision ``of`` was on before that of ``newest``.

    Somebody may have looked what plays just before another film was put on. 0 is the revision in a
    room whose live state was lost, and that film is on now.
    """
    return 0 < of < newest


def count_skip_votes(queue: Queue, votes: int, *, of: int) -> Queue:
    """Store the number of votes to skip the film of revision ``of``."""
    if (queue.skip_votes, queue.skip_votes_of) == (votes, of) or is_past(of, queue.skip_votes_of):
        return queue
    return queue.model_copy(update={"skip_votes": votes, "skip_votes_of": of})


def note_failure(queue: Queue, *, of: int, now_ms: float) -> Queue:
    """Store that some player cannot play the film of revision ``of``."""
    if of == queue.failures_of or is_past(of, queue.failures_of):
        return queue
    return queue.model_copy(update={"failures_of": of, "failed_at": now_ms})


def have_all_reported(
    queue: Queue, state: LiveState, now_ms: float, *, open_since_ms: float
) -> bool:
    """Tell whether every player that is awake has had time to report since one has failed.

    Asked by a process that has had the room open since ``open_since_ms``.
    """
    since_ms = max(queue.failed_at, open_since_ms)
    return are_players_overdue(state, now_ms) and now_ms - since_ms >= PLAYERS_DUE_AFTER_S * 1000


def set_up(
    queue: Queue,
    *,
    order: QueueOrder | None = None,
    autoplay: bool | None = None,
    adding: QueueAdding | None = None,
    skipping: bool | None = None,
) -> Queue:
    """Change the settings of the queue; what is None stays."""
    asked = {"order": order, "autoplay": autoplay, "adding": adding, "skipping": skipping}
    changes = {
        name: value
        for name, value in asked.items()
        if value is not None and value != getattr(queue, name)
    }
    if not changes:
        return queue
    changed = queue.model_copy(update=changes)
    return _with(changed, changed.entries)


def is_skipped(votes: int, present: int) -> bool:
    """Tell whether ``votes`` are more than half of those present."""
    return 2 * votes > present > 0


def advances_automatically(
    state: LiveState, *, is_controller_present: bool, occupied_since_ms: float | None
) -> bool:
    """Tell whether the room goes on by itself at the end of a film, or when players fail.

    Without a controller present it goes on only if someone has watched from the beginning. So the
    queue goes on while the host is cut off for a moment, but someone who looks into a room that
    everyone had left does not use it up. ``occupied_since_ms`` is when the room was last empty.
    The beginning is unknown for states of older versions, and for states that Redis had lost.
    """
    is_known = state.begun_at > 0
    if is_controller_present or state.control is Control.EVERYONE or not is_known:
        return True
    return occupied_since_ms is not None and occupied_since_ms <= state.begun_at


def are_players_overdue(state: LiveState, now_ms: float) -> bool:
    """Tell whether the film has played long enough for every awake player to have reported."""
    return state.playing and now_ms - state.at >= PLAYERS_DUE_AFTER_S * 1000


def queue_interval_s(frame_bytes: int, people: int) -> float:
    """Return how many seconds changes are collected before the queue is sent to ``people``.

    Two hundred items are 65 kilobytes, for which a slow line needs two seconds.
    """
    for_one_s = frame_bytes / BYTES_PER_S_TO_ONE
    for_all_s = frame_bytes * people / BYTES_PER_S_TO_ALL
    return min(MOST_SELDOM_S, max(for_one_s, for_all_s))


def agreed_length(told_s: Mapping[str, float], present: Collection[str]) -> float | None:
    """Return the length (s) on which players of more than half of ``present`` agree, if any."""
    lengths_s = sorted(told_s[person] for person in present if person in told_s)
    if not lengths_s:
        return None
    middle_s = lengths_s[len(lengths_s) // 2]
    agree = sum(abs(length_s - middle_s) <= SAME_LENGTH_S for length_s in lengths_s)
    return middle_s if 2 * agree > len(present) else None


def _with(queue: Queue, entries: tuple[Entry, ...]) -> Queue:
    if queue.order is QueueOrder.VOTES:
        # Stable: of two with the same votes, the one that came first is played first.
        entries = tuple(sorted(entries, key=lambda entry: -entry.votes))
    return queue.model_copy(update={"entries": entries})


def _placed(entries: tuple[Entry, ...], entry: Entry, before: str | None) -> tuple[Entry, ...]:
    """Return ``entries`` with ``entry`` before another one, or at the end if that is not there."""
    ids = [other.id for other in entries]
    place = ids.index(before) if before in ids else len(ids)
    return (*entries[:place], entry, *entries[place:])


def _after(queue: Queue, item: str) -> str | None:
    ids = [entry.id for entry in queue.entries]
    place = ids.index(item) + 1
    return ids[place] if place < len(ids) else None
