"""Errors that callers may see.

StreamItError
├── BadRequest          400  the request cannot be understood
│   ├── MethodNotAllowed 405
│   └── WrongType        415
├── NotAuthenticated    401
├── Forbidden           403
├── NotFound            404
├── Conflict            409
├── TooLarge            413
├── Invalid             422  a field is wrong; ``fields`` says which and why
├── RateLimited         429  ``retry_after_s`` says when to try again
├── Internal            500
└── Unavailable         503  a part of the server is away; trying again can help
    └── InsufficientStorage 507  the disk is full; reading still works
        └── NobodyNew           and new people cannot be let in

Packages derive their own errors from these and change only what differs. A class with its own code
is a line of the catalogue (``core.error_catalogue``, ``docs/errors.md``). The handler in
``config.api`` and the room consumer turn errors into replies; any other exception is logged and
becomes a generic error.
"""

from typing import ClassVar

from core.close_codes import CloseCode


class StreamItError(Exception):
    """An error for the caller: data in attributes, text in ``message``."""

    code: ClassVar[str]
    status: ClassVar[int]
    # The close code of a room socket that cannot be opened because of this error.
    close_code: ClassVar[CloseCode]
    # The code in ERROR on an open socket: ``rooms.protocol.ErrorCode``.
    socket_code: ClassVar[str]
    # Whether the same request may succeed later.
    retriable: ClassVar[bool] = False
    message: str

    def __init__(
        self,
        message: str | None = None,
        *,
        fields: dict[str, str] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.fields = fields
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class BadRequest(StreamItError):
    code = "bad_request"
    status = 400
    close_code = CloseCode.MALFORMED
    socket_code = "invalid"
    message = "This request cannot be understood."


class MethodNotAllowed(BadRequest):
    code = "method_not_allowed"
    status = 405
    message = "This address does not know this method."


class WrongType(BadRequest):
    code = "wrong_type"
    status = 415
    message = "Send the body as application/json."


class NotAuthenticated(StreamItError):
    code = "not_authenticated"
    status = 401
    close_code = CloseCode.NOT_AUTHENTICATED
    socket_code = "forbidden"
    message = "Sign in, or continue as a guest, first."


class Forbidden(StreamItError):
    code = "forbidden"
    status = 403
    close_code = CloseCode.FORBIDDEN
    socket_code = "forbidden"
    message = "You may not do this."


class NotFound(StreamItError):
    code = "not_found"
    status = 404
    close_code = CloseCode.NO_SUCH_ROOM
    socket_code = "not_found"
    message = "There is nothing here."


class Conflict(StreamItError):
    code = "conflict"
    status = 409
    close_code = CloseCode.FORBIDDEN
    socket_code = "invalid"
    message = "This cannot be done in the present state."


class TooLarge(StreamItError):
    code = "too_large"
    status = 413
    close_code = CloseCode.TOO_LARGE
    socket_code = "invalid"
    message = "This is larger than the limit."


class Invalid(StreamItError):
    code = "invalid"
    status = 422
    close_code = CloseCode.MALFORMED
    socket_code = "invalid"
    message = "Some of what you sent is not valid."


class RateLimited(StreamItError):
    code = "rate_limited"
    status = 429
    close_code = CloseCode.FLOODING
    socket_code = "rate_limited"
    retriable = True
    message = "Too many requests. Wait a little and try again."


class Internal(StreamItError):
    code = "internal"
    status = 500
    close_code = CloseCode.UNAVAILABLE
    socket_code = "internal"
    retriable = True
    message = "Something went wrong on the server."


class Unavailable(StreamItError):
    code = "unavailable"
    status = 503
    close_code = CloseCode.UNAVAILABLE
    socket_code = "unavailable"
    retriable = True
    message = "A part of the server is unavailable just now. Try again in a moment."


class InsufficientStorage(Unavailable):
    code = "insufficient_storage"
    status = 507
    message = "The server's disk is full, so this cannot be stored just now. Try again later."


class NobodyNew(InsufficientStorage):
    """A new person would have to be stored."""

    message = (
        "The server's disk is full, so nobody new can come in just now."
        " Whoever is in a room already can go on watching. Try again later."
    )
