"""Who is shut out of a room, and closing their sockets."""

from accounts import grants
from core.close_codes import CloseCode
from rooms import codec
from rooms.errors import Banned, NoSuchRoom, RoomOver
from rooms.lifecycle import Status
from rooms.live.connections import Connection, Connections
from rooms.server_messages import RoomClosed
from rooms.snapshot import RoomSnapshot
from rooms.tickets import BadTicket
from server.wire import Frame


def refuse(snapshot: RoomSnapshot, connection: Connection) -> None:
    """Check again a connection that was let in a moment ago.

    Raises NoSuchRoom, RoomOver, Banned and BadTicket.
    """
    refuse_if_over(snapshot)
    if connection.person in snapshot.banned:
        raise Banned
    if _is_expelled(snapshot, connection) or grants.has_ended(connection.grant):
        raise BadTicket


def refuse_if_over(snapshot: RoomSnapshot) -> None:
    """Raise NoSuchRoom or RoomOver if the room has ended."""
    if snapshot.status is Status.DELETED:
        raise NoSuchRoom
    if snapshot.status.over:
        raise RoomOver


def show_out(snapshot: RoomSnapshot, connections: Connections) -> None:
    """Close the sockets of people who were banned or kicked."""
    for connection in connections:
        if connection.person in snapshot.banned:
            _close(connection, "banned", CloseCode.FORBIDDEN)
        elif _is_expelled(snapshot, connection):
            _close(connection, "kicked", CloseCode.KICKED)


def close_ended(connections: Connections) -> None:
    """Close the sockets whose session, key or account has ended."""
    for connection in connections:
        if grants.has_ended(connection.grant):
            connection.send_queue.close(CloseCode.NOT_AUTHENTICATED, "signed out")


def close_all(snapshot: RoomSnapshot, connections: Connections) -> None:
    """Close every socket of a room that is over."""
    reason = "deleted" if snapshot.status is Status.DELETED else "expired"
    for connection in connections:
        _close(connection, reason, CloseCode.ROOM_OVER)


def _is_expelled(snapshot: RoomSnapshot, connection: Connection) -> bool:
    return snapshot.expelled.get(connection.person, 0) >= connection.admitted_at_s


def _close(connection: Connection, reason: str, code: CloseCode) -> None:
    closed = RoomClosed.model_validate({"reason": reason})
    connection.send_queue.send(Frame(codec.encode(closed)))
    connection.send_queue.close(code, reason)
