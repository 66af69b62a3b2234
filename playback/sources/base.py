"""What can be played: the PlaybackSource model and the contract of its adapters.

Pure description and capability. A PlaybackSource never holds a URL or a preference of the
page, and nothing here talks to Redis or the database.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import SplitResult
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from accounts.principal import Grant, Principal
from library.schemas import OnlyWhere, PlayableRendition
from media.playability import NotPlayable

# Without a known end a room may play on for days; past this nobody follows it.
MAX_POSITION_S = 1_000_000.0


class MediaType(StrEnum):
    MOVIE = "movie"
    TV = "tv"


class Capabilities(BaseModel):
    """What a page can make the provider's player do."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    seek: bool
    pause: bool
    resume: bool
    autoplay: bool


class Work(BaseModel):
    """Which work, at which provider."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    provider: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    # Lenient where JSON has no type of its own: an enum arrives as text, a model as object.
    media_type: Annotated[MediaType, Field(strict=False)]
    # It may begin with - or _, as one YouTube id in 32 does.
    external_id: str = Field(
        min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.:-]*$"
    )
    season: int | None = Field(None, ge=0, le=10_000)
    episode: int | None = Field(None, ge=0, le=100_000)

    @model_validator(mode="after")
    def _season_and_episode_belong_to_tv(self) -> Self:
        given = (self.season is not None, self.episode is not None)
        if self.media_type is MediaType.TV and not all(given):
            raise ValueError("season and episode are required when media_type is tv")
        if self.media_type is MediaType.MOVIE and any(given):
            raise ValueError("season and episode are forbidden when media_type is movie")
        return self


class PlaybackSource(Work):
    """Which work, at which provider, and what its player can do."""

    supports_events: bool
    supports_progress: bool
    capabilities: Annotated[Capabilities, Field(strict=False)]

    def __eq__(self, other: object) -> bool:
        # Every source of a state that is stored is compared with the default, which is None.
        # pydantic takes its time to say no to that: 6 % of what a command costs.
        return other is not None and super().__eq__(other)


class GivenSource(Work):
    """A work as a client names it; what the answer about a link held can be sent as it is.

    What the player can do follows from the provider and is not read.
    """

    supports_events: bool | None = None
    supports_progress: bool | None = None
    capabilities: Annotated[Capabilities | None, Field(strict=False)] = None
    start_s: float | None = Field(
        None, ge=0, le=MAX_POSITION_S, description="Where to begin; never stored."
    )


@dataclass(frozen=True, slots=True)
class SourceKey:
    """The five facts a room stores; the adapter turns them back into a PlaybackSource."""

    provider: str
    media_type: MediaType
    external_id: str
    season: int | None = None
    episode: int | None = None

    @classmethod
    def of(cls, source: Work) -> Self:
        """Return what is to be stored of ``source``."""
        return cls(
            provider=source.provider,
            media_type=source.media_type,
            external_id=source.external_id,
            season=source.season,
            episode=source.episode,
        )


class SubtitleTrack(BaseModel):
    """Subtitles that a browser can show with a source: WebVTT at ``url``."""

    model_config = ConfigDict(frozen=True)

    id: str
    language: str
    label: str
    default: bool
    url: str


class Playable(BaseModel):
    """How a browser plays a source just now; made on request and never stored."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["iframe", "file", "hls"]
    url: str
    expires_at: datetime | None = None
    mime_type: str | None = None
    # What its owner calls it, where we know; the browser shows it to the members.
    title: str | None = None
    # Who may be told so: a browser that cannot play it.
    only_where: OnlyWhere | None = None
    subtitles: tuple[SubtitleTrack, ...] = ()
    # The ways to play it, where there are several; ``url`` is that of the default.
    renditions: tuple[PlayableRendition, ...] = ()
    # WebVTT that names parts of sheets of small pictures, for the seek bar.
    storyboard_url: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a work before anybody plays it; derived, never stored with a room."""

    title: str | None = None
    duration_s: float | None = None
    # How many seconds of it can be played, while it is still being made; None: all of it.
    made_until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """The member of a room for whom a work is made playable, at room time ``now_s``."""

    room: str
    member: UUID
    now_s: float
    # What the leave to play it ends with.
    grant: Grant
    # An address elsewhere has failed them: the bytes are to come from here.
    through_us: bool = False


class CannotPlay(NotPlayable):
    """The source cannot be played now; a work that is gone raises NotFound instead."""

    message = "This cannot be played just now."


class SourceAdapter(ABC):
    """One provider. A new provider is one file with one of these and one settings line."""

    provider: ClassVar[str]
    title: ClassVar[str]
    media_types: ClassVar[frozenset[MediaType]]
    external_id_pattern: ClassVar[re.Pattern[str]]
    supports_events: ClassVar[bool]
    supports_progress: ClassVar[bool]
    capabilities: ClassVar[Capabilities]
    # In which parts of a link, query or fragment, its start time may stand.
    start_parameters: ClassVar[tuple[str, ...]] = ("t", "start", "time_continue")

    @abstractmethod
    def match(self, url: SplitResult) -> SourceKey | None:
        """Return the work that ``url`` names, or None when it is not this provider's.

        ``url`` is http or https, has a host, no user name and no control characters. A key
        that is returned must pass ``validate``.
        """

    def explain(self, url: SplitResult) -> str | None:
        """Say what ``url``, which does not match, is at this provider; None when not its own."""
        return None

    async def take_file(self, url: SplitResult, *, giver: Principal) -> SourceKey | None:
        """Make a work of the file or stream at ``url``; None unless this provider takes such.

        Raises Invalid naming ``url`` for what is none that can be played.
        """
        return None

    @abstractmethod
    async def playable(self, key: SourceKey, audience: Audience) -> Playable:
        """Return how ``audience`` plays ``key``, for as long as they may.

        Raises CannotPlay, or NotFound for a work that is gone.
        """

    async def facts(self, key: SourceKey) -> Facts:
        """Return what is known of ``key``; nothing of it must fail for the work to be played."""
        return Facts()

    async def titles(self, keys: Collection[SourceKey]) -> dict[SourceKey, str]:
        """Return what works are called, as far as that is known without asking elsewhere."""
        return {}

    async def title_of(self, key: SourceKey) -> str | None:
        """Return what ``key`` is called; its site may be asked, and not be waited for long."""
        return (await self.titles([key])).get(key)

    async def check_access(  # noqa: B027 - most works are public, so most adapters say nothing
        self, key: SourceKey, *, user_id: UUID
    ) -> None:
        """Raise NotFound unless ``user_id`` may put this work on; public works are free to all."""

    def frame_origins(self) -> frozenset[str]:
        """Return the origins of the frames it plays in; none when our own page plays it."""
        return frozenset()

    def picture(self, key: SourceKey) -> str | None:
        """Return where the provider itself has a picture of ``key``, if that is known."""
        return None

    def validate(self, key: SourceKey) -> dict[str, str]:
        """Return which fields of ``key`` cannot be a work of this provider, and why."""
        wrong = {}
        if key.media_type not in self.media_types:
            wrong["media_type"] = f"{self.title} does not offer {key.media_type}"
        if not self.external_id_pattern.fullmatch(key.external_id):
            wrong["external_id"] = f"is not an identifier of {self.title}"
        return wrong

    def describe(self, key: SourceKey) -> PlaybackSource:
        """Return the PlaybackSource of a valid ``key`` with this provider's capabilities."""
        return PlaybackSource(
            provider=self.provider,
            media_type=key.media_type,
            external_id=key.external_id,
            season=key.season,
            episode=key.episode,
            supports_events=self.supports_events,
            supports_progress=self.supports_progress,
            capabilities=self.capabilities,
        )
