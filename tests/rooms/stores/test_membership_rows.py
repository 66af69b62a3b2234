"""What the database says of those who come to rooms."""

from uuid import UUID

import pytest
from asgiref.sync import sync_to_async

from rooms.lifecycle import Status
from rooms.models import Membership, MembershipStatus, Room
from rooms.stores import membership_rows
from tests.rooms.made import HostedRoom, a_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


async def test_a_crowd_of_several_rooms_is_told_each_their_own_room_and_membership() -> None:
    one, other, deleted = [await HostedRoom.build() for _ in range(3)]
    ann, ben = await a_person("Ann"), await a_person("Ben")
    for hosted, person, status in (
        (one, ann, MembershipStatus.APPROVED),
        (other, ben, MembershipStatus.BANNED),
        (deleted, ann, MembershipStatus.APPROVED),
    ):
        room = await Room.objects.aget(code=hosted.code)
        await Membership.objects.acreate(room=room, user_id=person.user_id, admission=status)
    await Room.objects.filter(code=deleted.code).aupdate(status=Status.DELETED)

    codes = [one.code, other.code, deleted.code, "nowhere"]
    asked = [(code, person.user_id) for code in codes for person in (ann, ben)]
    found = await sync_to_async(membership_rows.rooms_and_memberships)(asked)

    def told(code: str, user_id: UUID) -> object:
        room, row = found[code, user_id]
        return room.code, room.host_id, row and row.admission

    ours, theirs = one.host.user_id, other.host.user_id
    assert {pair: told(*pair) for pair in found} == {
        (one.code, ann.user_id): (one.code, ours, MembershipStatus.APPROVED),
        (one.code, ben.user_id): (one.code, ours, None),
        (other.code, ann.user_id): (other.code, theirs, None),
        (other.code, ben.user_id): (other.code, theirs, MembershipStatus.BANNED),
    }
