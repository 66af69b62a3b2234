"""One room as one process sees it: its sockets, and what they were last sent.

Everything here is level-triggered. ``refresh_*`` reads the present state from Redis, compares it
with what was sent last, and sends the difference. A notice that is lost, or comes twice, does not
change the result.
"""

from collections.abc import Iterable

from core.coalescing import Coalesced
from playback.clock import room_clock
from playback.commands import Wait
from playback.state import LiveState
from playback.waiting import Hold
from presence import roster
from presence import store as presence
from rooms import bus, codec, protocol, queue_state, server_messages
from rooms import state as live_states
from rooms.errors import NoSuchRoom, RoomOver
from rooms.lifecycle import Status
from rooms.live import exclusion
from rooms.live.auto_advance import AutoAdvance
from rooms.live.chat_feed import ChatFeed
from rooms.live.connections import Connection, Connections
from rooms.live.host_presence import HostPresence
from rooms.live.player_activity import PlayerActivity
from rooms.live.presence_feed import PresenceFeed
from rooms.live.queue_feed import QueueFeed
from rooms.live.reaction_feed import SEND_EVERY_S, ReactionFeed
from rooms.live.readiness import Readiness, hold_of
from rooms.live.revisions import Revisions
from rooms.live.welcome import WelcomeWriter
from rooms.names import Names
from rooms.queue import Queue
from rooms.snapshot import RoomSnapshot, member, names_in, room_info
from rooms.stores import snapshots
from rooms.upkeep import transitions
from server.wire import Frame


def _who(present: roster.Snapshot) -> tuple[int, frozenset[str]]:
    return present.count, frozenset(person.id for person in present.people)


class LiveRoom:
    """The sockets of one room in this process. ``open`` it before use."""

    state: LiveState
    snapshot: RoomSnapshot

    def __init__(self, code: str) -> None:
        self.code = code
        self.connections = Connections()
        self.presence_feed = PresenceFeed(code)
        self.chat = ChatFeed(code)
        self._reactions = ReactionFeed(code)
        # The snapshot names a deadline that Redis has lost since then.
        self._is_snapshot_stale = False
        self._host_presence = HostPresence(self.presence_feed)
        self._welcome_writer = WelcomeWriter()
        self.state_refresh = Coalesced(self.refresh_state)
        self.snapshot_refresh = Coalesced(self.refresh_snapshot)
        self.chat_refresh = Coalesced(self.refresh_chat)
        self.queue_refresh = Coalesced(self.refresh_queue)
        self.readiness = Readiness(code, lead_ms=self.lead_ms, hold=self.hold)
        self.auto_advance = AutoAdvance(code, hold=self.hold)
        self.player_activity = PlayerActivity(
            code, self.connections, count_again=self.auto_advance.count_again
        )
        interval_s = self.presence_feed.interval_s
        self.queue_feed = QueueFeed(
            self.connections, source_revision=self._source_revision, interval_s=interval_s
        )
        self.presence_refresh = Coalesced(self.refresh_presence, interval_s=interval_s)
        self.presence_notice = Coalesced(self._publish_presence, interval_s=interval_s)
        self._reaction_notice = Coalesced(self._reactions.publish, interval_s=lambda: SEND_EVERY_S)
        self._reaction_sending = Coalesced(
            self._broadcast_reactions, interval_s=lambda: SEND_EVERY_S
        )

    async def open(self) -> None:
        """Read everything for the first time; raise NoSuchRoom and RoomOver."""
        self._clock = await room_clock()
        self.player_activity.open(self._clock)
        self.snapshot = await snapshots.of(self.code)
        exclusion.refuse_if_over(self.snapshot)
        self.state = await live_states.watch(self.code, self._on_state)
        self._host_presence.open(self.state)
        self.queue_feed.open(await queue_state.watch(self.code, self._on_queue))
        await self.chat.open()
        await self._read_presence()
        # Nobody is connected yet, so there is nothing to send.
        self.presence_feed.news(state=self.state, snapshot=self.snapshot)
        self.auto_advance.open(self.state, self.queue, self._clock)
        self.player_activity.follow(self.state, self.queue)
        self.readiness.follow(self.state, self._clock)

    def dispose(self) -> None:
        """Stop all work; the room has no sockets here any more."""
        live_states.unwatch(self.code, self._on_state)
        queue_state.unwatch(self.code, self._on_queue)
        self.readiness.dispose()
        self.auto_advance.dispose()
        sending = self.queue_feed.sending, self._reaction_sending
        telling = self.player_activity.updating, self.presence_notice, self._reaction_notice
        for work in (*self.refreshes(), *sending, *telling):
            work.cancel()

    def refreshes(self) -> tuple[Coalesced, ...]:
        """Return all that reads what a notice may be about."""
        return (
            self.state_refresh,
            self.snapshot_refresh,
            self.chat_refresh,
            self.queue_refresh,
            self.presence_refresh,
        )

    async def _publish_presence(self) -> None:
        await bus.publish(self.code, "presence")

    @property
    def queue(self) -> Queue:
        """The newest queue that this process knows."""
        return self.queue_feed.queue

    def _source_revision(self) -> int:
        return self.state.source_revision

    def check(self, connection: Connection) -> None:
        """Check again a connection that was let in a moment ago.

        Raises NoSuchRoom, RoomOver, Banned and BadTicket.
        """
        exclusion.refuse(self.snapshot, connection)

    # --- sending ----------------------------------------------------------------------

    def broadcast(self, message: protocol.Model, *, newest_only: bool = False) -> None:
        """Send one message to every socket, encoded once."""
        self.deliver(Frame(codec.encode(message), newest_only=newest_only))

    def deliver(self, frame: Frame) -> None:
        """Send one frame to every socket."""
        self.connections.deliver(frame)

    def send_to_moderators(self, message: protocol.Model) -> None:
        """Send one message to the host's and co-hosts' sockets."""
        frame = Frame(codec.encode(message))
        for connection in self.connections:
            if self.state.may_moderate(connection.person):
                connection.send_queue.send(frame)

    def welcome(self, connection: Connection, *, resume: str, now_ms: float) -> str:
        """Return WELCOME for a new socket, as text, with the state at ``now_ms``."""
        person = roster.Person(connection.person, connection.lease.name)
        here = self.presence_feed
        return self._welcome_writer.welcome(
            room=room_info(self.snapshot, self.state),
            you=here.members.get(connection.person)
            or member(person, state=self.state, snapshot=self.snapshot, names=self._names()),
            state=self.state.seen_at(now_ms),
            members=here.members,
            viewer_count=here.count_with(connection.person),
            messages=self.chat.messages,
            waiting=self.snapshot.waiting if self.state.may_moderate(connection.person) else (),
            queue=self.queue_feed.message,
            resume=resume,
        )

    def shown_name(self, connection: Connection) -> str:
        """Return the name by which the room shows the person of a connection."""
        return self._names().shown(connection.person, connection.lease.name)

    def _names(self) -> Names:
        return names_in(self.state, self.snapshot, self.presence_feed.snapshot.people)

    # --- refreshing -------------------------------------------------------------------

    def _on_state(self, old: LiveState, new: LiveState, frame: Frame) -> None:
        """Send a newer state to everyone; it may have another host or other co-hosts."""
        self.state = new
        self.deliver(frame)
        self.auto_advance.follow(new, self.queue, self._clock)
        self.player_activity.follow(new, self.queue)
        self.readiness.follow(new, self._clock)
        if new.held is not None and (old.held is None or old.held.since != new.held.since):
            # Someone it waits for may have left at this moment.
            self.presence_refresh.request()
        if new.held is not None:
            # The process that began the wait may not know yet who has opted out.
            people = self.presence_feed.snapshot.people
            awaited = self.connections.awaited(people, most=len(self.connections))
            unwilling = (c.person for c in self.connections if c.opted_out)
            self.readiness.gone(person for person in unwilling if not awaited[person])
        if new.source_revision != old.source_revision and self.queue.skip_votes:
            self.queue_feed.sending.request()
        if new.control is not old.control:
            self.broadcast(server_messages.RoomChanged(room=room_info(self.snapshot, new)))
        if new.host != old.host:
            # The new host may be away, or the room may have waited for the old one.
            self.broadcast(server_messages.HostChanged(host=new.host))
        if (new.host, new.cohosts) != (old.host, old.cohosts):
            self._broadcast_members()
            self.send_own_entry({old.host, new.host} | (set(old.cohosts) ^ set(new.cohosts)))
            # The sample of people always includes the controllers.
            self.presence_refresh.request()
            self.send_to_moderators(
                server_messages.WaitingChanged(waiting=list(self.snapshot.waiting))
            )

    async def refresh_state(self) -> None:
        """Send a newer state from Redis, or repair it if it is older than what was sent."""
        try:
            await live_states.current(self.code)
        except RoomOver:
            self.snapshot_refresh.request()

    async def refresh_snapshot(self) -> None:
        """Read the snapshot, send what has changed, and close the sockets it shuts out."""
        try:
            new = await snapshots.of(self.code)
            if new.version < self.snapshot.version or self._is_snapshot_stale:
                # Redis has lost a newer snapshot or a deadline. The database still has them.
                new = await snapshots.refresh(self.code)
        except NoSuchRoom:
            new = self.snapshot.model_copy(update={"status": Status.DELETED})
        if (self.snapshot.status, new.status) == (Status.GRACE, Status.LIVE):
            # The live state says whether the host came back or somebody else became host.
            await self.refresh_state()
        old, self.snapshot = self.snapshot, new
        if new.status.over:
            exclusion.close_all(new, self.connections)
            return
        exclusion.show_out(new, self.connections)
        news = self._host_presence.news(old, new, state=self.state, now_ms=self._clock.now_ms())
        if news is not None:
            self.broadcast(news)
        quiet = {"status": new.status.value, "grace_ends_at": new.grace_ends_at}
        before = room_info(old, self.state).model_copy(update=quiet)
        after = room_info(new, self.state)
        if before != after or (old.status, new.status) == (Status.CREATED, Status.LIVE):
            self.broadcast(server_messages.RoomChanged(room=after))
        if old.waiting != new.waiting:
            self.send_to_moderators(server_messages.WaitingChanged(waiting=list(new.waiting)))
        if (old.muted, old.called) != (new.muted, new.called):
            self._broadcast_members()
            self.send_own_entry(old.muted ^ new.muted)

    async def refresh_chat(self) -> None:
        """Read the messages since the last one and send them in order."""
        for message in await self.chat.news():
            self.broadcast(message)

    def react(self, person: str, emoji: str) -> None:
        """Count a reaction of ``person``; raise TooManyReactions."""
        self._reactions.press(person, emoji, publishing=self._reaction_notice)

    def receive_reactions(self, text: str) -> None:
        """Take reactions that a process has counted, to be sent with the next ones."""
        self._reactions.receive(text)
        self._reaction_sending.request()

    async def _broadcast_reactions(self) -> None:
        self.broadcast(self._reactions.news())

    async def refresh_queue(self) -> None:
        """Read the queue and send what has changed."""
        await queue_state.current(self.code)

    def _on_queue(self, new: Queue) -> None:
        old = self.queue
        self.queue_feed.update(new)
        self.auto_advance.follow(self.state, new, self._clock)
        self.player_activity.follow(self.state, new)
        if (new.entries and not old.entries) or (new.skipping and not old.skipping):
            # When people voted to skip, there was nothing to go on to, or votes did not count.
            self.auto_advance.count_again()
        if new.failures_of != old.failures_of:
            self.player_activity.request_update()

    def receive_status(self, connection: Connection, status: protocol.Status) -> None:
        """Take a report of the player of ``connection``."""
        self.player_activity.receive(connection, status)
        # Someone who has just come in still loads the film. That must not stop the others.
        may_stall = connection.shown_source == self.state.source_revision
        self.readiness.report(connection.person, status, self.snapshot, may_stall=may_stall)

    async def refresh_presence(self) -> None:
        """Read who is present and send the changes."""
        before = self.presence_feed.snapshot
        # Taken before the read, which says nothing about people the room begins to wait for later.
        awaited = self.state.held.pending if self.state.held else ()
        if not await self._read_presence():
            return
        self.readiness.gone(p for p in awaited if not self.presence_feed.is_present(p))
        if _who(before) != _who(self.presence_feed.snapshot):
            # The share of people who want to skip may have changed.
            self.auto_advance.count_again()
        self._broadcast_members()
        if not self._status_fits():
            await transitions.settle(self.code)

    async def _read_presence(self) -> bool:
        pending = self.state.held.pending if self.state.held else ()
        always = (self.state.host, *self.state.cohosts, *pending)
        return await self.presence_feed.read(always=always)

    def hold(self) -> Hold | None:
        """Return who a start in this room waits for, as far as this process knows."""
        if self.snapshot.wait is Wait.OFF:
            return None
        present = self.presence_feed.snapshot
        awaited = self.connections.awaited(present.people, most=protocol.ROSTER_LIMIT)
        return hold_of(self.snapshot, awaited, present.count)

    async def is_awaited(self, person: str) -> bool:
        """Tell whether the room waits for one of a person's players, here or elsewhere."""
        elsewhere = await presence.awaited_on(self.code, person)
        stored = roster.Person(person, "", awaited_on=elsewhere)
        return self.connections.awaited([stored], most=len(self.connections))[person]

    def _status_fits(self) -> bool:
        now_ms = self._clock.now_ms()
        return self._host_presence.fits(self.snapshot, state=self.state, now_ms=now_ms)

    def _broadcast_members(self) -> None:
        news = self.presence_feed.news(state=self.state, snapshot=self.snapshot)
        if news is not None:
            self.broadcast(news)
            # People who are no longer in the sample may still be here.
            self.send_own_entry(news.left)

    def send_own_entry(self, people: Iterable[str]) -> None:
        """Send their own entry to those of ``people`` who are not in the sample."""
        outside = set(people) - self.presence_feed.members.keys()
        if not outside:
            return
        names = self._names()
        for connection in self.connections:
            if connection.person not in outside:
                continue
            you = member(connection.status, state=self.state, snapshot=self.snapshot, names=names)
            count = self.presence_feed.count_with(connection.person)
            news = server_messages.Presence(joined=[], left=[], changed=[you], viewer_count=count)
            connection.send_queue.send(Frame(codec.encode(news)))

    def close_ended(self) -> None:
        """Close the sockets whose session, key or account has ended."""
        exclusion.close_ended(self.connections)

    # --- once a second ----------------------------------------------------------------

    def compare(self, revisions: Revisions, *, known_revision: int) -> None:
        """Refresh what has changed without a notice.

        ``known_revision`` is our revision of the state from before Redis was asked.
        """
        # In a busy room newer states have come meanwhile, and reading them all again is expensive.
        if not known_revision <= revisions.state.get(self.code, 0) <= self.state.revision:
            self.state_refresh.request()
        has_moved = revisions.presence.get(self.code, 0) != self.presence_feed.revision
        if has_moved or not self._status_fits():
            self.presence_refresh.request()
        self._is_snapshot_stale = self.code in revisions.endless
        if revisions.snapshot.get(self.code, 0) != self.snapshot.version or self._is_snapshot_stale:
            self.snapshot_refresh.request()
        if revisions.chat.get(self.code, "0") != self.chat.last_id:
            self.chat_refresh.request()
        if revisions.queue.get(self.code) != self.queue.version:
            self.queue_refresh.request()
        self.catch_up()

    def catch_up(self) -> None:
        """Do what is due by now and what failed before."""
        now_ms = self._clock.now_ms()
        self.readiness.catch_up(now_ms)
        self.auto_advance.catch_up(now_ms)
        self.player_activity.request_update()

    def lead_ms(self) -> float:
        """Return how far ahead to schedule a start for the people in this room, in ms."""
        return self.connections.start_lead_ms(self.presence_feed.snapshot.people)
