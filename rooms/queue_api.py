"""The queue of a room over REST: ``/api/v1/rooms/{code}/queue``."""

from django.http import HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts.authentication import SignedInRequest, required
from core.database import in_database
from core.errors import Invalid, NotFound
from core.http import INERT, JPEG, Body, errors
from core.limits import spend
from library.posters import read_poster
from playback.commands import MessageId
from rooms import previews
from rooms.commands import queue
from rooms.commands.changes import CHANGES
from rooms.commands.once import once_by
from rooms.entry import admission
from rooms.live.readiness import stored_hold
from rooms.protocol import ItemId, QueueAdding, QueueOrder, Revision
from rooms.schemas import Code, SourceChoice
from rooms.server_messages import QueueState

router = Router(tags=["rooms"])


class QueueItemIn(SourceChoice):
    before: ItemId | None = Field(
        None,
        description="Put it before this item; else at the end. Left aside while votes order the "
        "queue, and of members who may only add.",
    )
    id: MessageId | None = Field(
        None, description="Unique to you: sent again with it, nothing is added a second time."
    )


class QueueSettings(Body):
    order: QueueOrder = None  # type: ignore[assignment]  # absent, never null
    autoplay: bool = None  # type: ignore[assignment]
    adding: QueueAdding = None  # type: ignore[assignment]
    skipping: bool = None  # type: ignore[assignment]


class NextIn(Body):
    item: ItemId | None = Field(None, description="Go on to this item; else to the first.")
    revision: Revision | None = Field(
        None, description="Do nothing if another source was chosen since this revision."
    )


class SkipVoteQuery(Schema):
    revision: Revision | None = Field(
        None, description="Do nothing if another source was chosen since this revision."
    )


class MoveIn(Body):
    before: ItemId | None = Field(None, description="Before this item; else to the end.")


@router.get(
    "/{code}/queue", auth=required, response={200: QueueState, **errors(401, 403, 404, 409)}
)
async def read_queue(request: SignedInRequest, code: Code) -> QueueState:
    """Return the queue in the order in which it will be played. For members."""
    await admission.refuse_strangers(code, request.auth)
    return await queue.read_queue(code)


@router.post(
    "/{code}/queue",
    auth=required,
    response={201: QueueState, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def add_to_queue(
    request: SignedInRequest, code: Code, body: QueueItemIn
) -> Status[QueueState]:
    """Add a source or a link. For host and co-hosts, or everyone if the host allows it."""
    # People add videos from their library, another page of the same tab.
    await admission.refuse_absent(code, request.auth, or_just_left=True)
    work, start_s = await body.chosen(request.auth)
    if work is None:
        raise Invalid("source: is required", fields={"source": "is required, or url"})
    by, name = str(request.auth.user_id), request.auth.display_name

    async def add() -> None:
        await queue.add(
            code,
            work,
            by=by,
            name=name,
            start_s=start_s or None,
            before=body.before,
            id=body.id,
        )

    await once_by(code, by, body.id, add)
    return Status(201, await queue.read_queue(code))


@router.patch(
    "/{code}/queue",
    auth=required,
    response={200: QueueState, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def set_up_queue(request: SignedInRequest, code: Code, body: QueueSettings) -> QueueState:
    """Change the settings of the queue. For the host; autoplay for co-hosts too."""
    await admission.refuse_absent(code, request.auth)
    await queue.set_up(code, body.model_dump(exclude_unset=True), by=str(request.auth.user_id))
    return await queue.read_queue(code)


@router.delete(
    "/{code}/queue", auth=required, response={204: None, **errors(401, 403, 404, 409, 429)}
)
async def clear_queue(request: SignedInRequest, code: Code) -> Status[None]:
    """Remove all items. For host and co-hosts."""
    await admission.refuse_absent(code, request.auth)
    await queue.clear(code, by=str(request.auth.user_id))
    return Status(204, None)


@router.delete(
    "/{code}/queue/{item}",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 429)},
)
async def remove_from_queue(request: SignedInRequest, code: Code, item: ItemId) -> Status[None]:
    """Remove an item. For host, co-hosts and the member who added it."""
    await admission.refuse_absent(code, request.auth)
    await queue.remove(code, item, by=str(request.auth.user_id))
    return Status(204, None)


@router.get(
    "/{code}/queue/{item}/picture",
    auth=required,
    response=errors(401, 403, 404, 409),
    openapi_extra={"responses": {200: {"description": "The picture", "content": JPEG}}},
)
async def read_item_picture(request: SignedInRequest, code: Code, item: ItemId) -> HttpResponse:
    """Return a picture of a library video in the queue. For members."""
    await admission.refuse_strangers(code, request.auth)
    video = await in_database(previews.queued_video)(await queue.read_queue(code), item)
    jpeg = await read_poster(video) if video else None
    if jpeg is None:
        raise NotFound("There is no picture of this item.")
    # The picture of an item never changes.
    headers = {"Cache-Control": "private, max-age=86400", **INERT}
    return HttpResponse(jpeg, content_type="image/jpeg", headers=headers)


@router.post(
    "/{code}/queue/{item}/move",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def move_in_queue(
    request: SignedInRequest, code: Code, item: ItemId, body: MoveIn
) -> Status[None]:
    """Move an item before another one, or to the end. For host and co-hosts."""
    await admission.refuse_absent(code, request.auth)
    await queue.move(code, item, body.before, by=str(request.auth.user_id))
    return Status(204, None)


@router.put(
    "/{code}/queue/{item}/vote",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 429)},
)
async def vote_for_item(request: SignedInRequest, code: Code, item: ItemId) -> Status[None]:
    """Vote for an item."""
    await admission.refuse_absent(code, request.auth)
    await queue.vote(code, item, by=str(request.auth.user_id), on=True)
    return Status(204, None)


@router.delete(
    "/{code}/queue/{item}/vote",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 429)},
)
async def take_vote_back(request: SignedInRequest, code: Code, item: ItemId) -> Status[None]:
    """Take back your vote for an item."""
    await admission.refuse_absent(code, request.auth)
    await queue.vote(code, item, by=str(request.auth.user_id), on=False)
    return Status(204, None)


@router.post(
    "/{code}/next",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 413, 422, 429)},
)
async def go_on(request: SignedInRequest, code: Code, body: NextIn | None = None) -> Status[None]:
    """Go on to the next item of the queue, or to another. For host and co-hosts."""
    await spend(CHANGES, str(request.auth.user_id))
    await admission.refuse_absent(code, request.auth)
    item, after = (body.item, body.revision) if body else (None, None)
    await queue.play_next_or_refuse(code, by=str(request.auth.user_id), item=item, after=after)
    return Status(204, None)


@router.put(
    "/{code}/skip-vote",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 422, 429)},
)
async def vote_to_skip(
    request: SignedInRequest, code: Code, query: Query[SkipVoteQuery]
) -> Status[None]:
    """Vote to skip the film, if the host allows votes."""
    return await _vote_to_skip(request, code, query, on=True)


@router.delete(
    "/{code}/skip-vote",
    auth=required,
    response={204: None, **errors(401, 403, 404, 409, 422, 429)},
)
async def take_skip_vote_back(
    request: SignedInRequest, code: Code, query: Query[SkipVoteQuery]
) -> Status[None]:
    """Take back your vote to skip the film."""
    return await _vote_to_skip(request, code, query, on=False)


async def _vote_to_skip(
    request: SignedInRequest, code: str, query: SkipVoteQuery, *, on: bool
) -> Status[None]:
    await admission.refuse_absent(code, request.auth)
    hold = await stored_hold(code)
    by = str(request.auth.user_id)
    await queue.vote_to_skip(code, by=by, on=on, revision=query.revision, hold=hold)
    return Status(204, None)
