"""A server that speaks Google Cloud Storage's XML API, as far as obstore uses it.

https://cloud.google.com/storage/docs/xml-api/reference-methods
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit

from tests.contracts.clouds import part, reply
from tests.support.raw_server import Asked

BUCKET = "films"


@dataclass
class Object:
    content: bytes
    etag: str
    written: datetime


@dataclass
class GoogleStorage:
    """One bucket in memory, and the uploads that are not finished."""

    objects: dict[str, Object] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __call__(self, asked: Asked) -> bytes:
        split = urlsplit(asked.target)
        parameters = parse_qs(split.query, keep_blank_values=True)
        bucket, _, key = unquote(split.path).removeprefix("/").partition("/")
        assert bucket == BUCKET
        # A JWT that the service account's key has signed; nobody here looks further.
        assert re.fullmatch(r"Bearer [\w-]+\.[\w-]+\.[\w-]+", asked.headers["authorization"])
        if not key:
            return self._list(parameters["prefix"][0])
        if "uploads" in parameters or "uploadId" in parameters:
            return self._in_parts(asked, key, parameters)
        if asked.method == "PUT":
            return self._put(asked, key)
        if key not in self.objects:
            return error(404, "NoSuchKey")
        if asked.method == "DELETE":
            del self.objects[key]
            return reply(204)
        return self._get(asked, self.objects[key])

    def _put(self, asked: Asked, key: str) -> bytes:
        if asked.headers.get("x-goog-if-generation-match") == "0" and key in self.objects:
            return error(412, "PreconditionFailed")
        return self._store(key, asked.body)

    def _store(self, key: str, content: bytes) -> bytes:
        number = next(self.numbers)
        etag = f'"{md5(content).hexdigest()}-{number}"'
        self.objects[key] = Object(content, etag, datetime.now(UTC))
        return reply(200, b"", {"ETag": etag, "x-goog-generation": str(number)})

    def _get(self, asked: Asked, found: Object) -> bytes:
        if asked.headers.get("if-match", found.etag) != found.etag:
            return error(412, "PreconditionFailed")
        status, content, headers = part(found.content, asked)
        about = {"ETag": found.etag, "Last-Modified": format_datetime(found.written, usegmt=True)}
        answer = reply(status, content, {**about, **headers})
        return answer if asked.method == "GET" else answer[: len(answer) - len(content)]

    def _in_parts(self, asked: Asked, key: str, parameters: dict[str, list[str]]) -> bytes:
        if "uploads" in parameters:
            upload_id = f"upload-{next(self.numbers)}"
            self.uploads[upload_id] = {}
            text = f"<UploadId>{upload_id}</UploadId><Bucket>{BUCKET}</Bucket><Key>{key}</Key>"
            result = "InitiateMultipartUploadResult"
            return reply(200, f"<{result}>{text}</{result}>".encode())
        upload_id = parameters["uploadId"][0]
        if asked.method == "DELETE":
            del self.uploads[upload_id]
            return reply(204)
        if asked.method == "PUT":
            number = int(parameters["partNumber"][0])
            self.uploads[upload_id][number] = asked.body
            return reply(200, b"", {"ETag": f'"part-{number}"'})
        parts = self.uploads.pop(upload_id)
        named = [int(number) for number in re.findall(rb"<PartNumber>(\d+)<", asked.body)]
        assert named == sorted(parts)
        stored = self._store(key, b"".join(parts[number] for number in named))
        assert stored
        text = f"<Key>{key}</Key><ETag>{self.objects[key].etag}</ETag>".replace('"', "&quot;")
        result = "CompleteMultipartUploadResult"
        return reply(200, f"<{result}>{text}</{result}>".encode())

    def _list(self, prefix: str) -> bytes:
        contents = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(each.content)}</Size>"
            f"<LastModified>{each.written:%Y-%m-%dT%H:%M:%S}.000Z</LastModified></Contents>"
            for key, each in self.objects.items()
            if key.startswith(prefix)
        )
        return reply(200, f"<ListBucketResult>{contents}</ListBucketResult>".encode())


def error(status: int, code: str) -> bytes:
    return reply(status, f"<Error><Code>{code}</Code></Error>".encode())
