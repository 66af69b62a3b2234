"""The tracks of a file, as the probe reports them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Picture:
    """The video track: all facts but codec and size."""

    # Its number among the video tracks, from 0. Covers may come before it.
    number: int = 0
    frame_rate: float | None = None
    # The rate of the ticks at which frames come; above the average rate if some ticks have none.
    tick_rate: float | None = None
    is_interlaced: bool = False
    # Whether pictures refer across key frames, so that browsers fail after a seek.
    is_open_gop: bool = False
    # Whether it is shown rotated or mirrored.
    is_turned: bool = False
    # Whether it is mirrored, or rotated by something else than quarter turns.
    is_mirrored: bool = False
    # The transfer function (ITU-T H.273, table 3).
    transfer: int | None = None
    # Colour primaries and matrix (tables 2 and 4); None if unspecified.
    primaries: int | None = None
    matrix: int | None = None
    # The track's own duration; audio, subtitles or the file itself may be longer.
    duration_s: float | None = None
    # Of the whole file, in bits per second.
    bitrate: int | None = None
    # Where the file's timeline starts.
    start_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Sound:
    """One audio track. Audio tracks are numbered separately, from 0."""

    codec: str | None
    channels: int
    # As in the file, usually ISO 639-2; empty if not stated.
    language: str = ""
    title: str = ""
    is_default: bool = False
    # Whether it belongs to another programme of a broadcast than the picture.
    is_anothers: bool = False
    samples_per_s: int | None = None


@dataclass(frozen=True, slots=True)
class Subtitles:
    """One subtitle track. Subtitle tracks are numbered separately, from 0."""

    codec: str | None
    language: str = ""
    title: str = ""
    is_default: bool = False
    is_forced: bool = False


@dataclass(frozen=True, slots=True)
class Tracks:
    """All tracks of a file."""

    picture: Picture = field(default_factory=Picture)
    sounds: tuple[Sound, ...] = ()
    subtitles: tuple[Subtitles, ...] = ()

    @classmethod
    def from_json(cls, reported: Mapping[str, Any]) -> "Tracks":
        """Parse the probe's report."""
        return cls(
            picture=Picture(**reported["picture"]),
            sounds=tuple(Sound(**each) for each in reported["sounds"]),
            subtitles=tuple(Subtitles(**each) for each in reported["subtitles"]),
        )
