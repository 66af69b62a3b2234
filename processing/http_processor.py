"""An external processor over HTTP and JSON, with Standard Webhooks signatures in both directions.

``POST {url}/jobs`` submits, with an Idempotency-Key; ``GET`` and ``DELETE {url}/jobs/{id}`` ask and
cancel, with the key as the id while the answer is not known. Callbacks, and answers to ``GET``,
have the fields of ``ReportedJob``.
docs/operations/workers.md describes it for people who write such a service.
"""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, cast
from urllib.parse import quote

import structlog
from django.conf import settings
from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from core import signing
from core.validation import invalid
from library.storage.addresses import Rules, origin_of, parse
from library.storage.base import Storage, StorageError
from library.storage.options import RemoteOptions
from library.storage.remote import RemoteStorage
from library.storage.web import Answer, Patience, Web
from processing import queue
from processing.attempt import Attempt
from processing.collecting import wanted
from processing.errors import DENIED, Away, Failure, Hindered, Impossible, LeaseLost, ToldCode
from processing.models import Job
from processing.options import HttpOptions
from processing.processor import Callback, News, Output, Processor, State, Unanswered

log = structlog.get_logger(__name__)

PATIENCE = Patience(headers_s=30, read_s=30)
ANSWER_MAX = 64 * 1024
ID_MAX = 200
_PASSING = {408, 425, 429}
# A wrong key or address: a fault of the settings, not of the film.
_DENIED = {401, 403, 404}
_REQUEST_IDS = ("x-request-id", "request-id")


# PostgreSQL cannot store NUL in texts.
_Text = Annotated[str, AfterValidator(lambda text: text.replace("\0", ""))]


class ReportedOutput(BaseModel):
    name: _Text = Field(max_length=64)
    url: _Text = Field(max_length=2048)


class ReportedError(BaseModel):
    code: _Text = Field("processor_failed", max_length=32)
    message: _Text = Field(max_length=500)
    # Whether trying again can help.
    retry: bool = False


class ReportedJob(BaseModel):
    """The state of a job as the service reports it; unknown fields are ignored."""

    state: State
    progress: float | None = Field(None, ge=0, le=1)
    outputs: list[ReportedOutput] = Field(default_factory=list, max_length=100)
    error: ReportedError | None = None

    @model_validator(mode="after")
    def _check(self) -> "ReportedJob":
        if (self.state == State.FAILED) != (self.error is not None):
            raise ValueError("error: belongs to the state failed, and to no other")
        return self

    def news(self) -> News:
        outputs = tuple(Output(each.name, each.url) for each in self.outputs)
        return News(self.state, self.progress, outputs, self._failure())

    def _failure(self) -> Failure | None:
        if self.error is None:
            return None
        kind = Hindered if self.error.retry else Impossible
        return kind(ToldCode(self.error.code), self.error.message)


class JobCallback(ReportedJob):
    """A callback: ``job`` and ``fence`` are echoed, ``id`` is from the answer to the submission."""

    id: _Text = Field(min_length=1, max_length=ID_MAX)
    job: int = Field(ge=0, lt=2**63)
    fence: uuid.UUID


class Accepted(BaseModel):
    id: _Text = Field(min_length=1, max_length=ID_MAX)


class HttpProcessor(Processor):
    """See the module. Requests and answers are stored as events of the job."""

    name: ClassVar[str] = "http"
    calls_back: ClassVar[bool] = True

    def __init__(self, options: HttpOptions) -> None:
        self._url, self._keys = options.url, options.keys
        # The operator has named the service, so it may be on the local network; addresses that it
        # names may not.
        origin = origin_of(parse(options.url, Rules()))
        remote = cast("RemoteOptions", settings.VIDEO_STORAGE_OPTIONS["remote"])
        self._web = Web(Rules(trusted_origin=origin), PATIENCE)
        self._outputs = RemoteStorage(remote, rules=Rules(remote.own_hosts, origin))

    async def submit(self, attempt: Attempt, source_url: str, callback_url: str) -> str:
        job = attempt.job
        order = {
            "job": job.pk,
            "fence": str(job.fence),
            "attempt": job.attempt,
            "source_url": source_url,
            "callback_url": callback_url,
            "source": {
                "mime_type": job.video.mime_type,
                "size_bytes": job.video.size_bytes,
                "duration_s": attempt.facts.duration_s,
                "width": attempt.facts.width,
                "height": attempt.facts.height,
            },
            "outputs": [
                {"kind": each.kind, "names": each.names, **each.facts} for each in wanted(attempt)
            ],
        }
        answer = await self._submit(job, json.dumps(order).encode())
        try:
            return Accepted.model_validate_json(answer.body).id
        except ValidationError as error:
            words = "The processing service did not say under which id it works."
            raise Away("processor_unavailable", words, detail=answer.text[:500]) from error

    async def _submit(self, job: Job, order: bytes) -> Answer:
        key = _key(job)
        try:
            return await self._exchange(job, "POST", "/jobs", order, key=key)
        except Unanswered:
            # It may have arrived; with the same key it is the same work.
            return await self._exchange(job, "POST", "/jobs", order, key=key)

    def verify(self, headers: Mapping[str, str], body: bytes) -> Callback:
        event_id = signing.verify(headers, body, keys=self._keys, now_s=time.time())
        try:
            told = JobCallback.model_validate_json(body)
        except ValidationError as error:
            raise invalid(error) from None
        return Callback(event_id, told.job, told.fence, told.id, told.news())

    async def ask(self, job: Job) -> News | None:
        try:
            answer = await self._exchange(job, "GET", _path(job))
            return ReportedJob.model_validate_json(answer.body).news()
        except (Failure, ValidationError):
            return None

    async def cancel(self, job: Job) -> None:
        try:
            await self._exchange(job, "DELETE", _path(job))
        except (Failure, LeaseLost):
            return

    def outputs(self) -> Storage:
        return self._outputs

    async def _exchange(
        self, job: Job, method: str, path: str, content: bytes | None = None, *, key: str = ""
    ) -> Answer:
        """Send a request and store an event about it; raise Failure unless the answer is 2xx."""
        message_id = key or f"msg_{uuid.uuid4().hex}"
        fields = {
            **signing.headers(message_id, int(time.time()), content or b"", keys=self._keys),
            **({"Content-Type": "application/json"} if content else {}),
            **({"Idempotency-Key": key} if key else {}),
        }
        about: dict[str, Any] = {"method": method, "path": path, "message_id": message_id}
        began_s = time.monotonic()
        try:
            answer = await self._web.send(
                method, self._url + path, fields, content, most=ANSWER_MAX
            )
        except StorageError as error:
            await queue.note(job, "request", {**about, "error": error.message})
            raise Unanswered("processor_unavailable", "The processing service is away.") from error
        found = [answer.headers[name] for name in _REQUEST_IDS if name in answer.headers]
        about |= {
            "status": answer.status,
            "request_id": found[0][:ID_MAX] if found else "",
            "took_ms": round((time.monotonic() - began_s) * 1000),
        }
        await queue.note(job, "request", about)
        _check(answer, submits=method == "POST")
        return answer


def _key(job: Job) -> str:
    return f"{job.pk}-{job.fence}"


def _path(job: Job) -> str:
    # Only we know the key before the submission is answered.
    return f"/jobs/{quote(job.provider_job_id or _key(job), safe='')}"


def _check(answer: Answer, *, submits: bool) -> None:
    if 200 <= answer.status < 300:
        return
    words = f"The processing service answered {answer.status}."
    detail = answer.text[:500]
    if submits and answer.status in _DENIED:
        log.error("the processing service does not let us in", status=answer.status, said=detail)
        raise Away(DENIED, words, detail=detail)
    if answer.status >= 500 or answer.status in _PASSING:
        raise Away("processor_unavailable", words, detail=detail)
    raise Impossible("processor_refused", words, detail=detail)
