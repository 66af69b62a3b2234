"""API keys over REST: ``/api/v1/auth/keys``."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import AfterValidator, Field

from accounts import budgets, keys
from accounts.authentication import SignedInRequest, required
from accounts.models import KEY_NAME_MAX
from core import recheck
from core.database import in_database
from core.http import Body, errors
from core.limits import Limit
from core.text import WITHOUT_HALVES, clean_line, line_schema

router = Router(tags=["accounts"])

CREATIONS = budgets.Budget(
    person=Limit("api-key", burst=10, per_minute=5),
    address=Limit("api-key-address", burst=30, per_minute=0.5),
    guests=Limit("api-key-guests", burst=200, per_minute=2),
)
KeyName = Annotated[
    str,
    WITHOUT_HALVES,
    AfterValidator(lambda v: clean_line(v, at_most=KEY_NAME_MAX)),
    line_schema(KEY_NAME_MAX),
]


class KeyIn(Body):
    name: KeyName


class KeyOut(Schema):
    id: UUID
    name: str
    prefix: Annotated[str, Field(description="How the key begins.")]
    created_at: datetime
    last_used_at: Annotated[datetime | None, Field(description="Within ten minutes.")]


class KeyList(Schema):
    keys: list[KeyOut]


class KeyMade(KeyOut):
    key: Annotated[str, Field(description="The key itself, shown this once.")]


@router.get("", auth=required, response={200: KeyList, **errors(401)})
async def list_keys(request: SignedInRequest) -> KeyList:
    """List your API keys, without the keys themselves."""
    found = await in_database(keys.of)(request.auth)
    return KeyList(keys=[KeyOut.from_orm(key) for key in found])


@router.post("", auth=required, response={201: KeyMade, **errors(401, 403, 409, 422, 429)})
async def create_key(request: SignedInRequest, body: KeyIn) -> Status[KeyMade]:
    """Make an API key for a program. It is shown once and never again."""
    await budgets.spend(CREATIONS, request.auth)
    row, text = await in_database(keys.create)(owner=request.auth, name=body.name)
    return Status(201, KeyMade(**KeyOut.from_orm(row).dict(), key=text))


@router.delete("/{key_id}", auth=required, response={204: None, **errors(401, 403, 404)})
async def revoke_key(request: SignedInRequest, key_id: UUID) -> Status[None]:
    """Revoke an API key: it stops working at once, and so does everything issued for it."""
    await in_database(keys.revoke)(owner=request.auth, key_id=key_id)
    await recheck.trigger()
    return Status(204, None)
