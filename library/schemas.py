"""Videos in the REST interface.

Plain pydantic models, because ninja's ``Schema`` wraps its input to read Django managers, which
takes 6 ms for a list of a hundred videos.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from core.http import Body
from core.links import MAX_PASTED_CHARACTERS
from core.text import Title
from library.models import Subtitle, Video
from library.storage.base import Incomplete, Missing, NotSetUp, StorageError
from media.playability import media_type_of, problem_of, question_of


class Problem(StrEnum):
    """Why a video cannot be played."""

    FILE_MISSING = Missing.code
    FILE_INCOMPLETE = Incomplete.code
    STORAGE_NOT_SET_UP = NotSetUp.code
    NOT_PLAYABLE = "not_playable"


# It is being converted.
_COMING = {Video.Status.QUEUED, Video.Status.PROCESSING, Video.Status.RETRYING}


class OnlyWhere(BaseModel):
    """The file plays only in some browsers: what to ask a browser, and what to say if it cannot."""

    media_type: Annotated[
        str,
        Field(description="For HTMLMediaElement.canPlayType, which answers empty if it cannot."),
    ]
    code: Annotated[str, Field(description="not_playable; not_ready while a copy is being made.")]
    message: str


class PlayableRendition(BaseModel):
    """A way to play a video; viewers may choose it instead of the default."""

    kind: Literal["original", "hls", "mp4"]
    url: str
    mime_type: str
    media_type: Annotated[
        str | None,
        Field(
            description="For HTMLMediaElement.canPlayType, to be asked before the original is "
            "played; null for what every browser plays."
        ),
    ] = None
    height: int | None = None
    sizes: Annotated[
        list[int],
        Field(description="Of an HLS stream that was made: the shorter sides, smallest first."),
    ] = []
    default: bool = False


class VideoOut(BaseModel):
    id: UUID
    title: str
    status: Video.Status
    duration_s: float | None
    width: int | None
    height: int | None
    size_bytes: int
    mime_type: str
    video_codec: Annotated[
        str | None, Field(description="As ffmpeg calls it; null when nobody knows.")
    ]
    audio_codec: Annotated[str | None, Field(description="Null without sound, too.")]
    playable: Annotated[
        bool, Field(description="Whether browsers play it now: as it is, or as it was made.")
    ]
    only_where: Annotated[
        OnlyWhere | None, Field(description="Which browsers play the file, if not all do.")
    ]
    problem: Annotated[str | None, Field(description="Why it cannot be played, for people.")]
    problem_code: Annotated[Problem | None, Field(description="The same for programs.")]
    storage: Annotated[str, Field(description="The name of the storage that has the bytes.")]
    poster_url: Annotated[str, Field(description="Relative; a placeholder when there is none.")]
    created_at: datetime
    completed_at: datetime | None

    @classmethod
    def of(cls, video: Video, *, is_made: bool, lost: StorageError | None = None) -> "VideoOut":
        """Make it from a video with its source; ``lost`` says why its bytes are not available.

        ``is_made`` tells that something to watch was made of it.
        """
        problem = lost.message if lost else why_unplayable(video, is_made=is_made)
        code = Problem(lost.code) if lost else Problem.NOT_PLAYABLE if problem else None
        return cls(
            id=video.pk,
            title=video.title,
            status=Video.Status(video.status),
            duration_s=video.duration_s,
            width=video.width,
            height=video.height,
            size_bytes=video.size_bytes,
            mime_type=video.mime_type,
            video_codec=video.video_codec,
            audio_codec=video.audio_codec,
            playable=problem is None and video.status == Video.Status.COMPLETED,
            only_where=None if lost else only_where(video, is_made=is_made),
            problem=problem,
            problem_code=code,
            storage=video.source.storage,
            poster_url=poster_url(video.pk),
            created_at=video.created_at,
            completed_at=video.completed_at,
        )


def why_unplayable(video: Video, *, is_made: bool) -> str | None:
    """Return why browsers cannot play ``video``; None if they can, or will after conversion.

    ``is_made`` tells that something to watch was made of it (``library.renditions.watchable``).
    """
    if is_made or video.status in _COMING:
        return None
    return why_original_unplayable(video)


def only_where(video: Video, *, is_made: bool) -> OnlyWhere | None:
    """Return which browsers play the file of ``video``, unless a copy for all ``is_made``."""
    why = why_original_unplayable(video)
    question = question_of(**_played(video)) if why and not is_made else None
    if question is None:
        return None
    is_coming = video.status in _COMING
    more = " A copy for all browsers is being made." if is_coming else ""
    return OnlyWhere(
        media_type=question.media_type,
        code="not_ready" if is_coming else Problem.NOT_PLAYABLE,
        message=f"This browser cannot play this file. {question.where} can.{more}",
    )


def why_original_unplayable(video: Video) -> str | None:
    """Return why browsers cannot play the original of ``video``; None if they can."""
    return problem_of(**_played(video))


def media_type_of_original(video: Video) -> str | None:
    """Return the media type to ask a browser about before it plays the original of ``video``."""
    played = _played(video)
    about_codecs = ("mime_type", "video_codec", "audio_codec", "pixel_format")
    return media_type_of(**{name: played[name] for name in about_codecs})


def may_play_original(video: Video) -> bool:
    """Tell whether any browser plays the original of ``video``."""
    return why_original_unplayable(video) is None or question_of(**_played(video)) is not None


def _played(video: Video) -> dict[str, Any]:
    return {
        "mime_type": video.mime_type,
        "video_codec": video.video_codec,
        "audio_codec": video.audio_codec,
        "pixel_format": video.pixel_format,
        "start_s": video.start_s,
        "is_oddly_turned": video.is_oddly_turned,
        "is_switched_off": video.is_switched_off,
        "is_slow_to_open": video.is_slow_to_open,
    }


def poster_url(video_id: UUID) -> str:
    """Return the address of a video's poster, relative to the site."""
    return f"/api/v1/videos/{video_id}/poster"


class SubtitleOut(BaseModel):
    id: UUID
    language: Annotated[str, Field(description='As RFC 5646 writes it; "und" is unknown.')]
    label: str
    default: Annotated[bool, Field(description="Whether viewers see it until they choose.")]
    url: Annotated[str, Field(description="Relative; where the WebVTT is.")]
    size_bytes: int
    created_at: datetime

    @classmethod
    def of(cls, track: Subtitle, url: str) -> "SubtitleOut":
        return cls(
            id=track.pk,
            language=track.language,
            label=track.label,
            default=track.is_default,
            url=url,
            size_bytes=track.size_bytes,
            created_at=track.created_at,
        )


class SubtitleList(BaseModel):
    subtitles: list[SubtitleOut]


class SubtitleChange(Body):
    default: Annotated[bool, Field(description="Another track is the default no longer.")]


class VideoDetails(VideoOut):
    """A video with the details that lists leave out."""

    renditions: Annotated[
        list[PlayableRendition],
        Field(description="The ways to play it just now; their addresses end as a playback's do."),
    ]
    storyboard_url: Annotated[
        str | None,
        Field(description="WebVTT that names parts of sheets of small pictures, for the seek bar."),
    ]
    subtitles: list[SubtitleOut]
    shared: Annotated[
        bool,
        Field(description="Whether others can watch it: by a link, or in a room or its queue."),
    ]

    @classmethod
    def completing(
        cls,
        video: VideoOut,
        *,
        shared: bool,
        renditions: list[PlayableRendition],
        storyboard_url: str | None,
        subtitles: list[SubtitleOut],
    ) -> "VideoDetails":
        return cls.model_construct(
            **dict(video),
            shared=shared,
            renditions=renditions,
            storyboard_url=storyboard_url,
            subtitles=subtitles,
        )


class VideoList(BaseModel):
    total: int
    limit: int
    offset: int
    videos: list[VideoOut]
    next_cursor: Annotated[str | None, Field(description="Gives the next page; null at the end.")]


class VideoChange(Body):
    title: Title


class VideoDeleted(BaseModel):
    message: str
    video_id: UUID


class StorageOut(BaseModel):
    name: str
    label: str
    default: bool
    kind: Annotated[
        Literal["store", "link"],
        Field(description="A link keeps only the address; a store keeps the bytes."),
    ]


class StorageList(BaseModel):
    storages: list[StorageOut]


class LinkIn(Body):
    url: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_PASTED_CHARACTERS,
            description="A link to a video file, as people paste it.",
        ),
    ]
    title: Title | None = None
    storage: Annotated[
        str, Field(max_length=32, description="Where an import goes; empty: the default.")
    ] = ""
    # "import" is a Python keyword.
    is_import: Annotated[
        bool, Field(alias="import", description="Whether to copy the bytes to a storage here.")
    ] = False
