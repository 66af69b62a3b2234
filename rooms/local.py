"""One room as one process sees it: its sockets, and what they were last told.

Everything here is level-triggered. ``look_at_*`` reads the present truth from Redis,
compares it with what was told last, and tells the difference. A lost word on the bus, or
two at once, makes no difference to where this ends.
"""

from collections import deque

from playback.state import PlaybackState
from presence import roster
from rooms import bus, caretaker, codec, protocol
from rooms.attendance import Attendance
from rooms.card import RoomCard, member, room_info, state_heard, state_message, state_view
from rooms.chat_feed import ChatFeed
from rooms.coalesced import Coalesced
from rooms.errors import Banned, NoSuchRoom, RoomOver
from rooms.lifecycle import Status
from rooms.outbox import Frame
from rooms.picture import Picture
from rooms.protocol import CloseCode
from rooms.revisions import Revisions
from rooms.seats import Seat, Seats
from rooms.tickets import BadTicket

# Of so many is asked how long their messages take: more would tell nothing new.
LEAD_SAMPLE = 200


class LocalRoom:
    """The sockets of one room in this process. ``open`` it before use."""

    state: PlaybackState
    card: RoomCard

    def __init__(self, code: str) -> None:
        self.code = code
        self.seats = Seats()
        self.attendance = Attendance(code)
        self.chat = ChatFeed(code)
        # Up to which revision we know who may control; a word does not say it.
        self._authority_revision = 0
        # The revisions that were told with the id of their command, the last of them.
        self._answered: deque[int] = deque(maxlen=100)
        # It tells of a deadline that Redis has lost: who made it had read that before.
        self._is_card_stale = False
        # Whom HOST_DISCONNECTED was about: he comes back, or another becomes host.
        self._expected_host = ""
        self._picture = Picture()
        self.state_look = Coalesced(self.look_at_state)
        self.card_look = Coalesced(self.look_at_card)
        self.chat_look = Coalesced(self.look_at_chat)
        pace = self.attendance.told_every_s
        self.presence_look = Coalesced(self.look_at_presence, interval_s=pace)
        self.presence_word = Coalesced(self._publish_presence, interval_s=pace)

    async def open(self) -> None:
        """Read everything for the first time; raise NoSuchRoom and RoomOver."""
        self.card = await caretaker.card_of(self.code)
        self._check_open()
        self.state = await caretaker.live_state(self.code)
        self._authority_revision = self.state.revision
        self._expected_host = self.state.host
        await self.chat.open()
        await self._read_presence()
        # Nobody is here yet who could be told.
        self.attendance.news(state=self.state, card=self.card)

    def dispose(self) -> None:
        """Stop what is under way; the room has no socket here any more."""
        for look in self._looks():
            look.cancel()

    def _looks(self) -> tuple[Coalesced, ...]:
        return (
            self.state_look,
            self.card_look,
            self.chat_look,
            self.presence_look,
            self.presence_word,
        )

    async def _publish_presence(self) -> None:
        await bus.publish(self.code, "presence")

    def check(self, seat: Seat) -> None:
        """Raise what keeps ``seat`` out by now; it was let in by what was so a moment ago.

        Raises NoSuchRoom, RoomOver, Banned and BadTicket.
        """
        self._check_open()
        if seat.person in self.card.banned:
            raise Banned
        if self._is_expelled(seat):
            raise BadTicket

    def _check_open(self) -> None:
        if self.card.status is Status.DELETED:
            raise NoSuchRoom
        if self.card.status.over:
            raise RoomOver

    def _is_expelled(self, seat: Seat) -> bool:
        return self.card.expelled.get(seat.person, 0) >= seat.admitted_at_s

    # --- telling ----------------------------------------------------------------------

    def tell(self, message: protocol.Model, *, newest_only: bool = False) -> None:
        """Send one message to every socket, encoded once."""
        self.deliver(Frame(codec.encode(message), newest_only=newest_only))

    def deliver(self, frame: Frame) -> None:
        """Send one frame to every socket."""
        self.seats.deliver(frame)

    def tell_controllers(self, message: protocol.Model) -> None:
        """Send one message to the host's and co-hosts' sockets."""
        frame = Frame(codec.encode(message))
        for seat in self.seats:
            if self.state.may_control(seat.person):
                seat.outbox.send(frame)

    def welcome(self, seat: Seat, *, resume: str) -> str:
        """Return the whole picture for a new socket as text, true at this very moment."""
        person = roster.Person(seat.person, seat.lease.name)
        here = self.attendance
        return self._picture.welcome(
            room=room_info(self.card, host=self.state.host),
            you=here.members.get(seat.person) or member(person, state=self.state, card=self.card),
            state=state_view(self.state),
            members=here.members,
            viewer_count=here.count_with(seat.person),
            messages=self.chat.messages,
            waiting=self.card.waiting if self.state.may_control(seat.person) else (),
            resume=resume,
        )

    # --- looking ----------------------------------------------------------------------

    def hear_state(self, revision: int, text: str) -> None:
        """Take a new state that came with a word, if it is newer than the last."""
        if revision <= self.state.revision:
            return
        message = protocol.PlaybackState.model_validate_json(text, strict=False)
        if revision == self._authority_revision + 1:
            self._authority_revision = revision
        else:
            # What was missed may have changed who may control.
            self.state_look.poke()
        self.state = state_heard(message, after=self.state)
        self.deliver(Frame(text, newest_only=True))
        self._answered.append(revision)

    def has_answered(self, revision: int) -> bool:
        """Tell whether everyone here was told of ``revision`` by its word, id and all."""
        return revision in self._answered

    async def look_at_state(self) -> None:
        """Read the live state and tell what is new."""
        try:
            new = await caretaker.live_state(self.code, known=self.state)
        except RoomOver:
            self.card_look.poke()
            return
        old = self.state
        if new.revision < old.revision:
            # A word was quicker, and has asked for another look.
            return
        self._authority_revision = new.revision
        authority_changed = (new.host, new.cohosts) != (old.host, old.cohosts)
        if new.revision == old.revision and not authority_changed:
            return
        self.state = new
        if new.revision > old.revision:
            self.tell(state_message(new), newest_only=True)
        if new.host != old.host:
            self.tell(protocol.HostChanged(host=new.host))
            # The new host may be away, or the old one have been missed.
            self.presence_look.poke()
        if authority_changed:
            self._tell_members()
            self.tell_controllers(protocol.WaitingChanged(waiting=list(self.card.waiting)))

    async def look_at_card(self) -> None:
        """Read the card and tell what is new; close whom it shuts out."""
        try:
            new = await caretaker.card_of(self.code)
            if new.version < self.card.version or self._is_card_stale:
                # Redis has lost the newer one, or a deadline; the database has not.
                new = await caretaker.refresh_card(self.code)
        except NoSuchRoom:
            new = self.card.model_copy(update={"status": Status.DELETED})
        if (self.card.status, new.status) == (Status.GRACE, Status.LIVE):
            # Whether the host came back or another took his place is in the live state.
            await self.look_at_state()
        old, self.card = self.card, new
        if new.status.over:
            self._close_all("deleted" if new.status is Status.DELETED else "expired")
            return
        self._show_out()
        self._tell_host_presence(old, new)
        host = self.state.host
        quiet = {"status": new.status.value, "grace_ends_at": new.grace_ends_at}
        before = room_info(old, host=host).model_copy(update=quiet)
        after = room_info(new, host=host)
        if before != after or (old.status, new.status) == (Status.CREATED, Status.LIVE):
            self.tell(protocol.RoomChanged(room=after))
        if old.waiting != new.waiting:
            self.tell_controllers(protocol.WaitingChanged(waiting=list(new.waiting)))
        if old.muted != new.muted:
            self._tell_members()

    async def look_at_chat(self) -> None:
        """Read the messages since the last one told and tell them in order."""
        for message in await self.chat.news():
            self.tell(message)

    async def look_at_presence(self) -> None:
        """Read who is present and tell the difference."""
        if not await self._read_presence():
            return
        self._tell_members()
        if not self._status_fits():
            await caretaker.settle(self.code)

    async def _read_presence(self) -> bool:
        return await self.attendance.read(always=(self.state.host, *self.state.cohosts))

    def _status_fits(self) -> bool:
        """Tell whether the room's status fits who is present, as far as we know."""
        host_present = self.attendance.is_present(self.state.host)
        if self.card.status is Status.GRACE:
            return not host_present and self.card.grace_ends_at is not None
        return self.card.status is Status.LIVE and host_present

    def _tell_members(self) -> None:
        news = self.attendance.news(state=self.state, card=self.card)
        if news is not None:
            self.tell(news)

    def _tell_host_presence(self, old: RoomCard, new: RoomCard) -> None:
        if new.status is Status.GRACE and new.grace_ends_at not in (None, old.grace_ends_at):
            self._expected_host = self.state.host
            self.tell(protocol.HostDisconnected(grace_ends_at=new.grace_ends_at))
        elif (old.status, new.status) == (Status.GRACE, Status.LIVE) and (
            self.state.host == self._expected_host
        ):
            self.tell(protocol.HostReconnected())

    def _show_out(self) -> None:
        for seat in self.seats:
            if seat.person in self.card.banned:
                self._close(seat, "banned", CloseCode.FORBIDDEN)
            elif self._is_expelled(seat):
                self._close(seat, "kicked", CloseCode.KICKED)

    def _close_all(self, reason: str) -> None:
        for seat in self.seats:
            self._close(seat, reason, CloseCode.ROOM_OVER)

    @staticmethod
    def _close(seat: Seat, reason: str, code: CloseCode) -> None:
        closed = protocol.RoomClosed.model_validate({"reason": reason})
        seat.outbox.send(Frame(codec.encode(closed)))
        seat.outbox.close(code, reason)

    # --- once a second ----------------------------------------------------------------

    def compare(self, revisions: Revisions) -> None:
        """Look again at whatever has moved on without us hearing of it."""
        if revisions.state.get(self.code) != self._authority_revision:
            self.state_look.poke()
        has_moved = revisions.presence.get(self.code, 0) != self.attendance.revision
        if has_moved or not self._status_fits():
            self.presence_look.poke()
        self._is_card_stale = self.code in revisions.endless
        if revisions.card.get(self.code, 0) != self.card.version or self._is_card_stale:
            self.card_look.poke()
        if revisions.chat.get(self.code, "0") != self.chat.last_id:
            self.chat_look.poke()

    def lead_ms(self) -> float:
        """Return how far ahead a start must lie for the people of this room."""
        trips = [p.rtt_ms for p in self.attendance.snapshot.people if p.rtt_ms is not None]
        some = self.seats.some(LEAD_SAMPLE)
        trips += [seat.status.rtt_ms for seat in some if seat.status.rtt_ms is not None]
        return roster.start_lead_ms(trips)
