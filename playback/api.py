"""Providers, and what a pasted link plays, over REST."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from accounts.authentication import SignedInRequest, required
from core.errors import NotFound
from core.http import Body, errors
from core.limits import Limit, spend
from playback.sources import registry
from playback.sources.base import Capabilities, MediaType, PlaybackSource, SourceAdapter

router = Router(tags=["playback"])

# People rarely paste links; without a limit this could be used to probe for videos.
RESOLVING = Limit("resolve", burst=20, per_minute=30)


class ProviderOut(Schema):
    provider: str
    title: str
    media_types: list[MediaType]
    supports_events: bool
    supports_progress: bool
    capabilities: Capabilities

    @classmethod
    def of(cls, adapter: SourceAdapter) -> "ProviderOut":
        return cls(
            provider=adapter.provider,
            title=adapter.title,
            media_types=sorted(adapter.media_types),
            supports_events=adapter.supports_events,
            supports_progress=adapter.supports_progress,
            capabilities=adapter.capabilities,
        )


class ProvidersOut(Schema):
    providers: list[ProviderOut]


class ResolveIn(Body):
    # The length is checked together with the other rules for links.
    url: Annotated[str, Field(description="A link as people paste it.")]


class ResolveOut(PlaybackSource):
    """The source, and the start that the link asks for; all of it can be sent as ``source``."""

    start_s: float | None = Field(description="Seconds; null where the link says nothing.")


@router.get("/providers", response=ProvidersOut)
async def list_providers(request: HttpRequest) -> ProvidersOut:
    """List the providers, in the order in which they try a link."""
    return ProvidersOut(
        providers=[ProviderOut.of(adapter) for adapter in registry.adapters().values()]
    )


@router.post("/resolve", auth=required, response={200: ResolveOut, **errors(401, 403, 422, 429)})
async def resolve(request: SignedInRequest, body: ResolveIn) -> ResolveOut:
    """Return what a pasted link plays; 422 names the providers that were tried.

    A link to a video file or an HLS stream is examined and added to your library.
    """
    await spend(RESOLVING, str(request.auth.user_id))
    found = await registry.resolve_for(request.auth, body.url)
    try:
        await registry.check_access(found.source, user_id=request.auth.user_id)
    except NotFound as error:
        raise registry.Unresolvable(
            error.message, fields={"url": "names nothing that you may play"}
        ) from None
    return ResolveOut(**dict(found.source), start_s=found.start_s)
