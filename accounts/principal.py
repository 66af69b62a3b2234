"""Who is asking: one answer for every way in."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from accounts.grants import UNBOUND, Grant

Way = Literal["session", "bearer", "api_key"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or program that proved who he is; ``via`` says how."""

    user_id: UUID
    display_name: str
    is_guest: bool
    via: Way
    # What all that they get hangs on.
    grant: Grant = UNBOUND
