"""Who may do what to whom, and what follows for them."""

import contextlib
import uuid

import pytest

from rooms.commands import moderation
from rooms.commands.moderation import ModerationAction, NotOnTheHost
from rooms.entry import admission
from rooms.errors import Banned, ControllersOnly, HostOnly, NoSuchMember, NotPossible
from rooms.models import MembershipStatus
from rooms.tickets import BadTicket
from tests.rooms.made import House, a_person, id_of, pass_time

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


@pytest.mark.parametrize("act", ModerationAction)
async def test_only_the_host_and_for_some_of_it_cohosts_may_act(act: ModerationAction) -> None:
    house = await House.build()
    ben, cem, dua = [await house.let_in(name) for name in ("Ben", "Cem", "Dua")]
    await house.act(ModerationAction.COHOST, ben, by=house.host)
    before = await house.standing(cem)
    with pytest.raises((HostOnly, ControllersOnly)):
        await house.act(act, cem, by=dua)
    with pytest.raises((HostOnly, ControllersOnly)):
        await house.act(act, cem, by=await a_person("Stranger"))
    if act in (
        ModerationAction.BAN,
        ModerationAction.UNBAN,
        ModerationAction.COHOST,
        ModerationAction.UNCOHOST,
    ):
        with pytest.raises(HostOnly):
            await house.act(act, cem, by=ben)
        assert await house.standing(cem) is before


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
    house = await House.build()
    for standing, outcome in OUTCOMES[act].items():
        person = await a_person("Someone")
        await house.record(person, standing)
        if outcome is None:
            with pytest.raises(NotPossible):
                await house.act(act, person, by=house.host)
            assert await house.standing(person) is standing
        else:
            await house.act(act, person, by=house.host)
            assert await house.standing(person) is outcome
    assert len((await house.state()).cohosts) == (act is ModerationAction.COHOST)


@pytest.mark.parametrize("act", ModerationAction)
async def test_nothing_can_be_done_to_who_never_asked(act: ModerationAction) -> None:
    house, other = await House.build(), await House.build()
    elsewhere = await other.let_in("Ben")
    with pytest.raises(NoSuchMember):
        await house.act(act, elsewhere, by=house.host)
    with pytest.raises(NoSuchMember):
        await moderation.act(house.code, act, by=id_of(house.host), member="no uuid")
    assert await house.standing(elsewhere) is None


@pytest.mark.parametrize("act", ModerationAction)
async def test_the_host_cannot_be_harmed_by_anyone_not_even_himself(act: ModerationAction) -> None:
    house = await House.build()
    ben = await house.let_in("Ben")
    await house.act(ModerationAction.COHOST, ben, by=house.host)
    for by in (house.host, ben):
        with contextlib.suppress(NotOnTheHost, HostOnly):
            await house.act(act, house.host, by=by)
    assert await house.standing(house.host) is MembershipStatus.APPROVED
    snapshot = await house.snapshot()
    assert (snapshot.muted, snapshot.banned, snapshot.expelled) == (frozenset(), frozenset(), {})


@pytest.mark.parametrize(
    "spelling", [str.upper, lambda text: f"{{{text}}}", lambda text: text.replace("-", "")]
)
async def test_an_id_spelt_otherwise_is_still_the_same_person(spelling: object) -> None:
    house = await House.build()
    ben = await house.let_in("Ben")
    await house.act(ModerationAction.COHOST, ben, by=house.host)
    assert callable(spelling)
    with pytest.raises(NotOnTheHost):
        await moderation.act(
            house.code, ModerationAction.KICK, by=id_of(ben), member=spelling(id_of(house.host))
        )
    await moderation.transfer(house.code, by=id_of(house.host), member=spelling(id_of(ben)))
    state = await house.state()
    assert (state.host, state.cohosts) == (id_of(ben), ())


@pytest.mark.parametrize(
    "act", [ModerationAction.MUTE, ModerationAction.KICK, ModerationAction.REJECT]
)
async def test_cohosts_do_nothing_to_each_other(act: ModerationAction) -> None:
    house = await House.build()
    ben, cem = await house.let_in("Ben"), await house.let_in("Cem")
    for person in (ben, cem):
        await house.act(ModerationAction.COHOST, person, by=house.host)
    for member in (ben, cem):
        with pytest.raises(HostOnly):
            await house.act(act, member, by=ben)


@pytest.mark.parametrize("act", [ModerationAction.KICK, ModerationAction.BAN])
async def test_who_is_put_out_is_no_cohost_any_more(act: ModerationAction) -> None:
    house = await House.build()
    ben = await house.let_in("Ben")
    await house.act(ModerationAction.COHOST, ben, by=house.host)
    await house.act(act, ben, by=house.host)
    assert (await house.state()).cohosts == ()


async def test_a_kick_voids_the_tickets_from_before_and_no_later_one() -> None:
    house = await House.build()
    ben = await house.let_in("Ben")
    # The room's time is Redis's, whatever this machine's own clock says.
    await pass_time(seconds=-3 * 3600)
    before = await house.join(ben)
    await house.act(ModerationAction.KICK, ben, by=house.host)
    after = await house.join(ben)
    assert before is not None
    assert after is not None
    with pytest.raises(BadTicket):
        await admission.open_socket(house.code, before, connection="c1")
    await admission.open_socket(house.code, after, connection="c1")


async def test_a_kick_voids_tickets_though_this_machines_clock_is_behind() -> None:
    house = await House.build()
    ben = await house.let_in("Ben")
    await pass_time(seconds=3 * 3600)
    before = await house.join(ben)
    await house.act(ModerationAction.KICK, ben, by=house.host)
    assert before is not None
    with pytest.raises(BadTicket):
        await admission.open_socket(house.code, before, connection="c1")


async def test_a_ban_holds_until_it_is_lifted() -> None:
    house = await House.build()
    ben = await house.let_in("Ben")
    ticket = await house.join(ben)
    await house.act(ModerationAction.BAN, ben, by=house.host)
    assert ticket is not None
    with pytest.raises(Banned):
        await admission.open_socket(house.code, ticket, connection="c1")
    with pytest.raises(Banned):
        await house.join(ben)
    await house.act(ModerationAction.UNBAN, ben, by=house.host)
    assert await house.join(ben)


@pytest.mark.parametrize("standing", [None, P, R, K, B])
async def test_a_room_is_handed_over_only_to_who_has_been_let_in(
    standing: MembershipStatus | None,
) -> None:
    house = await House.build()
    person = await a_person("Ben")
    if standing:
        await house.record(person, standing)
    with pytest.raises(NoSuchMember):
        await house.transfer(person, by=house.host)
    with pytest.raises(NoSuchMember):
        await moderation.transfer(house.code, by=id_of(house.host), member=str(uuid.uuid4()))
    assert (await house.state()).host == id_of(house.host)


async def test_the_heir_is_host_in_the_live_state_and_durably() -> None:
    house = await House.build()
    ben = await house.let_in("Ben")
    await house.act(ModerationAction.MUTE, ben, by=house.host)
    with pytest.raises(HostOnly):
        await house.transfer(ben, by=ben)
    await house.transfer(ben, by=house.host)
    assert (await house.state()).host == id_of(ben)
    assert (await house.row()).host_id == ben.user_id
    assert id_of(ben) not in (await house.snapshot()).muted
    with pytest.raises(HostOnly):
        await house.transfer(house.host, by=house.host)


async def test_handing_over_to_himself_changes_nothing() -> None:
    house = await House.build()
    before = await house.state()
    await house.transfer(house.host, by=house.host)
    assert await house.state() == before
