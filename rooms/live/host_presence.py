"""Whether a room misses its host: what its people are told, and whether its status says so."""

from playback.state import LiveState
from rooms.lifecycle import Status
from rooms.live.presence_feed import PresenceFeed
from rooms.server_messages import HostDisconnected, HostReconnected
from rooms.snapshot import RoomSnapshot


class HostPresence:
    """The host of one room, as this process knows and has told."""

    def __init__(self, presence_feed: PresenceFeed) -> None:
        self._presence_feed = presence_feed
        # The host of the last HOST_DISCONNECTED: they come back, or someone else becomes host.
        self._expected_host = ""

    def open(self, state: LiveState) -> None:
        """Start with the first state of the room."""
        self._expected_host = state.host

    def news(
        self, old: RoomSnapshot, new: RoomSnapshot, *, state: LiveState, now_ms: float
    ) -> HostDisconnected | HostReconnected | None:
        """Return what everybody is told after the snapshot has changed; None if nothing."""
        ends_at = new.grace_ends_at
        is_missed = ends_at is not None or new.held(now_ms)
        is_news = (new.status, ends_at) != (old.status, old.grace_ends_at)
        if new.status is Status.GRACE and is_missed and is_news:
            self._expected_host = state.host
            return HostDisconnected(grace_ends_at=ends_at)
        if (old.status, new.status) == (Status.GRACE, Status.LIVE) and (
            state.host == self._expected_host
        ):
            return HostReconnected()
        return None

    def fits(self, snapshot: RoomSnapshot, *, state: LiveState, now_ms: float) -> bool:
        """Tell whether the room's status fits who is present, as far as we know."""
        host_present = self._presence_feed.is_present(state.host)
        if snapshot.status is Status.GRACE:
            has_end = snapshot.grace_ends_at is not None
            return not host_present and (has_end or snapshot.held(now_ms))
        return snapshot.status is Status.LIVE and host_present
