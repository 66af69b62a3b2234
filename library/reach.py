"""Whether the bytes of videos are where they should be, whole."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Literal
from uuid import UUID

from core.per_loop import PerLoop
from core.single_flight import SingleFlight
from library import renditions
from library.models import Rendition, Video
from library.renditions import file_of, playlist_of
from library.schemas import may_play_original
from library.storage import registry
from library.storage.base import NotSetUp, StorageError

Way = Literal["original", "hls", "mp4"]

# How long the owner waits to be told, and how long whoever is about to watch.
CHECK_S = 2.0
WATCHING_S = 0.5

# A storage and a key there, and how many bytes there should be.
_File = tuple[str, str, int]


async def lost_videos(
    videos: Iterable[Video], *, even_far: bool = False
) -> dict[UUID, StorageError]:
    """Return why nothing of some ``videos`` can be played, as far as storage tells soon.

    Missing, Incomplete or NotSetUp, by the ids of the videos. A page of videos asks only
    storages that are near, unless ``even_far``: twenty requests to somebody's cloud for each
    look at a list would be slow and cost money.
    """
    ready = [video for video in videos if video.status == Video.Status.COMPLETED]
    ask = partial(_lost, even_far=even_far, within_s=CHECK_S)
    lost = await ask([_original(video) for video in ready])
    # Copies matter for few videos of most pages, and those alone are looked up.
    needs_copy = [
        video for video in ready if _original(video) in lost or not may_play_original(video)
    ]
    made = await renditions.published_of(video for video in needs_copy if video.version)
    files = {video.pk: _files(video, made.get(video.pk, ())) for video in needs_copy}
    lost |= await ask([file for ways in files.values() for of in ways.values() for file in of])
    found = {pk: _first_errors(ways, lost) for pk, ways in files.items()}
    return {pk: next(iter(found[pk].values())) for pk in found if len(found[pk]) == len(files[pk])}


async def lost_ways(video: Video, made: Collection[Rendition]) -> Mapping[Way, StorageError]:
    """Return which ways to play ``video``, as it came or as it was ``made``, are out of reach.

    As ``lost_videos`` does. Those who ask while storage is asked wait for one answer: everybody
    who enters a room asks.
    """
    key = (video.pk, video.version, len(made))
    return await _asked.get().get(key, partial(_lost_ways, video, made))


_asked = PerLoop(SingleFlight[tuple[UUID, int, int], Mapping[Way, StorageError]])


async def _lost_ways(video: Video, made: Collection[Rendition]) -> Mapping[Way, StorageError]:
    files = _files(video, made)
    wanted = [file for of_way in files.values() for file in of_way]
    return _first_errors(files, await _lost(wanted, even_far=True, within_s=WATCHING_S))


def _files(video: Video, made: Collection[Rendition]) -> dict[Way, list[_File]]:
    """Return which files each way to play ``video`` needs; of one without ways, the original."""
    files: dict[Way, list[_File]] = {}
    if renditions.plays_original(video, made):
        files["original"] = [_original(video)]
    if playlist_of(made):
        files["hls"] = [_made(each) for each in made if each.kind == Rendition.Kind.HLS]
    if file := file_of(made):
        files["mp4"] = [_made(file)]
    return files or {"original": [_original(video)]}


def _first_errors(
    files: Mapping[Way, Collection[_File]], lost: Mapping[_File, StorageError]
) -> dict[Way, StorageError]:
    """Return why each of the ways in ``files`` is lost that has a file in ``lost``."""
    errors = {way: [lost[file] for file in of_way if file in lost] for way, of_way in files.items()}
    return {way: of_way[0] for way, of_way in errors.items() if of_way}


def _original(video: Video) -> _File:
    return video.source.storage, video.source.key, video.size_bytes


def _made(row: Rendition) -> _File:
    return row.storage, row.key, row.size_bytes


async def _lost(
    files: Collection[_File], *, even_far: bool, within_s: float
) -> dict[_File, StorageError]:
    at: defaultdict[str, list[_File]] = defaultdict(list)
    for file in files:
        at[file[0]].append(file)

    async def lost_at(name: str) -> dict[_File, StorageError]:
        try:
            storage = registry.provider(name)
            if storage.is_near or even_far:
                async with asyncio.timeout(within_s):
                    lost = await storage.lost({key: size for _, key, size in at[name]})
                return {file: lost[file[1]] for file in at[name] if file[1] in lost}
        except NotSetUp as error:
            return dict.fromkeys(at[name], error)
        except (StorageError, TimeoutError):
            pass
        return {}

    found: dict[_File, StorageError] = {}
    for lost in await asyncio.gather(*map(lost_at, at)):
        found |= lost
    return found
