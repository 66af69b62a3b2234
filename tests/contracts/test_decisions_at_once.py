"""Two decisions about one person at the same moment, on PostgreSQL: the first one holds.

SQLite writes one after the other, so only PostgreSQL has decisions that wait for another.
"""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from core.database import in_database
from core.errors import StreamItError
from rooms.errors import Banned, NoSuchMember, NotOnTheHost, NotPossible, Rejected
from rooms.models import Membership, MembershipStatus, Room
from rooms.stores import live_state_rows, membership_rows, room_rows, waiting_rows
from tests.accounts import people
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.engines,
    pytest.mark.usefixtures("each_database"),
    pytest.mark.parametrize("kind_of_database", ["postgresql"], indirect=True),
]

A, P, B = MembershipStatus.APPROVED, MembershipStatus.PENDING, MembershipStatus.BANNED
# Done to the membership of somebody in a room.
Decision = Callable[[Membership], object]


def ban(row: Membership) -> None:
    membership_rows.change_membership(
        row.room.code, row.user_id, of=list(MembershipStatus), admission=B
    )


def approve(row: Membership) -> None:
    membership_rows.change_membership(row.room.code, row.user_id, of=[P], admission=A)


def approve_everyone(row: Membership) -> None:
    waiting_rows.decide(row.room.code, A)


def reject_everyone(row: Membership) -> None:
    waiting_rows.decide(row.room.code, MembershipStatus.REJECTED)


def end_waits(row: Membership) -> None:
    waiting_rows.end_waits(row.room.code, datetime.now(UTC) + timedelta(days=1))


def ask(row: Membership) -> None:
    membership_rows.admit(row.room, row.user_id, P)


def hand_over(row: Membership) -> None:
    live_state_rows.set_host(row.room.code, row.user_id)


@in_database
def another_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("standing", "first", "second", "refusal", "in_the_end"),
    [
        (A, ban, hand_over, NoSuchMember, B),
        (A, hand_over, ban, NotOnTheHost, A),
        (P, ban, approve, NotPossible, B),
        (P, ban, approve_everyone, None, B),
        (P, approve, reject_everyone, None, A),
        (P, approve, end_waits, None, A),
        (P, approve, ask, None, A),
        (P, ban, ask, Banned, B),
        (P, reject_everyone, ask, Rejected, MembershipStatus.REJECTED),
    ],
)
async def test_of_two_decisions_at_once_the_first_holds(
    standing: MembershipStatus,
    first: Decision,
    second: Decision,
    refusal: type[StreamItError] | None,
    in_the_end: MembershipStatus,
) -> None:
    ana, ben = await people.guest(), await people.guest()
    room = Room(name="Film night", host_id=ana.pk, capacity=10)
    await in_database(room_rows.create)(room)
    row = await Membership.objects.acreate(room=room, user_id=ben.pk, admission=standing)
    is_decided, may_end = threading.Event(), threading.Event()

    @in_database
    def decide_slowly() -> None:
        with transaction.atomic():
            try:
                first(row)
            finally:
                is_decided.set()
            may_end.wait()

    slow = asyncio.ensure_future(decide_slowly())
    await asyncio.to_thread(is_decided.wait)
    try:
        other = asyncio.ensure_future(in_database(second)(row))
        await eventually(another_waits)
    finally:
        may_end.set()
    await slow
    [found] = await asyncio.gather(other, return_exceptions=True)
    assert found is None if refusal is None else isinstance(found, refusal)
    await row.arefresh_from_db(fields=["admission"])
    assert row.admission == in_the_end
    await room.arefresh_from_db(fields=["host"])
    assert room.host_id == (ben.pk if first is hand_over else ana.pk)
