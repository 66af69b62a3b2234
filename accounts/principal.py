"""The sender of a request, however they signed in."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.errors import Forbidden

Way = Literal["session", "bearer", "api_key"]


@dataclass(frozen=True, slots=True)
class Grant:
    """The names of an account's epoch and of a session or key, on which tokens depend."""

    account: str = ""
    source: str = ""


# For things that depend on nothing that could end.
UNBOUND = Grant()


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated person or program; ``via`` says how they signed in."""

    user_id: UUID
    display_name: str
    is_guest: bool
    via: Way
    # Everything that is issued to them depends on this.
    grant: Grant = UNBOUND
    # The subject of limits by address (``accounts.address``); "" if unknown.
    address: str = ""
    is_staff: bool = False


def refuse_keys(by: Principal, what: str) -> None:
    """Raise Forbidden if ``by`` uses an API key; ``what`` is the action in words: "make another".

    After a stolen key is revoked, nothing that was done with it may remain.
    """
    if by.via == "api_key":
        raise Forbidden(f"An API key cannot {what}. Sign in to do it.")
