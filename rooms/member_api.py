"""The people of a room over REST: ``/api/v1/rooms/{code}/members``."""

from itertools import islice
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts.authentication import SignedInRequest, required
from core.folding import words
from core.http import Body, errors
from core.limits import spend
from presence import store as presence
from rooms import state as live_states
from rooms.commands import moderation
from rooms.commands.changes import CHANGES
from rooms.commands.moderation import ModerationAction
from rooms.entry import admission
from rooms.models import MembershipStatus
from rooms.names import Names
from rooms.protocol import Role
from rooms.schemas import Code
from rooms.server_messages import Waiting
from rooms.snapshot import role_of
from rooms.stores.waiting_rows import MOST_WAITING

router = Router(tags=["rooms"])


class MemberOut(Schema):
    id: UUID
    name: str
    role: Role
    muted: bool
    online: bool


class MembersOut(Schema):
    members: list[MemberOut]
    waiting: list[Waiting] = Field(description="Who asks to be let in; for host and co-hosts.")
    banned: list[Waiting] = Field(description="For host and co-hosts.")


class MembersQuery(Schema):
    q: str = Field(
        "",
        max_length=100,
        description="Of the members only those whose name has its words, whatever their case "
        "and accents.",
    )
    online: bool = Field(False, description="Of the members only those who are in the room.")
    limit: int | None = Field(None, ge=1, description="So many members at most.")


class TransferIn(Body):
    user_id: UUID


class WaitingIn(Body):
    members: list[UUID] = Field(
        max_length=MOST_WAITING,
        description="Whom it is about: those who were seen to wait. Without it, all who wait.",
    )


@router.get(
    "/{code}/members", auth=required, response={200: MembersOut, **errors(401, 403, 404, 409, 422)}
)
async def list_members(
    request: SignedInRequest, code: Code, query: Query[MembersQuery]
) -> MembersOut:
    """List the members; host and co-hosts also see who waits and who is banned."""
    await admission.refuse_strangers(code, request.auth)
    state = await live_states.current(code)
    rows = await moderation.people(code)
    online = await presence.present(code)
    moderators = {state.host, *state.cohosts}
    called = {str(row.user_id): row.user.display_name for row in rows}
    names = Names.of({id_: name for id_, name in called.items() if id_ in moderators})
    may_decide = state.may_moderate(str(request.auth.user_id))

    def named(wanted: MembershipStatus) -> list[Waiting]:
        found = [row for row in rows if row.admission == wanted] if may_decide else []
        return [
            Waiting(id=str(row.user_id), name=names.shown(str(row.user_id), row.user.display_name))
            for row in found
        ]

    wanted = words(query.q)
    members = (
        MemberOut(
            id=row.user_id,
            name=names.shown(str(row.user_id), row.user.display_name),
            role=role_of(str(row.user_id), state),
            muted=row.muted,
            online=str(row.user_id) in online,
        )
        for row in rows
        if row.admission == MembershipStatus.APPROVED
        and (not query.online or str(row.user_id) in online)
        and all(word in row.user.name_folded for word in wanted)
    )
    return MembersOut(
        members=list(islice(members, query.limit)),
        waiting=named(MembershipStatus.PENDING),
        banned=named(MembershipStatus.BANNED),
    )


@router.post(
    "/{code}/members/{user_id}/{act}",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 422, 429)},
)
async def moderate(
    request: SignedInRequest, code: Code, user_id: UUID, act: ModerationAction
) -> Status[None]:
    """Decide about a member. For the host; some of it for co-hosts."""
    await spend(CHANGES, str(request.auth.user_id))
    await admission.refuse_strangers(code, request.auth)
    await moderation.act(code, act, by=str(request.auth.user_id), member=str(user_id))
    return Status(204, None)


@router.post(
    "/{code}/waiting",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def admit_everyone(
    request: SignedInRequest, code: Code, body: WaitingIn | None = None
) -> Status[None]:
    """Let in everyone who waits, or some of them. For host and co-hosts."""
    await spend(CHANGES, str(request.auth.user_id))
    await admission.refuse_strangers(code, request.auth)
    only = body.members if body else None
    await moderation.admit_everyone(code, by=str(request.auth.user_id), only=only)
    return Status(204, None)


@router.delete(
    "/{code}/waiting",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def refuse_everyone(
    request: SignedInRequest, code: Code, body: WaitingIn | None = None
) -> Status[None]:
    """Reject everyone who waits, or some of them. For host and co-hosts."""
    await spend(CHANGES, str(request.auth.user_id))
    await admission.refuse_strangers(code, request.auth)
    only = body.members if body else None
    await moderation.reject_everyone(code, by=str(request.auth.user_id), only=only)
    return Status(204, None)


@router.post(
    "/{code}/transfer",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def transfer(request: SignedInRequest, code: Code, body: TransferIn) -> Status[None]:
    """Hand the room over to a member. For the host.

    A kept room is no longer kept if the new host may not keep it.
    """
    await spend(CHANGES, str(request.auth.user_id))
    await admission.refuse_strangers(code, request.auth)
    await moderation.transfer(code, by=str(request.auth.user_id), member=str(body.user_id))
    return Status(204, None)
