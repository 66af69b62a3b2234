"""Callbacks from external processors: ``/api/v1/processing/callback/{provider}``.

Every valid callback is answered with 200, even if it changes nothing: otherwise the service would
send it again.
"""

import contextlib

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic_core import from_json

from core import limits, recheck
from core.errors import RateLimited, Unavailable
from core.http import errors
from core.limits import Limit
from core.signing import BadSignature
from processing import external_jobs, processors, wake
from processing.external_jobs import Result
from processing.processor import News, State

router = Router(tags=["processing"])

# Limits the events that strangers can add, for all jobs together.
FORGED = Limit("forged_callback", burst=20, per_minute=1)

_STRING = {"type": "string"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["id", "job", "fence", "state"],
                    "properties": {
                        "id": _STRING,
                        "job": {"type": "integer"},
                        "fence": {"type": "string", "format": "uuid"},
                        "state": {"enum": ["working", "completed", "failed"]},
                        "progress": {"type": "number", "minimum": 0, "maximum": 1},
                        "outputs": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["name", "url"],
                                "properties": {"name": _STRING, "url": _STRING},
                            },
                        },
                        "error": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {
                                "code": _STRING,
                                "message": _STRING,
                                "retry": {"type": "boolean"},
                            },
                        },
                    },
                }
            }
        },
    }
}


class CallbackOut(Schema):
    result: Result


@router.post(
    "/callback/{provider}",
    response={200: CallbackOut, **errors(401, 404, 413, 422)},
    openapi_extra=_BODY,
)
async def take_callback(request: HttpRequest, provider: str) -> CallbackOut:
    """Take a signed report of a processing service about a job (Standard Webhooks)."""
    processor = processors.named(provider)
    fields = {name.lower(): value for name, value in request.headers.items()}
    try:
        callback = processor.verify(fields, request.body)
    except BadSignature as error:
        await _note(provider, request.body, error.message)
        raise
    result = await external_jobs.take(provider, callback)
    if result == Result.TAKEN:
        await _report(callback.news)
    return CallbackOut(result=result)


async def _report(news: News) -> None:
    if news.failure is not None:
        # The link to the original is no longer valid.
        await recheck.trigger()
    if news.state != State.WORKING:
        await wake.call()


async def _note(provider: str, body: bytes, why: str) -> None:
    """Note a forged callback in the job that it names, for its owner to see; rate-limited."""
    try:
        job_id = from_json(body)["job"]
    except (ValueError, TypeError, KeyError):
        return
    if isinstance(job_id, int) and 0 <= job_id < 2**63:
        with contextlib.suppress(RateLimited, Unavailable):
            await limits.take(FORGED, provider)
            await external_jobs.note_refused(provider, job_id, why)
