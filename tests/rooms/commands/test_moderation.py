"""Who may do what to whom, and what follows for them."""

import contextlib
import uuid

import pytest

from accounts.models import User
from playback.clock import RoomClock, room_clock
from rooms.commands import moderation
from rooms.commands.moderation import ModerationAction
from rooms.entry import admission
from rooms.errors import (
    Banned,
    ControllersOnly,
    HostOnly,
    NoSuchMember,
    NotOnTheHost,
    NotPossible,
)
from rooms.lifecycle import Deadline
from rooms.models import MembershipStatus, Room
from rooms.stores import deadlines
from rooms.tickets import BadTicket
from rooms.upkeep import transitions
from tests.rooms.made import HostedRoom, a_person, id_of, pass_time

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


@pytest.mark.parametrize("act", ModerationAction)
async def test_only_the_host_and_for_some_of_it_cohosts_may_act(act: ModerationAction) -> None:
    hosted = await HostedRoom.build()
    ben, cem, dua = [await hosted.let_in(name) for name in ("Ben", "Cem", "Dua")]
    await hosted.act(ModerationAction.COHOST, ben, by=hosted.host)
    before = await hosted.standing(cem)
    with pytest.raises((HostOnly, ControllersOnly)):
        await hosted.act(act, cem, by=dua)
    with pytest.raises((HostOnly, ControllersOnly)):
        await hosted.act(act, cem, by=await a_person("Stranger"))
    if act in (
        ModerationAction.BAN,
        ModerationAction.UNBAN,
        ModerationAction.COHOST,
        ModerationAction.UNCOHOST,
    ):
        with pytest.raises(HostOnly):
            await hosted.act(act, cem, by=ben)
        assert await hosted.standing(cem) is before


# What each act makes of each standing; None: it is refused.
A, P, R, K, B = (
    MembershipStatus.APPROVED,
    MembershipStatus.PENDING,
    MembershipStatus.REJECTED,
    MembershipStatus.KICKED,
    MembershipStatus.BANNED,
)
OUTCOMES: dict[ModerationAction, dict[MembershipStatus, MembershipStatus | None]] = {
    ModerationAction.APPROVE: {A: A, P: A, R: A, K: None, B: None},
    ModerationAction.REJECT: {A: None, P: R, R: R, K: None, B: None},
    ModerationAction.MUTE: {A: A, P: None, R: None, K: None, B: None},
    ModerationAction.UNMUTE: {A: A, P: None, R: None, K: None, B: None},
    ModerationAction.KICK: {A: K, P: None, R: None, K: K, B: None},
    ModerationAction.BAN: {A: B, P: B, R: B, K: B, B: B},
    ModerationAction.UNBAN: {A: None, P: None, R: None, K: K, B: K},
    ModerationAction.COHOST: {A: A, P: None, R: None, K: None, B: None},
    ModerationAction.UNCOHOST: {A: A, P: None, R: None, K: None, B: None},
}


@pytest.mark.parametrize("act", ModerationAction)
async def test_an_act_fits_some_standings_and_is_refused_for_others(act: ModerationAction) -> None:
    hosted = await HostedRoom.build()
    for standing, outcome in OUTCOMES[act].items():
        person = await a_person("Someone")
        await hosted.record(person, standing)
        if outcome is None:
            with pytest.raises(NotPossible):
                await hosted.act(act, person, by=hosted.host)
            assert await hosted.standing(person) is standing
        else:
            await hosted.act(act, person, by=hosted.host)
            assert await hosted.standing(person) is outcome
    assert len((await hosted.state()).cohosts) == (act is ModerationAction.COHOST)


@pytest.mark.parametrize("act", ModerationAction)
async def test_nothing_can_be_done_to_who_never_asked(act: ModerationAction) -> None:
    hosted, other = await HostedRoom.build(), await HostedRoom.build()
    elsewhere = await other.let_in("Ben")
    with pytest.raises(NoSuchMember):
        await hosted.act(act, elsewhere, by=hosted.host)
    with pytest.raises(NoSuchMember):
        await moderation.act(hosted.code, act, by=id_of(hosted.host), member="no uuid")
    assert await hosted.standing(elsewhere) is None


@pytest.mark.parametrize("act", ModerationAction)
async def test_the_host_cannot_be_harmed_by_anyone_not_even_himself(act: ModerationAction) -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await hosted.act(ModerationAction.COHOST, ben, by=hosted.host)
    for by in (hosted.host, ben):
        with contextlib.suppress(NotOnTheHost, HostOnly):
            await hosted.act(act, hosted.host, by=by)
    assert await hosted.standing(hosted.host) is MembershipStatus.APPROVED
    snapshot = await hosted.snapshot()
    assert (snapshot.muted, snapshot.banned, snapshot.expelled) == (frozenset(), frozenset(), {})


@pytest.mark.parametrize("act", [ModerationAction.KICK, ModerationAction.BAN])
async def test_who_is_put_out_just_before_the_room_is_handed_to_them_stays_out(
    act: ModerationAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    hand_over = transitions.make_host

    async def put_out_first(code: str, member: str, *, by: str | None = None) -> None:
        await hosted.act(act, ben, by=hosted.host)
        await hand_over(code, member, by=by)

    monkeypatch.setattr(transitions, "make_host", put_out_first)
    with pytest.raises(NoSuchMember):
        await hosted.transfer(ben, by=hosted.host)
    assert await hosted.standing(ben) is OUTCOMES[act][A]
    assert (await hosted.state()).host == id_of(hosted.host)
    assert (await hosted.row()).host_id == hosted.host.user_id


@pytest.mark.parametrize("act", [ModerationAction.KICK, ModerationAction.BAN])
async def test_who_has_just_become_host_is_not_put_out_by_who_was_host(
    act: ModerationAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")

    async def after_a_hand_over() -> RoomClock:
        await hosted.transfer(ben, by=hosted.host)
        return await room_clock()

    # Asked for between the check of rights and the change.
    monkeypatch.setattr(moderation, "room_clock", after_a_hand_over)
    with pytest.raises(NotOnTheHost):
        await hosted.act(act, ben, by=hosted.host)
    assert await hosted.standing(ben) is MembershipStatus.APPROVED
    assert (await hosted.state()).host == id_of(ben)
    assert (await hosted.row()).host_id == ben.user_id
    snapshot = await hosted.snapshot()
    assert (snapshot.banned, snapshot.expelled) == (frozenset(), {})


@pytest.mark.parametrize(
    "spelling", [str.upper, lambda text: f"{{{text}}}", lambda text: text.replace("-", "")]
)
async def test_an_id_spelt_otherwise_is_still_the_same_person(spelling: object) -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await hosted.act(ModerationAction.COHOST, ben, by=hosted.host)
    assert callable(spelling)
    with pytest.raises(NotOnTheHost):
        await moderation.act(
            hosted.code, ModerationAction.KICK, by=id_of(ben), member=spelling(id_of(hosted.host))
        )
    await moderation.transfer(hosted.code, by=id_of(hosted.host), member=spelling(id_of(ben)))
    state = await hosted.state()
    assert (state.host, state.cohosts) == (id_of(ben), ())


@pytest.mark.parametrize(
    "act", [ModerationAction.MUTE, ModerationAction.KICK, ModerationAction.REJECT]
)
async def test_cohosts_do_nothing_to_each_other(act: ModerationAction) -> None:
    hosted = await HostedRoom.build()
    ben, cem = await hosted.let_in("Ben"), await hosted.let_in("Cem")
    for person in (ben, cem):
        await hosted.act(ModerationAction.COHOST, person, by=hosted.host)
    for member in (ben, cem):
        with pytest.raises(HostOnly):
            await hosted.act(act, member, by=ben)


@pytest.mark.parametrize("act", [ModerationAction.KICK, ModerationAction.BAN])
async def test_who_is_put_out_is_no_cohost_any_more(act: ModerationAction) -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await hosted.act(ModerationAction.COHOST, ben, by=hosted.host)
    await hosted.act(act, ben, by=hosted.host)
    assert (await hosted.state()).cohosts == ()


async def test_a_kick_voids_the_tickets_from_before_and_no_later_one() -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    # The room's time is Redis's, whatever this machine's own clock says.
    await pass_time(seconds=-3 * 3600)
    before = await hosted.join(ben)
    await hosted.act(ModerationAction.KICK, ben, by=hosted.host)
    after = await hosted.join(ben)
    assert before is not None
    assert after is not None
    with pytest.raises(BadTicket):
        await admission.open_socket(hosted.code, before, connection="c1")
    await admission.open_socket(hosted.code, after, connection="c1")


async def test_a_kick_voids_tickets_though_this_machines_clock_is_behind() -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await pass_time(seconds=3 * 3600)
    before = await hosted.join(ben)
    await hosted.act(ModerationAction.KICK, ben, by=hosted.host)
    assert before is not None
    with pytest.raises(BadTicket):
        await admission.open_socket(hosted.code, before, connection="c1")


async def test_a_ban_holds_until_it_is_lifted() -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    ticket = await hosted.join(ben)
    await hosted.act(ModerationAction.BAN, ben, by=hosted.host)
    assert ticket is not None
    with pytest.raises(Banned):
        await admission.open_socket(hosted.code, ticket, connection="c1")
    with pytest.raises(Banned):
        await hosted.join(ben)
    await hosted.act(ModerationAction.UNBAN, ben, by=hosted.host)
    assert await hosted.join(ben)


@pytest.mark.parametrize("standing", [None, P, R, K, B])
async def test_a_room_is_handed_over_only_to_who_has_been_let_in(
    standing: MembershipStatus | None,
) -> None:
    hosted = await HostedRoom.build()
    person = await a_person("Ben")
    if standing:
        await hosted.record(person, standing)
    with pytest.raises(NoSuchMember):
        await hosted.transfer(person, by=hosted.host)
    with pytest.raises(NoSuchMember):
        await moderation.transfer(hosted.code, by=id_of(hosted.host), member=str(uuid.uuid4()))
    assert (await hosted.state()).host == id_of(hosted.host)


async def test_the_heir_is_host_in_the_live_state_and_durably() -> None:
    hosted = await HostedRoom.build()
    ben = await hosted.let_in("Ben")
    await hosted.act(ModerationAction.MUTE, ben, by=hosted.host)
    with pytest.raises(HostOnly):
        await hosted.transfer(ben, by=ben)
    await hosted.transfer(ben, by=hosted.host)
    assert (await hosted.state()).host == id_of(ben)
    assert (await hosted.row()).host_id == ben.user_id
    assert id_of(ben) not in (await hosted.snapshot()).muted
    with pytest.raises(HostOnly):
        await hosted.transfer(hosted.host, by=hosted.host)


async def test_handing_over_to_himself_changes_nothing() -> None:
    hosted = await HostedRoom.build()
    before = await hosted.state()
    await hosted.transfer(hosted.host, by=hosted.host)
    assert await hosted.state() == before


@pytest.mark.parametrize(
    ("has_account", "keeps", "kept"), [(True, 19, True), (True, 20, False), (False, 0, False)]
)
async def test_a_kept_room_stays_kept_only_by_who_may_keep_it(
    has_account: bool, keeps: int, kept: bool
) -> None:
    hosted = await HostedRoom.build()
    await Room.objects.filter(code=hosted.code).aupdate(kept=True)
    heir = await hosted.let_in("Ben")
    if has_account:
        account = {"is_guest": False, "email": "ben@example.org"}
        await User.objects.filter(pk=heir.user_id).aupdate(**account)
    rooms = [Room(host_id=heir.user_id, capacity=10, kept=True) for _ in range(keeps)]
    await Room.objects.abulk_create(rooms)
    await hosted.transfer(heir, by=hosted.host)
    assert (await hosted.row()).kept is kept
    assert (await hosted.snapshot()).kept is kept
    if not kept:
        # Nobody is there, so it ends some time.
        assert Deadline.IDLE in await deadlines.running(hosted.code)
