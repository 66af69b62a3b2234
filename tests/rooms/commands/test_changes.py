"""How often one person may change a room: over REST and the socket together."""

import json
from dataclasses import replace
from typing import Any

import pytest

from core import limits
from core.errors import RateLimited
from rooms import codec
from rooms.commands import dispatch
from rooms.commands.changes import CHANGES
from tests.rooms.evenings import Evening
from tests.rooms.made import id_of
from tests.rooms.visits import Place
from tests.support.limits import use_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

FILM = {"provider": "youtube", "media_type": "movie", "external_id": "dQw4w9WgXcQ"}


async def have_changed_enough(evening: Evening, name: str) -> None:
    """Have someone make as many changes as they may, over REST."""

    async def change(_number: int) -> RateLimited | None:
        try:
            await limits.spend(CHANGES, id_of(evening.people[name]))
        except RateLimited as refusal:
            return refusal
        return None

    await use_up(CHANGES, change)


@pytest.mark.parametrize(
    ("type_", "fields"),
    [("MUTE", {}), ("COHOST", {}), ("SOURCE", {"source": FILM}), ("NEXT", {})],
)
async def test_what_is_stored_is_changed_by_one_member_only_so_often(
    place: Place, settings: Any, type_: str, fields: dict[str, object]
) -> None:
    evening = await Evening.of(place, "ben")
    if type_ in ("MUTE", "COHOST"):
        fields = {"member": id_of(evening.people["ben"])}
    settings.RATE_LIMITS = True
    await have_changed_enough(evening, "ana")

    async def change(_number: int) -> RateLimited | None:
        try:
            await evening.say("ana", type_, **fields)
        except RateLimited as refusal:
            return refusal
        return None

    # Besides what they may do again by now.
    refused = await use_up(replace(CHANGES, burst=0), change)
    assert refused.retry_after_s is not None
    # The film can still be moved.
    assert (await evening.say("ana", "PLAY", position=3))["position"] == 3


@pytest.mark.parametrize("asked", [{"type": "SOURCE", "source": FILM}, {"type": "NEXT"}])
async def test_who_may_not_control_is_not_answered_however_often_they_have_changed_something(
    place: Place, settings: Any, asked: dict[str, object]
) -> None:
    evening = await Evening.of(place, "ben")
    settings.RATE_LIMITS = True
    await have_changed_enough(evening, "ben")
    message = codec.decode(json.dumps(asked))
    assert await dispatch.answer(evening.visits["ben"].sender, message) is None
