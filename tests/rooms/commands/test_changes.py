"""How often one person may change a room: over REST and the socket together."""

import json
from typing import Any

import pytest

from core.errors import RateLimited
from rooms import codec
from rooms.commands import changes, dispatch
from tests.rooms.evenings import Evening
from tests.rooms.made import id_of
from tests.rooms.visits import Place
from tests.support.limits import use_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

FILM = {"provider": "youtube", "media_type": "movie", "external_id": "dQw4w9WgXcQ"}


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

    async def change(_number: int) -> RateLimited | None:
        try:
            await evening.say("ana", type_, **fields)
        except RateLimited as refusal:
            return refusal
        return None

    refused = await use_up(changes.CHANGES, change)
    assert refused.retry_after_s is not None
    # The film can still be moved.
    assert (await evening.say("ana", "PLAY", position=3))["position"] == 3


async def test_who_may_not_choose_the_source_is_still_not_answered(
    place: Place, settings: Any
) -> None:
    evening = await Evening.of(place, "ben")
    settings.RATE_LIMITS = True
    before = await place.hosted.state()
    for _ in range(changes.CHANGES.burst + 1):
        for asked in ({"type": "SOURCE", "source": FILM}, {"type": "NEXT"}):
            message = codec.decode(json.dumps(asked))
            assert await dispatch.answer(evening.visits["ben"].sender, message) is None
    assert await place.hosted.state() == before
