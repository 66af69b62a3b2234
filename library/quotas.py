"""Limits on the space of videos: for a person, for an address, and for all guests together.

A limit per person alone would stop nobody: guests, and people with accounts where sign-up is open,
can come back as someone else. So their address counts too, and for guests the total of all guests.
"""

import functools
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from accounts import policy, services
from accounts.address import mark_of
from accounts.principal import Principal
from core.database import take_turns
from core.errors import TooLarge
from core.sizes import readable
from library.models import Rendition, Subtitle, Upload, Video
from library.storage import registry


class QuotaExceeded(TooLarge):
    """More space is needed than is allowed."""

    code = "quota_exceeded"
    message = "Your videos would need more room than you have."


@dataclass(frozen=True, slots=True)
class _Budget:
    whose: str
    limit_bytes: int
    taken_bytes: int

    @property
    def room_bytes(self) -> int:
        return self.limit_bytes - self.taken_bytes

    def refusal(self, needed_bytes: int) -> QuotaExceeded:
        return QuotaExceeded(
            f"There is no room for {readable(needed_bytes)} more: {self.whose} may have "
            f"{readable(self.limit_bytes)} together, and {readable(self.taken_bytes)} are taken."
        )


def room_for(owner: Principal, *, at_least: int) -> int:
    """Return how many bytes ``owner`` may add. Call it in the transaction that reserves them.

    Other transactions with the same limits wait until it ends, so that two cannot reserve the same
    space. Raises QuotaExceeded if it is less than ``at_least``.
    """
    tightest = min(_budgets(owner), key=lambda budget: budget.room_bytes)
    if tightest.room_bytes < at_least:
        raise tightest.refusal(at_least)
    return tightest.room_bytes


def taken_bytes(owner_id: UUID) -> int:
    """Return the space that a person's videos and uploads take. Links take none."""
    return _taken(owner_id=owner_id)


def _budgets(owner: Principal) -> list[_Budget]:
    services.hold(owner.user_id)
    budgets = [_Budget("your videos", settings.MAX_OWNER_BYTES, taken_bytes(owner.user_id))]
    mark = mark_of(owner.address)
    if mark and policy.is_free(owner):
        take_turns(f"room of address {mark}")
        whose = "all videos that came from your network"
        budgets.append(_Budget(whose, settings.MAX_ADDRESS_BYTES, _taken(address_mark=mark)))
    if owner.is_guest:
        take_turns("room of guests")
        budgets.append(
            _Budget(
                "the videos of all guests", settings.MAX_GUESTS_BYTES, _taken(owner__is_guest=True)
            )
        )
    return budgets


def _taken(**whose: object) -> int:
    """Add up originals, renditions, subtitles, and uploads under way."""
    of_video = {f"video__{field}": value for field, value in whose.items()}
    videos = Video.objects.filter(**whose)
    if links := _link_names():
        videos = videos.exclude(source__storage__in=links)
    return sum(
        rows.aggregate(sum=Sum("size_bytes"))["sum"] or 0
        for rows in (
            videos,
            Rendition.objects.filter(**of_video),
            Subtitle.objects.filter(**of_video),
            Upload.objects.filter(**whose),
        )
    )


@functools.cache
def _link_names() -> list[str]:
    return [name for name in registry.PROVIDERS if registry.provider_class(name).kind == "link"]
