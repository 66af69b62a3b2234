"""Errors a caller may see.

StreamItError
├── Invalid            422  a field is wrong; ``fields`` says which and why
├── NotAuthenticated   401
├── Forbidden          403
├── NotFound           404
├── Conflict           409
├── TooLarge           413
├── RateLimited        429  ``retry_after_s`` says when to try again
└── Unavailable        503  a part we need is away; trying again can help

Packages derive their own errors from these. The one handler in ``config.api`` and the
room consumer turn them into replies; anything else is logged and made generic.
"""

from typing import ClassVar


class StreamItError(Exception):
    """An outcome to be told to the caller; data in attributes, words in ``message``."""

    status: ClassVar[int] = 500
    code: str = "error"
    message: str = "Something went wrong on the server."
    retriable: ClassVar[bool] = False

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        fields: dict[str, str] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.code = code or self.code
        self.fields = fields
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(StreamItError):
    status = 422
    code = "invalid"
    message = "Some of what you sent is not valid."


class NotAuthenticated(StreamItError):
    status = 401
    code = "not_authenticated"
    message = "Sign in, or continue as a guest, first."


class Forbidden(StreamItError):
    status = 403
    code = "forbidden"
    message = "You may not do this."


class NotFound(StreamItError):
    status = 404
    code = "not_found"
    message = "There is nothing here."


class Conflict(StreamItError):
    status = 409
    code = "conflict"
    message = "This cannot be done in the present state."


class TooLarge(StreamItError):
    status = 413
    code = "too_large"
    message = "This is larger than the limit."


class RateLimited(StreamItError):
    status = 429
    code = "rate_limited"
    message = "Too many requests. Wait a little and try again."
    retriable = True


class Unavailable(StreamItError):
    status = 503
    code = "unavailable"
    message = "The live state is unavailable just now. It comes back by itself."
    retriable = True
