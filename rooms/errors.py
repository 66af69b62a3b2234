"""What can go wrong with a room.

NotFound:  NoSuchRoom, NoSuchMember, NoSuchItem, NoSuchMessage
Conflict:  RoomOver, RoomFull, NotPossible, DuplicateMessage, QueueFull, OrderedByVotes,
           TooManyKept, NotOnTheHost
Forbidden: NeedsPassword, Banned, Rejected, HostOnly, ControllersOnly, MembersOnly, NotPresent,
           Muted, ChatClosed, AccountNeeded
RateLimited: SlowMode, TooManySockets
"""

from core import durations
from core.close_codes import CloseCode
from core.errors import Conflict, Forbidden, NotFound, RateLimited


class NoSuchRoom(NotFound):
    code = "no_such_room"
    message = "There is no room with this code."


class NoSuchMember(NotFound):
    code = "no_such_member"
    message = "This person is not a member of the room."


class NoSuchItem(NotFound):
    code = "no_such_item"
    message = "This is no longer in the queue."


class NoSuchMessage(NotFound):
    message = "This message is no longer in the chat."


class QueueFull(Conflict):
    code = "queue_full"
    message = "The queue holds at most 200 items."


class TooManyOfYours(QueueFull):
    message = "You have 20 items waiting, as many as one person may have."


class OrderedByVotes(Conflict):
    code = "ordered_by_votes"
    message = "The queue is ordered by votes, so its items cannot be moved."


class TooManyKept(Conflict):
    code = "too_many_kept"
    message = "You keep 20 rooms, as many as one person may. Let one go first."


class AccountNeeded(Forbidden):
    message = "Create an account to keep a room: a guest is known in one browser only."


class RoomOver(Conflict):
    code = "room_over"
    close_code = CloseCode.ROOM_OVER
    message = "This room is over."


class RoomFull(Conflict):
    code = "room_full"
    # Someone took the place of a member who was away for a moment. Joining over REST says so, and
    # lets them in when there is room again.
    close_code = CloseCode.NOT_AUTHENTICATED
    message = "This room is full."


class TooManyWait(RoomFull):
    message = "Too many people wait to be let into this room."


class NotPossible(Conflict):
    code = "not_possible"
    message = "This cannot be done with this person just now."


class NotOnTheHost(Conflict):
    code = "not_on_the_host"
    message = "The host cannot be muted, removed or banned. Hand the room over first."


class NeedsPassword(Forbidden):
    code = "wrong_password"
    message = "This room needs its password."


class Banned(Forbidden):
    code = "banned"
    message = "The host has banned you from this room."


class Rejected(Forbidden):
    code = "rejected"
    message = "The host did not let you in."


class HostOnly(Forbidden):
    message = "Only the host can do this."


class ControllersOnly(Forbidden):
    message = "Only the host and co-hosts can do this."


class MembersOnly(Forbidden):
    code = "members_only"
    message = "Join the room first."


class NotPresent(Forbidden):
    code = "not_present"
    message = "Open the room first: only those who are in it can do this."


class Muted(Forbidden):
    code = socket_code = "muted"
    message = "The host has muted you."


class ChatClosed(Forbidden):
    code = socket_code = "chat_closed"
    message = "The host has closed the chat."


class DuplicateMessage(Conflict):
    code = socket_code = "duplicate"
    message = "You have just said that."


class SlowMode(RateLimited):
    def __init__(self, seconds: int) -> None:
        """Say after how many ``seconds`` the next line can be sent."""
        message = f"Slow mode is on: you can write again in {durations.readable(seconds)}."
        super().__init__(message, retry_after_s=seconds)


class TooManySockets(RateLimited):
    code = "too_many_sockets"
    retriable = False
    message = "You have this room open too often. Close some of its windows first."
