"""The converted files of a video: which there are, and which of them to play."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from core.database import Batched, in_database
from core.per_loop import PerLoop
from library.models import Rendition, Video
from library.schemas import why_original_unplayable
from media import playlists
from media.kinds import HLS
from media.playlists import PicturePlaylist, SoundPlaylist

# What an ordinary connection carries with ease, in bits a second.
LIGHT_BITRATE = 4_000_000
# The name that the MP4 has in every version.
FILE_NAME = "film.mp4"
# How the name of a master playlist begins; there is a new one whenever sizes were added.
MASTER = "master"
FIRST_MASTER = f"{MASTER}1.{HLS.extension}"
STORYBOARD_NAME = "storyboard.vtt"


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes that can be sent: where they are, and what they are."""

    storage: str
    key: str
    mime_type: str


@in_database
def published(video: Video) -> list[Rendition]:
    """Return what viewers get of ``video`` besides its original, in the order it was made."""
    made = Rendition.objects.filter(video_id=video.pk, version=video.version, is_published=True)
    return list(made.exclude(kind=Rendition.Kind.PART).order_by("pk"))


def playlist_of(made: Collection[Rendition]) -> Rendition | None:
    """Return the newest master playlist among ``made``."""
    masters = [each for each in made if each.name.startswith(MASTER)]
    return masters[-1] if masters else None


def sizes_of(made: Collection[Rendition]) -> list[int]:
    """Return the shorter sides of the pictures of the stream among ``made``, smallest first."""
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


def storyboard_of(made: Collection[Rendition]) -> Rendition | None:
    """Return the WebVTT of the pictures above the seek bar."""
    return next((each for each in made if each.name == STORYBOARD_NAME), None)


def master_of(made: Mapping[str, Rendition]) -> str:
    """Return the master playlist of these, by the names of their playlists.

    Of sounds without the default one, in which nothing was heard, the first is it.
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
    """Tell whether ``video`` is best played in the sizes that were made of it.

    One file starts sooner and seeks with fewer requests, where it plays and is small enough. But
    it has one language for those who watch, and combs if it is an interlaced original.
    """
    if playlist_of(made) is None:
        return False
    if sum(map(_is_sound, made)) > 1:
        return True
    if file_of(made) is None and (video.is_interlaced or why_original_unplayable(video)):
        return True
    if not video.duration_s:
        return False
    return video.size_bytes * 8 / video.duration_s > LIGHT_BITRATE


async def find(video_id: UUID, version: int, name: str) -> Place | None:
    """Return where a published rendition is, of an older version too while it is kept."""
    return await _places.get().ask((video_id, version, name))


async def find_file(video: Video) -> Place | None:
    """Return where the MP4 is that was made of ``video``, if one was."""
    return await find(video.pk, video.version, FILE_NAME) if video.version else None


_Asked = tuple[UUID, int, str]


def _find(asked: Collection[_Asked]) -> Mapping[_Asked, Place]:
    rows = Rendition.objects.filter(
        video_id__in={video_id for video_id, _, _ in asked},
        name__in={name for _, _, name in asked},
        is_published=True,
    )
    found = {
        (each.video_id, each.version, each.name): Place(each.storage, each.key, each.mime_type)
        for each in rows
    }
    return {question: found[question] for question in asked if question in found}


# Every piece of every viewer's film asks.
_places = PerLoop(lambda: Batched(_find))
