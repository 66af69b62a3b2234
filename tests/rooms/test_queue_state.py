"""What a queue outlives: killed processes, and a Redis that has lost it. Real stores, no server."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async

from core import live as live_state
from library.models import Source, Video
from library.withdrawals import Reason, Withdrawal
from playback.clock import room_clock
from playback.rules import SERVER, Context, Verdict
from playback.sources import registry
from playback.sources.base import PlaybackSource, Work
from playback.state import LiveState
from rooms import queue as rules
from rooms import queue_state
from rooms import state as live_states
from rooms.commands import playback
from rooms.commands import queue as commands
from rooms.models import QueuedWork
from rooms.protocol import QueueAdding
from rooms.stores import pending_changes
from rooms.stores import queues as store
from rooms.upkeep import next_item, reconcile, transitions, unloading
from tests.library.rows import put_bytes
from tests.rooms.made import HostedRoom, id_of
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

LINKS = ("dQw4w9WgXcQ", "aqz-KE-bpKQ", "jNQXAC9IVRw")
LONG_MS = 60_000.0


class Killed(BaseException):
    """What stands for kill -9: nobody catches it, and nothing is done after it."""


def film(number: int) -> PlaybackSource:
    return registry.resolve(f"https://youtu.be/{LINKS[number]}").source


def die(*_args: object, **_options: object) -> None:
    raise Killed


async def add(hosted: HostedRoom, work: Work) -> None:
    await commands.add(hosted.code, work, by=id_of(hosted.host), name="Ana")


async def works(code: str) -> list[str]:
    return [entry.source.external_id for entry in (await queue_state.current(code)).entries]


async def kept(code: str) -> list[str]:
    rows = QueuedWork.objects.filter(room__code=code).order_by("number")
    return [row.external_id async for row in rows]


async def is_kept(code: str, *wanted: str) -> None:
    async def so() -> bool:
        return await kept(code) == list(wanted) and await pending() == 0

    await eventually(so)


async def pending() -> int:
    async with live_state.reaching_redis("test") as redis:
        return int(await redis.zcard(pending_changes.PENDING_CHANGES))


@pytest_asyncio.fixture
async def hosted() -> AsyncIterator[HostedRoom]:
    """A room with two films in its queue."""
    hosted = await HostedRoom.build()
    for number in (0, 1):
        await add(hosted, film(number))
    yield hosted
    await live_state.close()


async def test_the_database_keeps_which_works_wait_and_redis_gets_them_back(
    hosted: HostedRoom,
) -> None:
    await queue_state.change(hosted.code, lambda q: rules.set_up(q, adding=QueueAdding.EVERYONE))
    await is_kept(hosted.code, *LINKS[:2])
    before = await queue_state.current(hosted.code)
    async with live_state.reaching_redis("test") as redis:
        await redis.flushall()
    again = await queue_state.current(hosted.code)
    assert await works(hosted.code) == list(LINKS[:2])
    assert [entry.id for entry in again.entries] == [entry.id for entry in before.entries]
    assert (again.adding, again.entries[0].added_by_name) == (QueueAdding.EVERYONE, "Ana")
    assert again.version > before.version


async def test_what_was_told_here_stays_true_when_redis_goes_back(hosted: HostedRoom) -> None:
    heard: list[rules.Queue] = []
    await queue_state.watch(hosted.code, heard.append)
    older = await store.load(hosted.code)
    await add(hosted, film(2))
    newest = await store.load(hosted.code)
    assert older
    assert newest
    assert await store.swap(hosted.code, newest, older.model_copy(update={"version": 1}))
    assert await works(hosted.code) == list(LINKS)
    assert heard[-1].version > newest.version
    queue_state.unwatch(hosted.code, heard.append)


async def test_a_change_is_kept_though_the_process_was_killed_before_it_wrote(
    hosted: HostedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await is_kept(hosted.code, *LINKS[:2])
    with monkeypatch.context() as patched:
        patched.setattr(queue_state, "_keep_soon", die)
        with pytest.raises(Killed):
            await add(hosted, film(2))
    assert await kept(hosted.code) == list(LINKS[:2])
    await reconcile.sweep(now_ms=(await room_clock()).now_ms() + LONG_MS)
    await is_kept(hosted.code, *LINKS)


async def test_an_item_is_played_once_though_the_process_was_killed_before_it_left_the_queue(
    hosted: HostedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = id_of(hosted.host)
    with monkeypatch.context() as patched:
        patched.setattr(rules, "drop", die)
        with pytest.raises(Killed):
            await next_item.play_next(hosted.code, Context(host))
    state = await live_states.current(hosted.code)
    assert (state.source, await works(hosted.code)) == (film(0), list(LINKS[:2]))
    # Nobody is to be told of it again: the next one who looks takes it out.
    await next_item.advance_if_over(hosted.code, hold=None)
    assert await works(hosted.code) == [LINKS[1]]
    change = await next_item.play_next(hosted.code, Context(host))
    assert change.outcome.state.source == film(1)


async def test_of_two_who_go_on_from_one_film_one_does(hosted: HostedRoom) -> None:
    state = await live_states.current(hosted.code)
    first = await next_item.play_next(hosted.code, SERVER, after=state.revision)
    second = await next_item.play_next(hosted.code, SERVER, after=state.revision)
    assert (first.outcome.verdict, second.outcome.verdict) == (
        Verdict.APPLIED,
        Verdict.UNCHANGED,
    )
    assert await works(hosted.code) == [LINKS[1]]


@pytest.mark.parametrize("of", [None, "the first"])
async def test_of_two_who_say_next_at_once_nobody_starts_the_film_again_or_skips_another(
    hosted: HostedRoom, monkeypatch: pytest.MonkeyPatch, of: str | None
) -> None:
    host, item = id_of(hosted.host), (await queue_state.current(hosted.code)).entries[0].id
    problem_of, first = next_item._problem_of, []

    async def while_another_goes_on(code: str, entry: rules.Entry) -> str | None:
        monkeypatch.undo()
        first.append(await next_item.play_next(code, Context(host, "first"), item=of and item))
        return await problem_of(code, entry)

    monkeypatch.setattr(next_item, "_problem_of", while_another_goes_on)
    second = await next_item.play_next(hosted.code, Context(host, "second"), item=of and item)
    begun, now = first[0].outcome.state, second.outcome.state
    assert (now.source, now.source_revision) == (film(0), begun.source_revision)
    assert (now.at, now.revision) == (begun.at, begun.revision + 1)
    assert await works(hosted.code) == [LINKS[1]]


@pytest.mark.parametrize("of", [None, "the first", "one that has gone"])
async def test_who_goes_on_from_a_film_that_is_past_takes_nothing_out_and_is_not_refused(
    hosted: HostedRoom, of: str | None
) -> None:
    video, host = await add_video(hosted), id_of(hosted.host)
    items = [entry.id for entry in (await queue_state.current(hosted.code)).entries]
    await queue_state.change(hosted.code, partial(rules.move, item=items[2], before=items[0]))
    await Video.objects.filter(pk=video.pk).aupdate(status=Video.Status.FAILED)
    seen = (await live_states.current(hosted.code)).revision
    await playback.set_source(hosted.code, film(2), Context(host))
    before = await queue_state.current(hosted.code)
    item = {"the first": items[2], "one that has gone": "x"}.get(of or "")
    for id_ in (None, "late"):
        change = await next_item.play_next(hosted.code, Context(host, id_), item=item, after=seen)
        assert change.outcome.state.source == film(2)
    assert await queue_state.current(hosted.code) == before


async def test_who_asks_for_the_next_film_while_another_begins_takes_out_none_of_what_follows(
    hosted: HostedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await commands.clear(hosted.code, by=id_of(hosted.host))
    await add(hosted, film(0))
    video, host = await add_video(hosted), id_of(hosted.host)
    await Video.objects.filter(pk=video.pk).aupdate(status=Video.Status.FAILED)
    seen, read = (await live_states.current(hosted.code)).revision, next_item._without_what_plays

    async def late(code: str, state: LiveState) -> rules.Queue:
        monkeypatch.undo()
        await next_item.play_next(code, Context(host), after=seen)
        return await read(code, state)

    monkeypatch.setattr(next_item, "_without_what_plays", late)
    change = await next_item.play_next(hosted.code, Context(host), after=seen)
    assert change.outcome.state.source == film(0)
    assert await works(hosted.code) == [str(video.pk)]


async def test_a_film_that_is_not_over_any_more_gives_way_to_nothing(hosted: HostedRoom) -> None:
    video = await add_video(hosted)
    items = [entry.id for entry in (await queue_state.current(hosted.code)).entries]
    await queue_state.change(hosted.code, partial(rules.move, item=items[2], before=items[0]))
    await Video.objects.filter(pk=video.pk).aupdate(status=Video.Status.FAILED)
    await next_item.play_next(hosted.code, SERVER, at_end=True)
    assert await works(hosted.code) == [str(video.pk), *LINKS[:2]]


async def test_a_room_that_is_over_leaves_no_queue(hosted: HostedRoom) -> None:
    await is_kept(hosted.code, *LINKS[:2])
    await transitions.forget(hosted.code)
    assert (await store.load(hosted.code), await kept(hosted.code)) == (None, [])


async def add_video(hosted: HostedRoom) -> Video:
    video = await sync_to_async(Video.objects.create)(
        owner_id=hosted.host.user_id, title="Mine", size_bytes=1, status=Video.Status.COMPLETED
    )
    await add(hosted, registry.resolve(f"http://localhost/videos/{video.pk}").source)
    return video


async def test_what_cannot_be_played_when_its_turn_comes_is_skipped_with_a_notice(
    hosted: HostedRoom,
) -> None:
    video = await add_video(hosted)
    await add(hosted, film(2))
    others = (await queue_state.current(hosted.code)).entries
    first = partial(rules.move, item=others[2].id, before=others[0].id)
    await queue_state.change(hosted.code, first)
    await Video.objects.filter(pk=video.pk).aupdate(status=Video.Status.FAILED)
    change = await next_item.play_next(hosted.code, Context(id_of(hosted.host)))
    # The first of the others that can be played, in its place.
    assert change.outcome.state.source == film(0)
    queue = await queue_state.current(hosted.code)
    assert await works(hosted.code) == [LINKS[1], LINKS[2]]
    assert [(s.title, bool(s.why)) for s in queue.skipped] == [("Mine", True)]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("taken_back", "Its owner no longer shares it."),
        ("deleted", "Its owner has deleted it."),
    ],
)
async def test_a_video_that_its_owner_wants_back_leaves_every_queue(
    hosted: HostedRoom, reason: Reason, why: str
) -> None:
    video = await add_video(hosted)
    await is_kept(hosted.code, *LINKS[:2], str(video.pk))
    await unloading.unload(Withdrawal.of(video, reason))
    queue = await queue_state.current(hosted.code)
    assert await works(hosted.code) == list(LINKS[:2])
    assert [(skipped.title, skipped.why) for skipped in queue.skipped] == [("Mine", why)]


@pytest.mark.parametrize("reason", ["taken_back", "deleted"])
@pytest.mark.parametrize("wakes_at", ["the beginning", "a queue", "a room"])
async def test_who_tells_late_that_a_video_is_gone_takes_no_newer_one_with_its_id_away(
    hosted: HostedRoom, monkeypatch: pytest.MonkeyPatch, reason: Reason, wakes_at: str
) -> None:
    await queue_state.change(hosted.code, rules.clear)
    video = await add_video(hosted)
    work = (await queue_state.current(hosted.code)).entries[0].source
    await playback.set_source(hosted.code, work, Context(id_of(hosted.host)))
    await is_kept(hosted.code, str(video.pk))
    asked, is_outdated = [], Withdrawal.is_outdated

    async def stands_still() -> None:
        """Meanwhile the video is deleted, and uploaded again with the same Idempotency-Key."""
        await Video.objects.filter(pk=video.pk).adelete()
        await queue_state.change(hosted.code, rules.clear)
        facts = {"title": "Mine", "size_bytes": 1, "status": Video.Status.COMPLETED}
        await Video.objects.acreate(pk=video.pk, owner_id=hosted.host.user_id, **facts)
        await add(hosted, work)
        await playback.set_source(hosted.code, work, Context(id_of(hosted.host)))

    async def answered_late(withdrawal: Withdrawal) -> bool:
        asked.append(await is_outdated(withdrawal))
        if len(asked) == (1 if wakes_at == "a queue" else 2):
            await stands_still()
        return asked[-1]

    withdrawal = Withdrawal.of(video, reason)
    if wakes_at == "the beginning":
        await stands_still()
    else:
        monkeypatch.setattr(Withdrawal, "is_outdated", answered_late)
    await unloading.unload(withdrawal)
    state = await live_states.current(hosted.code)
    assert state.source is not None
    assert state.source.external_id == str(video.pk)
    assert await works(hosted.code) == [str(video.pk)]
    # Only the earlier one, which waited there, has been taken out.
    skipped = (await queue_state.current(hosted.code)).skipped
    assert len(skipped) == (wakes_at == "a room")


@pytest.mark.parametrize("reason", ["taken_back", "deleted"])
async def test_a_room_that_goes_on_just_when_a_video_is_taken_back_does_not_play_it(
    hosted: HostedRoom, reason: Reason
) -> None:
    await queue_state.change(hosted.code, rules.clear)
    video = await add_video(hosted)
    video.mime_type = "video/mp4"
    await video.asave()
    put_bytes(await Source.objects.acreate(video=video, storage="local", key="film", etag="1"))
    work = (await queue_state.current(hosted.code)).entries[0].source
    played = []
    for ahead in range(24):
        if ahead:
            await add(hosted, work)
        # Each time the one is a little further when the other begins.
        by_host = Context(id_of(hosted.host))
        go_on = later(ahead % 2 * ahead, next_item.play_next(hosted.code, by_host))
        take_back = later((ahead + 1) % 2 * ahead, unloading.unload(Withdrawal.of(video, reason)))
        await asyncio.gather(go_on, take_back)
        state = await live_states.current(hosted.code)
        assert state.source is None or state.source.provider != "library", ahead
        assert await works(hosted.code) == []
        played.append(state.unloaded == reason)
    # In some of them it had begun.
    assert any(played)


async def later(turns: int, work: Coroutine[Any, Any, Any]) -> None:
    """Do ``work`` some turns of the loop later."""
    for _ in range(turns):
        await asyncio.sleep(0)
    await work


async def test_of_a_crowd_of_changes_at_once_none_is_lost_and_each_is_tried_once(
    hosted: HostedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, swapped, swap = (await queue_state.current(hosted.code)).version, 0, store.swap

    async def counted(code: str, old: rules.Queue | None, new: rules.Queue) -> bool:
        nonlocal swapped
        swapped += 1
        return await swap(code, old, new)

    monkeypatch.setattr(store, "swap", counted)
    await asyncio.gather(
        *(
            queue_state.change(hosted.code, partial(rules.count_skip_votes, votes=n, of=1))
            for n in range(1, 201)
        )
    )
    queue = await queue_state.current(hosted.code)
    assert (queue.version, queue.skip_votes) == (before + 200, 200)
    assert swapped == 200
