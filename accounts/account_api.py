"""People's own account over REST: ``/api/v1/auth``."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.contrib import auth
from ninja import Router, Schema, Status
from pydantic import Field

from accounts import deletion, guessing, renaming, services, sessions, sign_ins
from accounts.api import Me, Password, UserOut
from accounts.authentication import SignedInRequest, required
from accounts.models import User
from accounts.principal import refuse_keys
from core import recheck
from core.database import in_database, unless_full
from core.http import Body, errors
from core.limits import Limit, spend
from core.text import DisplayName

router = Router(tags=["accounts"])

RENAMINGS = Limit("rename", burst=10, per_minute=10)


class NameIn(Body):
    display_name: DisplayName


class LeaveIn(Body):
    password: Annotated[Password | None, Field(description="Of an account; a guest has none.")] = (
        None
    )


class SignInOut(Schema):
    """A browser in which you are signed in."""

    id: UUID
    agent: Annotated[str, Field(description="What the browser says of itself, cut.")]
    address: Annotated[str, Field(description="Where it was seen last.")]
    created_at: datetime
    last_used_at: Annotated[datetime, Field(description="Within ten minutes.")]
    current: Annotated[bool, Field(description="Whether it is the one that asks.")]


class SignInList(Schema):
    sessions: list[SignInOut]


@router.get("/me", auth=required, response={200: Me, **errors(401)})
async def me(request: SignedInRequest) -> Me:
    """Return who is signed in."""
    return Me(user=UserOut.from_orm(await _myself(request)))


@in_database
def _myself(request: SignedInRequest) -> User:
    user = User.objects.get(pk=request.auth.user_id)
    if request.auth.via == "session":
        with unless_full():
            sign_ins.see(request, user, request.auth.grant.source)
            sessions.renew(request.session)
    return user


@router.patch("/me", auth=required, response={200: Me, **errors(401, 403, 413, 422, 429)})
async def rename(request: SignedInRequest, body: NameIn) -> Me:
    """Change your name. Rooms that you are in show it at once."""
    await spend(RENAMINGS, str(request.auth.user_id))
    user = await renaming.rename(request.auth.user_id, body.display_name)
    return Me(user=UserOut.from_orm(user))


@router.get("/sessions", auth=required, response={200: SignInList, **errors(401)})
async def list_sessions(request: SignedInRequest) -> SignInList:
    """List the browsers in which you are signed in."""
    found = await in_database(sign_ins.of)(request.auth)
    return SignInList(
        sessions=[
            SignInOut(
                id=row.pk,
                agent=row.agent,
                address=row.address,
                created_at=row.created_at,
                last_used_at=row.last_used_at,
                current=row.source == request.auth.grant.source,
            )
            for row in found
        ]
    )


@router.delete(
    "/sessions/{session_id}", auth=required, response={204: None, **errors(401, 403, 404)}
)
async def end_session(request: SignedInRequest, session_id: UUID) -> Status[None]:
    """Sign a browser out and close everything that it has open."""
    refuse_keys(request.auth, "sign a browser out")
    await in_database(sign_ins.end)(owner=request.auth, sign_in_id=session_id)
    await recheck.trigger()
    return Status(204, None)


@router.post(
    "/delete-account",
    auth=required,
    response={204: None, **errors(401, 403, 413, 422, 429)},
)
async def delete_account(request: SignedInRequest, body: LeaveIn) -> Status[None]:
    """Delete your account with everything it owns: videos, rooms, keys.

    When this returns, nobody is signed in to it any more. Bytes in a storage that is away are
    removed when it is back.
    """
    refuse_keys(request.auth, "delete the account")
    async with guessing.counted_present(request.auth.user_id):
        await services.check_password_of(request.auth.user_id, body.password)
    await deletion.delete_on_request(request.auth.user_id)
    await in_database(auth.logout)(request)
    return Status(204, None)
