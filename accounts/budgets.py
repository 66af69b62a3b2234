"""Rate limits by person, by address and for all guests together.

A limit per person alone does not stop someone who can come back as a new guest.
"""

from dataclasses import dataclass

from accounts import policy
from accounts.principal import Principal
from core import limits
from core.limits import Limit


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits for one kind of action; each limit needs its own name."""

    person: Limit
    address: Limit
    guests: Limit


async def spend(budget: Budget, principal: Principal) -> None:
    """Take a token from each limit that applies to ``principal``, or none; raise RateLimited."""
    turns = [(budget.person, str(principal.user_id))]
    if principal.address and policy.is_free(principal):
        turns.append((budget.address, principal.address))
    if principal.is_guest:
        turns.append((budget.guests, "all"))
    await limits.spend_each(*turns)
