"""Who is in a room, as one process has read it from Redis and sent it to its sockets."""

import time
from collections.abc import Collection

from playback.state import LiveState
from presence import roster
from presence import store as presence
from rooms import protocol, server_messages
from rooms.server_messages import Member
from rooms.snapshot import RoomSnapshot, member, names_in

# When Redis has lost who is present, every server notices within a second (the hub compares) and
# renews its own leases. Until all have, some people are missing.
GATHERING_S = 5.0


class PresenceFeed:
    """The people of one room. ``read`` asks Redis, ``news`` returns what to send."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.revision = -1
        self.snapshot = roster.Snapshot()
        # As sent last, by id; a new mapping whenever the content changes.
        self.members: dict[str, Member] = {}
        self._told_count = 0
        self._lost_at_s: float | None = None

    async def read(self, *, always: Collection[str]) -> bool:
        """Read who is present, always with ``always``; False while Redis misses some people."""
        revision, snapshot = await presence.snapshot(
            self._code, at_most=protocol.ROSTER_LIMIT, always=always
        )
        if self._is_gathering(revision, snapshot):
            return False
        self.revision, self.snapshot = revision, snapshot
        return True

    def _is_gathering(self, revision: int, snapshot: roster.Snapshot) -> bool:
        """Tell whether Redis has lost who was present and still misses some of them.

        The same number as before proves nothing: others may have come meanwhile.
        """
        now_s = time.monotonic()
        is_lost = presence.is_another_count(self.revision, revision)
        if is_lost and self._lost_at_s is None:
            self._lost_at_s = now_s
        if self._lost_at_s is None:
            return False
        are_back = self.members.keys() <= {person.id for person in snapshot.people}
        if are_back or now_s - self._lost_at_s >= GATHERING_S:
            self._lost_at_s = None
        return self._lost_at_s is not None

    def is_present(self, person_id: str) -> bool:
        """Tell whether someone is in the room, as last read."""
        return any(person.id == person_id for person in self.snapshot.people)

    def count_with(self, person_id: str) -> int:
        """Return the number of people, including one who may not have been read yet."""
        is_new = person_id not in self.members and self.snapshot.count <= len(self.members)
        return self.snapshot.count + is_new

    def interval_s(self) -> float:
        """Return how many seconds changes are collected in a room of this size."""
        return roster.presence_interval_s(self.snapshot.count)

    def news(self, *, state: LiveState, snapshot: RoomSnapshot) -> server_messages.Presence | None:
        """Return the changes since the last call, to be sent now; None if there are none."""
        names = names_in(state, snapshot, self.snapshot.people)
        members = {
            person.id: member(person, state=state, snapshot=snapshot, names=names)
            for person in self.snapshot.people
        }
        difference = roster.difference(self.members, members)
        if not difference and self._told_count == self.snapshot.count:
            return None
        self.members, self._told_count = members, self.snapshot.count
        return server_messages.Presence(
            joined=difference.joined,
            left=difference.left,
            changed=difference.changed,
            viewer_count=self.snapshot.count,
        )
