"""What can be played: the PlaybackSource model and the contract of source adapters.

A PlaybackSource only describes a work and its player's capabilities. It never holds a URL or a
preference of the page, and nothing here talks to Redis or the database.
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

# A room without a known end may play for days; positions past this are refused.
MAX_POSITION_S = 1_000_000.0


class MediaType(StrEnum):
    MOVIE = "movie"
    TV = "tv"


class Capabilities(BaseModel):
    """What a page can do with the provider's player."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    seek: bool
    pause: bool
    resume: bool
    autoplay: bool


class Work(BaseModel):
    """A work at a provider."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    provider: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    # Not strict, because JSON has no enums: they arrive as text.
    media_type: Annotated[MediaType, Field(strict=False)]
    # It may begin with - or _, like one YouTube id in 32.
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
    """A work at a provider, and what its player can do."""

    supports_events: bool
    supports_progress: bool
    capabilities: Annotated[Capabilities, Field(strict=False)]

    def __eq__(self, other: object) -> bool:
        # Storing a state compares its source with the default, None, for which pydantic is slow:
        # 6 % of the cost of a command.
        return other is not None and super().__eq__(other)


class GivenSource(Work):
    """A work as clients name it. The answer about a link can be sent as it is.

    Capabilities are ignored, because they follow from the provider.
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
        """Return the facts to store for ``source``."""
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
    """How a browser plays a source right now; made on request and never stored."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["iframe", "file", "hls"]
    url: str
    expires_at: datetime | None = None
    mime_type: str | None = None
    # The owner's title, if known; pages show it to the members.
    title: str | None = None
    # What to say to a browser that cannot play it.
    only_where: OnlyWhere | None = None
    subtitles: tuple[SubtitleTrack, ...] = ()
    # The renditions, if there are several; ``url`` is that of the default.
    renditions: tuple[PlayableRendition, ...] = ()
    # WebVTT of the storyboard: parts of sheets of small pictures, for the seek bar.
    storyboard_url: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a work before anybody plays it; derived, never stored with a room."""

    title: str | None = None
    duration_s: float | None = None
    # How many seconds can be played while it is being converted; None: all of it.
    made_until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """The room member who wants to play a work, at room time ``now_s``."""

    room: str
    member: UUID
    now_s: float
    # The permission to play it ends with this.
    grant: Grant
    # An address elsewhere has failed for them: the bytes must come from this server.
    through_us: bool = False


class CannotPlay(NotPlayable):
    """The source cannot be played now. A work that is gone raises NotFound instead."""

    message = "This cannot be played just now."


class SourceAdapter(ABC):
    """One provider. A new provider is a file with one of these and a line in a setting."""

    provider: ClassVar[str]
    title: ClassVar[str]
    media_types: ClassVar[frozenset[MediaType]]
    external_id_pattern: ClassVar[re.Pattern[str]]
    supports_events: ClassVar[bool]
    supports_progress: ClassVar[bool]
    capabilities: ClassVar[Capabilities]
    # The parameters, in the query or the fragment of a link, that hold its start time.
    start_parameters: ClassVar[tuple[str, ...]] = ("t", "start", "time_continue")

    @abstractmethod
    def match(self, url: SplitResult) -> SourceKey | None:
        """Return the work that ``url`` names, or None if it is not this provider's.

        ``url`` is http or https and has a host, no user name and no control characters. A
        returned key must pass ``validate``.
        """

    def explain(self, url: SplitResult) -> str | None:
        """Explain a ``url`` of this provider that does not match; None for other providers'."""
        return None

    async def take_file(self, url: SplitResult, *, giver: Principal) -> SourceKey | None:
        """Make a work from the file or stream at ``url``; None if this provider takes no files.

        Raises Invalid, naming ``url``, if it cannot be played.
        """
        return None

    @abstractmethod
    async def playable(self, key: SourceKey, audience: Audience) -> Playable:
        """Return how ``audience`` plays ``key``, with addresses valid as long as they may watch.

        Raises CannotPlay, or NotFound for a work that is gone.
        """

    async def facts(self, key: SourceKey) -> Facts:
        """Return what is known about ``key``; empty rather than failing, because it is optional."""
        return Facts()

    async def titles(self, keys: Collection[SourceKey]) -> dict[SourceKey, str]:
        """Return the titles of works that are known without asking another server."""
        return {}

    async def title_of(self, key: SourceKey) -> str | None:
        """Return the title of ``key``; may ask its site, with a short time limit."""
        return (await self.titles([key])).get(key)

    async def check_access(  # noqa: B027 - most works are public, so most adapters say nothing
        self, key: SourceKey, *, user_id: UUID
    ) -> None:
        """Raise NotFound unless ``user_id`` may play this work in a room; anyone may by default."""

    def frame_origins(self) -> frozenset[str]:
        """Return the origins of the frames it plays in; empty if our own page plays it."""
        return frozenset()

    def picture(self, key: SourceKey) -> str | None:
        """Return the address of the provider's own picture of ``key``, if known."""
        return None

    def validate(self, key: SourceKey) -> dict[str, str]:
        """Return by field why ``key`` cannot be a work of this provider; empty if it can."""
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
