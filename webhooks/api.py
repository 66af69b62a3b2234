"""Webhooks over REST: ``/api/v1/webhooks``."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field

from accounts.authentication import SignedInRequest, required
from core.announcements import Event
from core.database import in_database
from core.http import Body, errors
from core.limits import Limit, spend
from webhooks import services
from webhooks.models import URL_MAX, Delivery, Webhook

router = Router(tags=["webhooks"])

CHANGES = Limit("webhook", burst=20, per_minute=10)


class WebhookIn(Body):
    url: Annotated[str, Field(max_length=URL_MAX)]
    events: Annotated[list[Event], Field(min_length=1, max_length=len(Event))]
    of_everybody: Annotated[
        bool, Field(description="For staff: hear of everybody's videos and rooms.")
    ] = False


class WebhookOut(Schema):
    id: UUID
    url: str
    events: list[Event]
    of_everybody: bool
    created_at: datetime
    gone_at: Annotated[
        datetime | None,
        Field(description="Since when nothing is sent, because the address answered 410."),
    ]

    @classmethod
    def of(cls, row: Webhook) -> "WebhookOut":
        return cls(
            id=row.pk,
            url=row.address,
            events=row.events,
            of_everybody=row.of_everybody,
            created_at=row.created_at,
            gone_at=row.gone_at,
        )


class WebhookMade(WebhookOut):
    secret: Annotated[str, Field(description="What signs the messages, shown this once.")]


class WebhookList(Schema):
    webhooks: list[WebhookOut]


class DeliveryOut(Schema):
    """The delivery of an event to an address."""

    id: UUID
    event: str
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    answer_status: Annotated[int | None, Field(description="Of HTTP, the last time.")]
    answer: Annotated[str, Field(description="The beginning of what came back, or why none did.")]
    created_at: datetime
    tried_at: datetime | None
    next_try_at: datetime | None

    @classmethod
    def of(cls, row: Delivery) -> "DeliveryOut":
        return cls(
            id=row.pk,
            event=row.event,
            status=row.status,  # type: ignore[arg-type]
            attempts=row.attempts,
            answer_status=row.answer_status,
            answer=row.answer,
            created_at=row.created_at,
            tried_at=row.tried_at,
            next_try_at=row.held_until if row.status == "pending" else None,
        )


class DeliveryList(Schema):
    deliveries: list[DeliveryOut]


@router.get("", auth=required, response={200: WebhookList, **errors(401)})
async def list_webhooks(request: SignedInRequest) -> WebhookList:
    """List your webhooks, without their secrets."""
    found = await in_database(services.of)(request.auth)
    return WebhookList(webhooks=[WebhookOut.of(row) for row in found])


@router.post("", auth=required, response={201: WebhookMade, **errors(401, 403, 409, 413, 422, 429)})
async def create_webhook(request: SignedInRequest, body: WebhookIn) -> Status[WebhookMade]:
    """Create a webhook: events are sent to an address, signed as in Standard Webhooks."""
    await spend(CHANGES, str(request.auth.user_id))
    row = await in_database(services.create)(
        owner=request.auth, url=body.url, events=body.events, of_everybody=body.of_everybody
    )
    return Status(201, WebhookMade(**WebhookOut.of(row).dict(), secret=row.secret))


@router.delete("/{webhook_id}", auth=required, response={204: None, **errors(401, 403, 404)})
async def delete_webhook(request: SignedInRequest, webhook_id: UUID) -> Status[None]:
    """Delete a webhook and its deliveries."""
    await in_database(services.delete)(owner=request.auth, webhook_id=webhook_id)
    return Status(204, None)


@router.post(
    "/{webhook_id}/secret",
    auth=required,
    response={200: WebhookMade, **errors(401, 403, 404, 429)},
)
async def rotate_secret(request: SignedInRequest, webhook_id: UUID) -> WebhookMade:
    """Replace the secret; for a day the old one signs beside the new one."""
    await spend(CHANGES, str(request.auth.user_id))
    row = await in_database(services.rotate)(owner=request.auth, webhook_id=webhook_id)
    return WebhookMade(**WebhookOut.of(row).dict(), secret=row.secret)


@router.post(
    "/{webhook_id}/test",
    auth=required,
    response={202: DeliveryOut, **errors(401, 403, 404, 409, 429)},
)
async def send_test(request: SignedInRequest, webhook_id: UUID) -> Status[DeliveryOut]:
    """Send a test message of the type `webhook.test`, signed like any other."""
    await spend(CHANGES, str(request.auth.user_id))
    row = await in_database(services.test)(owner=request.auth, webhook_id=webhook_id)
    return Status(202, DeliveryOut.of(row))


@router.get(
    "/{webhook_id}/deliveries", auth=required, response={200: DeliveryList, **errors(401, 404)}
)
async def list_deliveries(request: SignedInRequest, webhook_id: UUID) -> DeliveryList:
    """List the last hundred deliveries, newest first, with their answers and next attempts."""
    found = await in_database(services.deliveries)(owner=request.auth, webhook_id=webhook_id)
    return DeliveryList(deliveries=[DeliveryOut.of(row) for row in found])


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay",
    auth=required,
    response={202: DeliveryOut, **errors(401, 403, 404, 409, 429)},
)
async def replay(
    request: SignedInRequest, webhook_id: UUID, delivery_id: UUID
) -> Status[DeliveryOut]:
    """Send a message again, with a new id."""
    await spend(CHANGES, str(request.auth.user_id))
    row = await in_database(services.replay)(
        owner=request.auth, webhook_id=webhook_id, delivery_id=delivery_id
    )
    return Status(202, DeliveryOut.of(row))
