"""Changes of both stores that are cut short: what is left of them is made whole."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import OperationalError

from accounts.models import User
from core import live as live_state
from playback.clock import room_clock
from playback.sources import registry
from playback.sources.base import PlaybackSource, SourceKey
from rooms import services
from rooms import state as live_states
from rooms.commands import moderation, playback
from rooms.commands.moderation import ModerationAction
from rooms.entry import waiting_list
from rooms.lifecycle import Deadline, Status
from rooms.models import Membership, MembershipStatus
from rooms.stores import (
    deadlines,
    live_state_rows,
    membership_rows,
    pending_changes,
    snapshots,
)
from rooms.upkeep import reconcile, renaming, transitions
from tests.rooms.made import FILM, HostedRoom, a_person, id_of, pass_time

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

LONG_MS = 60_000.0


class Killed(BaseException):
    """What stands for kill -9: nobody catches it, and nothing is done after it."""


def film() -> PlaybackSource:
    return registry.resolve("https://youtu.be/dQw4w9WgXcQ").source


async def killed_at(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, change: Callable[[], Any]
) -> None:
    """Begin ``change``, and be killed when it comes to ``where.name``."""

    def die(*_args: object, **_options: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(where, name, die)
        with pytest.raises(Killed):
            await change()


async def let_time_pass() -> None:
    """Let the time pass after which somebody looks."""
    await reconcile.sweep(now_ms=(await room_clock()).now_ms() + LONG_MS)


async def pending() -> int:
    async with live_state.reaching_redis("test") as redis:
        return int(await redis.zcard(pending_changes.PENDING_CHANGES))


async def test_a_change_carried_to_its_end_is_not_pending_any_more() -> None:
    hosted = await HostedRoom.build()
    ben, cem = await hosted.let_in("Ben"), await hosted.let_in("Cem")
    await hosted.act(ModerationAction.COHOST, ben, by=hosted.host)
    await hosted.act(ModerationAction.BAN, cem, by=hosted.host)
    await playback.choose_source(hosted.code, film(), by=id_of(hosted.host))
    await services.change_room(hosted.code, hosted.host, {"name": "Another"})
    await hosted.transfer(ben, by=hosted.host)
    assert await pending() == 0
    await services.delete_room(hosted.code, ben)
    assert await pending() == 0


async def test_a_host_that_only_the_live_state_knows_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await killed_at(
        monkeypatch, live_state_rows, "set_host", lambda: hosted.transfer(ben, by=hosted.host)
    )
    assert (await hosted.state()).host == id_of(ben)
    assert (await hosted.row()).host_id == hosted.host.user_id
    await let_time_pass()
    assert (await hosted.row()).host_id == ben.user_id
    assert (await hosted.state()).host == id_of(ben)
    assert await pending() == 0


async def test_who_got_the_room_halfway_is_not_muted_in_it_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await hosted.act(ModerationAction.MUTE, ben, by=hosted.host)
    await killed_at(monkeypatch, snapshots, "refresh", lambda: hosted.transfer(ben, by=hosted.host))
    assert (await hosted.state()).host == id_of(ben)
    assert (await hosted.snapshot()).muted == {id_of(ben)}
    await let_time_pass()
    assert (await hosted.snapshot()).muted == frozenset()
    assert await pending() == 0


async def test_a_host_whose_new_name_is_told_halfway_is_called_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    await hosted.snapshot()
    await User.objects.filter(pk=hosted.host.user_id).aupdate(display_name="Anabel")
    await killed_at(
        monkeypatch,
        snapshots,
        "refresh",
        lambda: renaming.rename(hosted.host.user_id, "Anabel"),
    )
    await let_time_pass()
    assert (await hosted.snapshot()).called == {id_of(hosted.host): "Anabel"}
    assert await pending() == 0


async def test_who_was_taken_off_the_waiting_list_halfway_is_not_shown_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build(entry="approval")
    cem = await a_person("Cem")
    assert await hosted.join(cem) is None
    await pass_time(seconds=waiting_list.PATIENCE.total_seconds() + 1)
    now_ms = (await room_clock()).now_ms()
    await killed_at(
        monkeypatch,
        snapshots,
        "refresh",
        lambda: transitions.sweep(now_ms=now_ms, may_expire_leases=False),
    )
    assert [one.id for one in (await hosted.snapshot()).waiting] == [id_of(cem)]
    assert await hosted.standing(cem) is None
    await let_time_pass()
    assert (await hosted.snapshot()).waiting == ()
    assert await pending() == 0


async def test_a_source_that_only_the_live_state_knows_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    chosen = film()
    await killed_at(
        monkeypatch,
        live_state_rows,
        "set_source",
        lambda: playback.choose_source(hosted.code, chosen, by=id_of(hosted.host)),
    )
    assert (await hosted.row()).source_key == SourceKey.of(FILM)
    await let_time_pass()
    key = (await hosted.row()).source_key
    assert key is not None
    assert key.external_id == chosen.external_id
    assert (await hosted.state()).source == chosen


async def test_a_cohost_that_only_the_database_knows_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await killed_at(
        monkeypatch,
        moderation,
        "set_cohost",
        lambda: hosted.act(ModerationAction.COHOST, ben, by=hosted.host),
    )
    await let_time_pass()
    assert (await hosted.state()).cohosts == ()
    assert not await Membership.objects.filter(room__code=hosted.code, cohost=True).aexists()


async def test_who_was_banned_halfway_controls_nothing_and_is_in_the_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    ben, cem = await hosted.let_in("Ben"), await hosted.let_in("Cem")
    for person in (ben, cem):
        await hosted.act(ModerationAction.COHOST, person, by=hosted.host)
    await killed_at(
        monkeypatch,
        moderation,
        "set_cohost",
        lambda: hosted.act(ModerationAction.BAN, ben, by=hosted.host),
    )
    assert id_of(ben) in (await hosted.state()).cohosts
    assert (await hosted.snapshot()).banned == frozenset()
    await let_time_pass()
    assert (await hosted.state()).cohosts == (id_of(cem),)
    assert (await hosted.snapshot()).banned == {id_of(ben)}
    assert await hosted.standing(ben) is MembershipStatus.BANNED
    kept = Membership.objects.filter(room__code=hosted.code, cohost=True)
    assert [row.user_id async for row in kept] == [cem.user_id]


async def test_a_room_deleted_halfway_is_gone_for_its_sockets_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    await killed_at(
        monkeypatch,
        transitions,
        "announce_snapshot",
        lambda: services.delete_room(hosted.code, hosted.host),
    )
    await let_time_pass()
    snapshot = await snapshots.load(hosted.code)
    assert snapshot is not None
    assert snapshot.status is Status.DELETED
    async with live_state.reaching_redis("test") as redis:
        assert not await redis.exists(f"room:{{{hosted.code}}}:live")
    assert await pending() == 0


async def test_a_change_over_rest_that_nobody_was_told_of_reaches_the_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    await hosted.snapshot()
    await killed_at(
        monkeypatch,
        transitions,
        "announce_snapshot",
        lambda: services.change_room(hosted.code, hosted.host, {"name": "Another"}),
    )
    assert (await hosted.snapshot()).name == "Film night"
    await let_time_pass()
    assert (await hosted.snapshot()).name == "Another"


async def test_the_host_hears_of_one_who_asked_when_redis_began_to_refuse_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build(entry="approval")
    ben = await a_person("Ben")
    await hosted.snapshot()
    admit = membership_rows.admit

    def admit_and_run_out_of_memory(*arguments: Any, **facts: Any) -> None:
        admit(*arguments, **facts)
        limit_memory("1")

    with monkeypatch.context() as patched:
        patched.setattr(membership_rows, "admit", admit_and_run_out_of_memory)
        try:
            with pytest.raises(live_state.LiveStateUnavailable):
                await hosted.join(ben)
        finally:
            limit_memory("0")
    assert await hosted.standing(ben) is MembershipStatus.PENDING
    assert await hosted.join(ben) is None, "Ben waits, and asks for the answer"
    assert (await hosted.snapshot()).waiting == ()
    await let_time_pass()
    assert [one.id for one in (await hosted.snapshot()).waiting] == [id_of(ben)]
    assert Deadline.WAITING in await deadlines.running(hosted.code), "until he stops asking"
    assert await pending() == 0


def limit_memory(bytes_: str) -> None:
    """Let Redis refuse what needs memory, really; "0" ends that."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.config_set("maxmemory", bytes_)


async def test_a_film_whose_adapter_is_missing_is_not_forgotten(settings: object) -> None:
    hosted = await HostedRoom.build()
    await playback.choose_source(hosted.code, film(), by=id_of(hosted.host))
    async with live_state.reaching_redis("test") as redis:
        await redis.delete(f"room:{{{hosted.code}}}:live")
    settings.PLAYBACK_SOURCES = ["playback.sources.vimeo.VimeoSource"]  # type: ignore[attr-defined]
    assert (await live_states.current(hosted.code)).source is None
    await reconcile.reconcile(hosted.code)
    key = (await hosted.row()).source_key
    assert key is not None
    assert key.provider == "youtube"


async def test_a_change_stays_pending_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")

    def away(*_args: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(live_state_rows, "set_host", away)
        with pytest.raises(OperationalError):
            await hosted.transfer(ben, by=hosted.host)
        patched.setattr(snapshots, "make", away)
        await let_time_pass()
    assert await pending() == 1
    now_ms = (await room_clock()).now_ms()
    await reconcile.sweep(now_ms=now_ms + LONG_MS)
    assert await pending() == 1, "it is claimed, and not due yet"
    await reconcile.sweep(now_ms=now_ms + 2 * LONG_MS)
    assert (await hosted.row()).host_id == ben.user_id
    assert await pending() == 0


async def test_what_is_under_way_is_left_alone() -> None:
    hosted = await HostedRoom.build()
    async with pending_changes.under_way(hosted.code):
        await reconcile.sweep(now_ms=(await room_clock()).now_ms())
        assert await pending() == 1
    assert await pending() == 0


async def test_a_room_whose_every_change_fails_is_pending_once_and_reconciled_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosted = await HostedRoom.build()
    for _ in range(5):
        with pytest.raises(RuntimeError):
            async with pending_changes.under_way(hosted.code):
                raise RuntimeError

    def fail(*_args: object) -> None:
        raise RuntimeError

    now_ms = (await room_clock()).now_ms()
    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "make", fail)
        await reconcile.sweep(now_ms=now_ms + LONG_MS)
    assert await pending() == 1
    await reconcile.sweep(now_ms=now_ms + 2 * LONG_MS)
    assert await pending() == 0
