"""The revisions of many rooms in Redis, read together once a second."""

from collections.abc import Collection
from dataclasses import dataclass

from playback import store as playback_store
from presence import store as presence
from rooms.lifecycle import Deadline
from rooms.stores import chat, deadlines, queues, snapshots


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions of rooms, by room code."""

    state: dict[str, int]
    presence: dict[str, int]
    snapshot: dict[str, int]
    chat: dict[str, str]
    queue: dict[str, int]
    # Rooms that wait for their host, and whose deadline Redis has lost.
    endless: frozenset[str] = frozenset()


async def read_revisions(codes: list[str], *, in_grace: Collection[str] = ()) -> Revisions:
    """Read the revisions of rooms, with one pipeline for each kind.

    ``in_grace`` are the rooms that should have a deadline for their host.
    """
    return Revisions(
        state=await playback_store.revisions(codes),
        presence=await presence.revisions(codes),
        snapshot=await snapshots.versions(codes),
        chat=await chat.last_ids(codes),
        queue=await queues.versions(codes),
        endless=frozenset(await deadlines.lacking(in_grace, Deadline.GRACE)),
    )
