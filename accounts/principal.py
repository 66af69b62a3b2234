"""Who is asking, however they signed in."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.errors import Forbidden

Way = Literal["session", "bearer", "api_key"]


@dataclass(frozen=True, slots=True)
class Grant:
    """The names of an account in its present epoch and of a session or key."""

    account: str = ""
    source: str = ""


# Of what hangs on nothing that could end.
UNBOUND = Grant()


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or program that proved who they are; ``via`` says how."""

    user_id: UUID
    display_name: str
    is_guest: bool
    via: Way
    # What all that they get hangs on.
    grant: Grant = UNBOUND
    # Whom a limit for addresses counts (``accounts.address``); "" where it is not known.
    address: str = ""
    is_staff: bool = False


def refuse_keys(by: Principal, what: str) -> None:
    """Raise Forbidden for a program, which ``what`` names in words: "make another".

    Of what somebody does with a stolen key nothing may be left once it is revoked.
    """
    if by.via == "api_key":
        raise Forbidden(f"An API key cannot {what}. Sign in to do it.")
