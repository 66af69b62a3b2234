"""How a socket that is not let in is closed, by the error that refused it."""

import pytest

from core.close_codes import RECONNECTS, CloseCode
from core.errors import StreamItError
from core.live import LiveStateUnavailable
from rooms import errors
from rooms.tickets import BadTicket


@pytest.mark.parametrize(
    ("error", "close_code"),
    [
        (BadTicket, CloseCode.NOT_AUTHENTICATED),
        (errors.Banned, CloseCode.FORBIDDEN),
        (errors.Rejected, CloseCode.FORBIDDEN),
        (errors.RoomFull, CloseCode.NOT_AUTHENTICATED),
        (errors.NoSuchRoom, CloseCode.NO_SUCH_ROOM),
        (errors.RoomOver, CloseCode.ROOM_OVER),
        (errors.TooManySockets, CloseCode.FLOODING),
        (LiveStateUnavailable, CloseCode.UNAVAILABLE),
    ],
)
def test_an_error_closes_a_socket_with_its_own_code(
    error: type[StreamItError], close_code: CloseCode
) -> None:
    assert error.close_code is close_code


@pytest.mark.parametrize("error", [errors.TooManySockets, LiveStateUnavailable])
def test_a_client_comes_back_only_where_trying_again_can_help(error: type[StreamItError]) -> None:
    assert error.retriable == (error.close_code in RECONNECTS)
