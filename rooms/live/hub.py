"""One hub per process: it holds the sockets of every room and keeps them up to date.

The hub listens to the bus with a single channel of the channel layer, one group a room,
and writes each message, encoded once, to its local sockets. Once a second it compares
what its rooms were sent with what Redis holds, and makes up for what was lost.
"""

import asyncio
import json
from collections import defaultdict

import structlog
from channels.layers import get_channel_layer
from django.conf import settings

from accounts import grants
from core import live, metrics, recheck
from core.close_codes import CloseCode
from core.coalescing import Coalesced
from core.errors import StreamItError, Unavailable
from core.per_loop import PerLoop
from core.pulse import Pulse
from playback.clock import RoomClock, monotonic_s, room_clock
from presence import store as presence
from presence.roster import Person
from rooms import bus, queue_state
from rooms import state as live_states
from rooms.live.connections import Connection
from rooms.live.revisions import read_revisions
from rooms.live.room import LiveRoom
from rooms.protocol import ROSTER_LIMIT
from rooms.snapshot import RoomSnapshot
from rooms.upkeep.dismissal import dismiss_those_out_of_use
from rooms.upkeep.scheduler import Scheduler

log = structlog.get_logger(__name__)

TICK_S = 1.0
CLOCK_EVERY_S = 10.0


class Hub:
    """The rooms that have sockets in this process. ``start`` it before use."""

    def __init__(self) -> None:
        self.rooms: dict[str, LiveRoom] = {}
        self._opening: dict[str, asyncio.Future[None]] = {}
        # Rooms about which there were notices while they were opened.
        self._changed: set[str] = set()
        self._subscribed: set[str] = set()
        self._channel: str | None = None
        self._channel_lock = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._reported: dict[str, dict[presence.Lease, Person]] = defaultdict(dict)
        self._reporting = Coalesced(self._store_reports, interval_s=lambda: TICK_S)
        self._measured_at_s = float("-inf")
        self._renewed_at_s = float("-inf")
        self._renewing = asyncio.Lock()
        self._scheduler = Scheduler()
        self.pulse = Pulse(self._close_all, now_s=monotonic_s)
        # Of sockets closed after a standstill, to be renewed once more.
        self._closed_leases: list[presence.Lease] = []
        # Before its first answer, Redis is treated as if it had been away.
        self._is_away = True
        self._said_away = False

    async def start(self) -> None:
        """Start the tasks; does nothing if they run."""
        if not self._tasks:
            bus.listen(self._on_notice)
            recheck.listen(self.close_ended)
            recheck.listen(dismiss_those_out_of_use)
            loop = asyncio.get_running_loop()
            works = (
                self._listen(),
                self._tick_on(),
                self.pulse.keep(),
                self._scheduler.work(),
            )
            self._tasks = [loop.create_task(work) for work in works]

    async def stop(self) -> None:
        """End all tasks. The server closes the sockets."""
        if self._tasks:
            bus.unlisten(self._on_notice)
            recheck.unlisten(self.close_ended)
            recheck.unlisten(dismiss_those_out_of_use)
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            # Cancelled again after a while: redis-py can swallow a cancellation while it connects.
            await asyncio.wait(running, timeout=0.5)
        self._reporting.cancel()
        for room in self.rooms.values():
            room.dispose()
        self._tasks = []

    # --- connections ------------------------------------------------------------------------

    def known(self, code: str) -> RoomSnapshot | None:
        """Return the snapshot of a room that is open here, as it was last sent; else None."""
        room = self.rooms.get(code)
        return room.snapshot if room else None

    async def room(self, code: str) -> LiveRoom:
        """Return the room, opened if it is new here; raise NoSuchRoom and RoomOver.

        Call ``connect`` before awaiting anything else: a room is closed when its last connection
        goes.
        """
        while code not in self.rooms:
            if code not in self._opening:
                self._opening[code] = asyncio.ensure_future(self._open(code))
            # One of those who wait may be refused, and close it before the others continue.
            await asyncio.shield(self._opening[code])
        return self.rooms[code]

    async def _open(self, code: str) -> None:
        try:
            # Subscribe before reading, so that nothing is missed in between (``_changed``).
            await self._subscribe(code)
            room = LiveRoom(code)
            try:
                await room.open()
            except BaseException:
                # It may already follow the state, which nobody would tell it to stop.
                room.dispose()
                raise
            self.rooms[code] = room
            if code in self._changed:
                for refresh in room.refreshes():
                    refresh.request()
        finally:
            self._changed.discard(code)
            del self._opening[code]
            if code not in self.rooms:
                await self._unsubscribe(code)

    def connect(self, room: LiveRoom, connection: Connection) -> None:
        """Add a socket to its room; it is sent everything from now on.

        Raises what ``LiveRoom.check`` raises; the caller must call ``disconnect`` then too.
        """
        room.check(connection)
        room.connections.add(connection)
        metrics.sockets.inc()
        metrics.active_rooms.set(len(self.rooms))

    async def disconnect(self, room: LiveRoom, connection: Connection) -> None:
        """Remove a socket from its room, and close the room if it was the last one here.

        After it returns, nothing here renews the lease, so the person is reported gone once.
        """
        if connection in room.connections:
            room.connections.remove(connection)
            room.readiness.lost(connection.person)
            metrics.sockets.dec()
        async with self._renewing:
            # Wait for a renewal under way, which may include this lease.
            pass
        if not room.connections and self.rooms.get(room.code) is room:
            del self.rooms[room.code]
            room.dispose()
            await self._unsubscribe(room.code)
        metrics.active_rooms.set(len(self.rooms))

    async def close_ended(self) -> None:
        """Close the sockets of people who have signed out or lost their key or account."""
        await grants.refresh()
        for room in list(self.rooms.values()):
            room.close_ended()

    def _close_all(self) -> None:
        """Close all sockets. Their people come back at once, and are not missed until then."""
        for room in self.rooms.values():
            for connection in room.connections:
                connection.send_queue.close(CloseCode.RESTARTING, "the server stood still")
                self._closed_leases.append(connection.lease)

    def report(self, room: LiveRoom, connection: Connection, status: Person) -> None:
        """Note what a player reports; it is stored, and sent to others, at most once a second.

        In a big room only the controllers' reports are kept: nobody reads the others, and
        they would be most of the traffic.
        """
        connection.status = status
        if room.presence_feed.snapshot.count <= ROSTER_LIMIT or room.state.may_moderate(
            connection.person
        ):
            reported = self._reported[room.code]
            # If a person has several players, the last report is shown.
            reported.pop(connection.lease, None)
            reported[connection.lease] = status
            self._reporting.request()

    # --- the bus ----------------------------------------------------------------------

    def _on_notice(self, notice: bus.Notice) -> None:
        room = self.rooms.get(notice["code"])
        if room is None:
            if notice["code"] in self._opening and notice["topic"] != "here":
                self._changed.add(notice["code"])
            return
        match notice["topic"]:
            case "state":
                if not live_states.receive(notice):
                    room.state_refresh.request()
            case "snapshot":
                room.snapshot_refresh.request()
            case "presence":
                if notice["text"]:
                    person, name = json.loads(notice["text"])
                    room.connections.rename(person, name)
                    room.send_own_entry([person])
                room.presence_refresh.request()
            case "chat":
                room.chat_refresh.request()
            case "reactions":
                room.receive_reactions(notice["text"])
            case "queue":
                if not queue_state.is_current(room.code, notice["revision"]):
                    room.queue_refresh.request()

    async def _listen(self) -> None:
        layer = get_channel_layer()
        while True:
            try:
                notice = await layer.receive(await self._own_channel())
                if notice["origin"] != bus.origin():
                    bus.remote_listeners().assume(notice["code"])
                    self._on_notice(notice)
            except asyncio.CancelledError:
                raise
            except live.LiveStateUnavailable:
                await asyncio.sleep(TICK_S)
            except Exception:
                log.exception("bus lost")
                await asyncio.sleep(TICK_S)

    async def _subscribe(self, code: str) -> None:
        channel = await self._own_channel()
        async with live.reaching_redis("bus"):
            await get_channel_layer().group_add(bus.group(code), channel)
        self._subscribed.add(code)
        await bus.publish(code, "here")

    async def _own_channel(self) -> str:
        """Return this process's one channel of the channel layer."""
        async with self._channel_lock, live.reaching_redis("bus"):
            if self._channel is None:
                self._channel = await get_channel_layer().new_channel("hub.")
            return self._channel

    async def _unsubscribe(self, code: str) -> None:
        self._subscribed.discard(code)
        bus.remote_listeners().assume(code)
        try:
            async with live.reaching_redis("bus"):
                await get_channel_layer().group_discard(bus.group(code), await self._own_channel())
        except live.LiveStateUnavailable:
            log.info("still subscribed to a room without sockets", room=code)
        if code in self.rooms or code in self._opening:
            # Someone came while we unsubscribed.
            await self._subscribe(code)

    # --- once a second ----------------------------------------------------------------

    async def _tick_on(self) -> None:
        while True:
            try:
                await self._tick()
            except asyncio.CancelledError:
                raise
            except StreamItError:
                if not self._said_away:
                    log.warning("Redis is away; films go on, commands wait")
                self._said_away = True
                self._is_away = True
                self._scheduler.redis_is_away()
                bus.remote_listeners().assume_everywhere()
            except Exception:
                log.exception("tick failed")
            for room in list(self.rooms.values()):
                for connection in room.connections:
                    connection.send_queue.tend()
            await asyncio.sleep(TICK_S)

    async def _tick(self) -> None:
        self.pulse.check()
        now_s = monotonic_s()
        clock = await room_clock()
        # After an outage this may be another Redis, or a machine whose clock was set.
        is_back = self._is_away
        is_due = is_back or now_s - self._measured_at_s >= CLOCK_EVERY_S
        if is_due:
            await clock.measure()
            self._measured_at_s = now_s
        lease_s = settings.PRESENCE_LEASE.total_seconds()
        if is_back or now_s - self._renewed_at_s >= lease_s / 3:
            await self._renew(clock, now_s)
        codes = list(self.rooms)
        for code in codes:
            if code not in self._subscribed:
                await self._subscribe(code)
        listening = [code for code in codes if code in self._subscribed]
        await bus.remote_listeners().refresh(listening, own_channel=await self._own_channel())
        if codes:
            # Others may have opened meanwhile, of which nothing is asked.
            rooms = [self.rooms[code] for code in codes if code in self.rooms]
            # Before Redis is asked, because a refresh in between brings a newer revision.
            known = {room.code: room.presence_feed.revision for room in rooms}
            known_states = {room.code: room.state.revision for room in rooms}
            in_grace = [room.code for room in rooms if room.snapshot.grace_ends_at is not None]
            revisions = await read_revisions(codes, in_grace=in_grace)
            if any(
                presence.is_another_count(revision, revisions.presence[code])
                for code, revision in known.items()
            ):
                # Redis has lost who is present.
                await self._renew(clock, now_s)
            for code in codes:
                if code in self.rooms and code in known_states:
                    self.rooms[code].compare(revisions, known_revision=known_states[code])
        if self._reported:
            self._reporting.request()
        self._scheduler.redis_answers()
        self._is_away = False
        if self._said_away:
            log.info("Redis is back")
        self._said_away = False

    async def _renew(self, clock: RoomClock, now_s: float) -> None:
        lease_ms = settings.PRESENCE_LEASE.total_seconds() * 1000
        async with self._renewing:
            began_s = monotonic_s()
            here = [(room, each) for room in self.rooms.values() for each in room.connections]
            leases = [connection.lease for _, connection in here]
            if closed := self._closed_leases.copy():
                leases += set(closed).difference(leases)
            lost = await presence.renew(leases, now_ms=clock.now_ms(), lease_ms=lease_ms)
            del self._closed_leases[: len(closed)]
        if lost:
            for room, connection in here:
                if connection.lease in lost:
                    self.report(room, connection, connection.status)
        self._renewed_at_s = now_s
        self._scheduler.leases_are_renewed(at_s=began_s)

    async def _store_reports(self) -> None:
        reported, self._reported = self._reported, defaultdict(dict)
        try:
            for code in list(reported):
                try:
                    await presence.report(code, reported[code])
                except Unavailable:
                    raise
                except Exception:
                    log.exception("reports not stored", room=code)
                del reported[code]
                if code in self.rooms:
                    self.rooms[code].presence_refresh.request()
        except Exception:
            # Players do not report again what has not changed. Newer reports replace these, and
            # come after them: of several players of a person the last one counts.
            for code, statuses in reported.items():
                newer = self._reported[code]
                older = {lease: each for lease, each in statuses.items() if lease not in newer}
                self._reported[code] = {**older, **newer}
            raise


_hubs = PerLoop(Hub)


async def hub() -> Hub:
    """Return this event loop's hub, started."""
    found = _hubs.get()
    await found.start()
    return found


def receive_request() -> None:
    """Note that the current task received a request (``Pulse.receive_request``)."""
    # It is there before the first request, except in tests of single calls.
    if found := _hubs.peek():
        found.pulse.receive_request()


async def start() -> None:
    """Start this event loop's hub, so that deadlines are kept even when nobody comes."""
    await hub()


async def stop() -> None:
    """Stop this event loop's hub, if it has one."""
    found = _hubs.pop()
    if found is not None:
        await found.stop()
