"""What Redis holds of many rooms just now, asked once a second for all of them together."""

from collections.abc import Collection
from dataclasses import dataclass

from playback import store as playback_store
from presence import store as presence
from rooms.lifecycle import Deadline
from rooms.stores import chat, deadlines, snapshots


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions of some rooms, by room code."""

    state: dict[str, int]
    presence: dict[str, int]
    snapshot: dict[str, int]
    chat: dict[str, str]
    # Rooms that are to wait for their host until a deadline that is not there.
    endless: frozenset[str] = frozenset()


async def read_revisions(codes: list[str], *, in_grace: Collection[str] = ()) -> Revisions:
    """Read the revisions of rooms, a pipeline for each kind.

    The snapshots of those ``in_grace`` are older than this, and so are their deadlines.
    """
    return Revisions(
        state=await playback_store.revisions(codes),
        presence=await presence.revisions(codes),
        snapshot=await snapshots.versions(codes),
        chat=await chat.last_ids(codes),
        endless=frozenset(await deadlines.lacking(in_grace, Deadline.GRACE)),
    )
