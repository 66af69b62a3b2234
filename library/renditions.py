"""The converted files of a video, and which of them to play."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from core.database import Batched, in_database
from core.per_loop import PerLoop
from library.models import Rendition, Video
from library.schemas import may_play_original, why_original_unplayable
from media import playlists
from media.kinds import HLS
from media.playlists import PicturePlaylist, SoundPlaylist

# What an ordinary connection carries easily, in bits per second.
LIGHT_BITRATE = 4_000_000
# A film that begins later than this is seen to be late beside one that begins at 0.
SAME_START_S = 0.05
# The name of the MP4 in every version.
FILE_NAME = "film.mp4"
# Names of master playlists begin with this; there is a new one whenever sizes are added.
MASTER = "master"
FIRST_MASTER = f"{MASTER}1.{HLS.extension}"
STORYBOARD_NAME = "storyboard.vtt"
_WATCHABLE = (Rendition.Kind.HLS, Rendition.Kind.MP4)


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes that can be sent: where they are, what they are, and how many there should be."""

    storage: str
    key: str
    mime_type: str
    size_bytes: int


@in_database
def published(video: Video) -> list[Rendition]:
    """Return the published renditions of ``video``, in the order in which they were made."""
    return _published_of([video]).get(video.pk, [])


async def published_of(videos: Iterable[Video]) -> dict[UUID, list[Rendition]]:
    """Return those of each of ``videos`` that has some, by its id."""
    wanted = list(videos)
    return await in_database(_published_of)(wanted) if wanted else {}


def _published_of(videos: Collection[Video]) -> dict[UUID, list[Rendition]]:
    versions = {video.pk: video.version for video in videos}
    rows = Rendition.objects.filter(
        video_id__in=list(versions), version__in=set(versions.values()), is_published=True
    )
    made: defaultdict[UUID, list[Rendition]] = defaultdict(list)
    for row in rows.exclude(kind=Rendition.Kind.PART).order_by("pk"):
        if row.version == versions[row.video_id]:
            made[row.video_id].append(row)
    return made


def is_watchable(made: Collection[Rendition]) -> bool:
    """Tell whether ``made`` has something to watch, and not only pictures for a seek bar."""
    return any(each.kind in _WATCHABLE for each in made)


@in_database
def watchable(videos: Collection[Video]) -> set[UUID]:
    """Return the ids of those ``videos`` of which something to watch was made."""
    versions = {video.pk: video.version for video in videos if video.version}
    if not versions:
        return set()
    made = Rendition.objects.filter(video_id__in=versions, is_published=True, kind__in=_WATCHABLE)
    rows = made.values_list("video_id", "version").distinct()
    return {pk for pk, version in rows if versions[pk] == version}


def playlist_of(made: Collection[Rendition]) -> Rendition | None:
    """Return the newest master playlist among ``made``."""
    masters = [each for each in made if each.name.startswith(MASTER)]
    return masters[-1] if masters else None


def sizes_of(made: Collection[Rendition]) -> list[int]:
    """Return the sizes (shorter sides in pixels) of the stream in ``made``, smallest first."""
    return sorted(
        min(each.width, each.height)
        for each in made
        if each.mime_type == HLS.mime_type and each.width and each.height
    )


def _is_sound(made: Rendition) -> bool:
    return made.mime_type == HLS.mime_type and not made.width and not made.name.startswith(MASTER)


def file_of(made: Collection[Rendition]) -> Rendition | None:
    """Return the MP4 among ``made``."""
    return next((each for each in made if each.kind == Rendition.Kind.MP4), None)


def plays_original(video: Video, made: Collection[Rendition]) -> bool:
    """Tell whether the original is one of the ways to play ``video``.

    Copies begin at 0. Beside them, an original that does not would show other moments.
    """
    has_copy = playlist_of(made) is not None or file_of(made) is not None
    differs = has_copy and abs(video.start_s or 0) > SAME_START_S
    return may_play_original(video) and not differs


def storyboard_of(made: Collection[Rendition]) -> Rendition | None:
    """Return the WebVTT of the storyboard among ``made``."""
    return next((each for each in made if each.name == STORYBOARD_NAME), None)


def master_of(made: Mapping[str, Rendition]) -> str:
    """Return the master playlist of these media playlists, by name.

    If the default sound is missing, because it was silent, the first one becomes the default.
    """
    sounds = {name: each for name, each in made.items() if not each.width}
    default = next(
        (name for name, each in sounds.items() if each.is_default), next(iter(sounds), "")
    )
    return playlists.master(
        sorted(
            (
                PicturePlaylist(
                    name=name,
                    width=each.width,
                    height=each.height or 0,
                    codecs=each.codecs,
                    frames_per_s=each.frames_per_s,
                    peak_bits_per_s=each.peak_bits_per_s or 0,
                    bits_per_s=each.bits_per_s or 0,
                )
                for name, each in made.items()
                if each.width
            ),
            key=lambda each: each.width,
        ),
        [
            SoundPlaylist(
                name=name,
                label=each.label,
                language=each.language,
                is_default=name == default,
                peak_bits_per_s=each.peak_bits_per_s or 0,
                bits_per_s=each.bits_per_s or 0,
            )
            for name, each in sounds.items()
        ],
    )


def prefers_hls(video: Video, made: Collection[Rendition]) -> bool:
    """Tell whether ``video`` is best played as HLS.

    A single file starts sooner and seeks with fewer requests, if it plays and is small enough. But
    it has only one language, an interlaced original shows combing, and Chromium fails after a seek
    in one whose pictures refer across key frames.
    """
    if playlist_of(made) is None:
        return False
    # An older version has copied such a picture to the MP4.
    if sum(map(_is_sound, made)) > 1 or video.is_open_gop:
        return True
    is_wanted = plays_original(video, made) and not why_original_unplayable(video)
    if file_of(made) is None and (video.is_interlaced or not is_wanted):
        return True
    if not video.duration_s:
        return False
    return video.size_bytes * 8 / video.duration_s > LIGHT_BITRATE


async def find(video_id: UUID, version: int, name: str) -> Place | None:
    """Return the place of a published rendition, also of an older version while it is kept."""
    return await _places.get().ask((video_id, version, name))


async def find_file(video: Video) -> Place | None:
    """Return the place of the converted MP4 of ``video``, if there is one."""
    return await find(video.pk, video.version, FILE_NAME) if video.version else None


_Asked = tuple[UUID, int, str]


def _find(asked: Collection[_Asked]) -> Mapping[_Asked, Place]:
    rows = Rendition.objects.filter(
        video_id__in={video_id for video_id, _, _ in asked},
        name__in={name for _, _, name in asked},
        is_published=True,
    )
    found = {
        (each.video_id, each.version, each.name): Place(
            each.storage, each.key, each.mime_type, each.size_bytes
        )
        for each in rows
    }
    return {question: found[question] for question in asked if question in found}


# Every segment that a viewer requests asks for it.
_places = PerLoop(lambda: Batched(_find))
