"""Media tokens over REST: ``/api/v1/videos/{id}/tokens``."""

from datetime import datetime, timedelta
from typing import Annotated

from django.conf import settings
from ninja import Router, Schema, Status
from pydantic import Field

from accounts.authentication import SignedInRequest, required
from core.http import Body, errors
from library import services, sharing, tokens

router = Router(tags=["videos"])

# Short-lived, because anyone with the link can watch.
MAX_TTL_S = 24 * 60 * 60


class TokenIn(Body):
    ttl_s: Annotated[int, Field(ge=1, le=MAX_TTL_S)] | None = Field(
        None, description="Seconds that the token works; default: STREAMIT_MEDIA_TOKEN_TTL."
    )


class TokenOut(Schema):
    token: str
    expires_at: datetime
    stream_url: str = Field(description="Relative: the address of the bytes with this token.")


@router.post(
    "/{video_id}/tokens",
    auth=required,
    response={201: TokenOut, **errors(401, 403, 404, 409, 413, 422)},
)
async def create_token(
    request: SignedInRequest, video_id: str, body: TokenIn | None = None
) -> Status[TokenOut]:
    """Make a link with which anyone can watch one of your videos for a while."""
    parsed = services.parse_id(video_id)
    given_s = body.ttl_s if body else None
    ttl = timedelta(seconds=given_s) if given_s else settings.MEDIA_TOKEN_TTL
    token, expires_at = await sharing.share(video_id=parsed, by=request.auth, ttl=ttl)
    link = tokens.link(parsed, token)
    return Status(201, TokenOut(token=token, expires_at=expires_at, stream_url=link))


@router.delete("/{video_id}/tokens", auth=required, response={204: None, **errors(401, 403, 404)})
async def revoke_tokens(request: SignedInRequest, video_id: str) -> Status[None]:
    """Withdraw one of your videos: revoke all links to it, and unload it from every room."""
    await sharing.revoke(video_id=services.parse_id(video_id), by=request.auth)
    return Status(204, None)
