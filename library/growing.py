"""Films that are still being converted: the finished part can be watched already.

A worker stores the files of a film's smallest size in parts. Here the parts are joined: under the
names of the finished files, readers find one file and a playlist that only grow, until the finished
ones replace them.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Literal
from uuid import UUID

from django.db.models import QuerySet

from core.database import Batched, in_database
from core.per_loop import PerLoop
from library.models import Rendition, Video
from library.renditions import FIRST_MASTER, master_of
from library.storage import registry
from library.storage.base import UNKNOWN_TIME, Readable, Stat
from media import playlists
from media.kinds import HLS, MP4


@dataclass(frozen=True, slots=True)
class Growing:
    """The finished part of a film; ``parts`` has the parts of each file, by its name, in order."""

    version: int
    parts: Mapping[str, Sequence[Rendition]]

    @property
    def until_s(self) -> float:
        """How many seconds are finished, with picture and sound."""
        return min(parts[-1].until_s or 0.0 for parts in self.parts.values())

    def file(self, name: str) -> "JoinedParts | Text | None":
        """Return what readers find under ``name``."""
        if name in self.parts:
            return JoinedParts(self.parts[name])
        if name == FIRST_MASTER:
            first = {_playlist_of(file): parts[0] for file, parts in self.parts.items()}
            return Text(master_of(first).encode())
        for file, parts in self.parts.items():
            if name == _playlist_of(file):
                lines = "".join(part.lines for part in parts)
                return Text(playlists.growing(file, parts[0].head_bytes, lines).encode())
        return None


class _Grown(ABC):
    """Something that can be read like a file in a storage."""

    kind: ClassVar[Literal["store", "link"]] = "store"
    mime_type: ClassVar[str]

    @asynccontextmanager
    async def open(self, _key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        async with aclosing(self._read(start, stop)) as chunks:
            yield chunks

    async def one_version(self, _key: str) -> Readable:
        return self

    @abstractmethod
    async def stat(self, _key: str) -> Stat: ...

    @abstractmethod
    def _read(self, start: int, stop: int) -> AsyncGenerator[bytes, None]: ...


class JoinedParts(_Grown):
    """The parts of a file, read as one file."""

    mime_type = MP4.mime_type

    def __init__(self, parts: Sequence[Rendition]) -> None:
        self._parts = parts

    async def stat(self, _key: str) -> Stat:
        size_bytes = sum(part.size_bytes for part in self._parts)
        return Stat(size_bytes, f'"part-{self._parts[-1].pk}"', UNKNOWN_TIME)

    async def _read(self, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        begin = 0
        for part in self._parts:
            first, last = max(start - begin, 0), min(stop - begin, part.size_bytes)
            begin += part.size_bytes
            if first < last:
                storage = registry.provider(part.storage)
                async with storage.open(part.key, first, last) as chunks:
                    async for chunk in chunks:
                        yield chunk


class Text(_Grown):
    """A playlist, read as a file."""

    mime_type = HLS.mime_type

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def stat(self, _key: str) -> Stat:
        etag = sha256(self._content).hexdigest()[:32]
        return Stat(len(self._content), f'"{etag}"', UNKNOWN_TIME)

    async def _read(self, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        yield self._content[start:stop]


async def find(video_id: UUID, version: int, name: str) -> "JoinedParts | Text | None":
    """Return the file ``name`` of a version that is being made, as far as it is finished."""
    film = await _growing.get().ask((video_id, version, name.endswith(f".{HLS.extension}")))
    return film.file(name) if film else None


@in_database
def of(video: Video) -> Growing | None:
    """Return the finished part of ``video``, which has no finished rendition yet."""
    parts = _published().filter(video_id=video.pk).defer("lines")
    newest = parts.last()
    if newest is None:
        return None
    return _put_together([each for each in parts if each.version == newest.version])


# A version of a video, and whether a playlist is wanted: the lines are most of a part's row.
_Asked = tuple[UUID, int, bool]


def _find(asked: Collection[_Asked]) -> Mapping[_Asked, Growing]:
    rows = _published().filter(video_id__in={video_id for video_id, _, _ in asked})
    if not any(wants_lines for _, _, wants_lines in asked):
        rows = rows.defer("lines")
    found: dict[tuple[UUID, int], list[Rendition]] = {}
    for row in rows:
        found.setdefault((row.video_id, row.version), []).append(row)
    return {each: _put_together(found[each[:2]]) for each in asked if each[:2] in found}


def _published() -> QuerySet[Rendition]:
    parts = Rendition.objects.filter(kind=Rendition.Kind.PART, is_published=True)
    return parts.order_by("pk")


def _put_together(rows: Collection[Rendition]) -> Growing:
    parts: dict[str, list[Rendition]] = {}
    for row in rows:
        parts.setdefault(file_of(row.name), []).append(row)
    return Growing(next(iter(rows)).version, parts)


def part_name(file: str, number: int) -> str:
    """Return the name of part ``number`` of a file."""
    return f"{file}.{number:04}"


def file_of(part: str) -> str:
    """Return the name of the file that a part belongs to."""
    return part.rpartition(".")[0]


def _playlist_of(file: str) -> str:
    return f"{file.rpartition('.')[0]}.{HLS.extension}"


# Every segment that a viewer requests asks for it.
_growing = PerLoop(lambda: Batched(_find))
