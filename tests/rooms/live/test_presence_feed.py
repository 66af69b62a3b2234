"""Who is in a room, as one process knows it while Redis has lost and regains them."""

import pytest

from playback.state import LiveState
from presence import store as presence
from presence.store import Lease
from rooms.live import presence_feed
from rooms.live.presence_feed import PresenceFeed
from tests.rooms.made import a_snapshot

pytestmark = pytest.mark.usefixtures("live")

CODE = "bcdfgh2345"
STATE = LiveState(host="ana", at=0.0)
SNAPSHOT = a_snapshot(code=CODE)


async def hold(*people: str) -> None:
    for person in people:
        lease = Lease(CODE, person, "c1", person.title())
        await presence.hold(lease, now_ms=1000.0, lease_ms=60_000.0)


@pytest.fixture
async def feed() -> PresenceFeed:
    """A feed that has told of three people, of whom Redis then loses all."""
    await hold("ana", "ben", "cem")
    feed = PresenceFeed(CODE)
    assert await feed.read(always=())
    assert feed.news(state=STATE, snapshot=SNAPSHOT) is not None
    await presence.forget(CODE)
    return feed


async def test_until_everybody_is_back_nobody_is_told_to_have_left(feed: PresenceFeed) -> None:
    await hold("ana")
    assert not await feed.read(always=())
    # Somebody new makes the number of changes what it was; Ben's server is late.
    await hold("cem", "dua")
    assert not await feed.read(always=())
    await hold("ben")
    assert await feed.read(always=())
    news = feed.news(state=STATE, snapshot=SNAPSHOT)
    assert news is not None
    assert ([each.id for each in news.joined], news.left) == (["dua"], [])


async def test_as_many_changes_as_before_are_not_taken_for_those_before(feed: PresenceFeed) -> None:
    await hold("ana", "cem", "dua")
    assert not await feed.read(always=())


async def test_who_does_not_come_back_in_time_has_left(
    feed: PresenceFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold("ana", "cem")
    assert not await feed.read(always=())
    monkeypatch.setattr(presence_feed, "GATHERING_S", 0.0)
    assert await feed.read(always=())
    news = feed.news(state=STATE, snapshot=SNAPSHOT)
    assert news is not None
    assert news.left == ["ben"]
