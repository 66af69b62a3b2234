"""The tracks of a file, as the probe reports them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Picture:
    """The first track of moving pictures, beyond its codec and size."""

    # Counted among the tracks of pictures, from 0; covers may come before it.
    number: int = 0
    frame_rate: float | None = None
    # At which all its pictures come, some of them maybe missing: above the average if it varies.
    tick_rate: float | None = None
    is_interlaced: bool = False
    # Whether it is shown turned or mirrored.
    is_turned: bool = False
    # Whether it is mirrored, or turned by something else than quarters.
    is_mirrored: bool = False
    # The number of its transfer function (ITU-T H.273, table 3).
    transfer: int | None = None
    # Those of its primaries and its matrix (tables 2 and 4); None where the film does not say.
    primaries: int | None = None
    matrix: int | None = None
    # Its own length: a file may go on with sound or subtitles, or say that it does.
    duration_s: float | None = None
    # Of the whole file, in bits a second.
    bitrate: int | None = None
    # Where the timeline of the file begins.
    start_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Sound:
    """One track of sound; they are counted among themselves, from 0."""

    codec: str | None
    channels: int
    # As the file has it, mostly ISO 639-2; empty where it does not say.
    language: str = ""
    title: str = ""
    is_default: bool = False
    # Of another programme of a broadcast than the picture.
    is_anothers: bool = False
    samples_per_s: int | None = None


@dataclass(frozen=True, slots=True)
class Subtitles:
    """One track of subtitles; they are counted among themselves, from 0."""

    codec: str | None
    language: str = ""
    title: str = ""
    is_default: bool = False
    is_forced: bool = False


@dataclass(frozen=True, slots=True)
class Tracks:
    """All that can be shown of a file."""

    picture: Picture = field(default_factory=Picture)
    sounds: tuple[Sound, ...] = ()
    subtitles: tuple[Subtitles, ...] = ()

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Tracks":
        """Read what the probe's child tells."""
        return cls(
            picture=Picture(**told["picture"]),
            sounds=tuple(Sound(**each) for each in told["sounds"]),
            subtitles=tuple(Subtitles(**each) for each in told["subtitles"]),
        )
