"""HLS playlists (RFC 8216): reads and checks those of ffmpeg, and writes the master. Pure.

ffmpeg's own master playlist covers only the outputs of one command, guesses the bandwidth from
settings, and is written before the segments.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_EXTINF = re.compile(r"#EXTINF:([0-9.]+)")
_ENTRY = r"#EXTINF:([0-9.]+),[^\n]*\n#EXT-X-BYTERANGE:(\d+)@(\d+)\n"
_BYTERANGE = re.compile(r"#EXT-X-BYTERANGE:(\d+)@(\d+)")
AAC = "mp4a.40.2"
_LONGEST_S = 86_400.0
# ffmpeg encodes silence with 500 bytes a second, and barely audible sound with 5,000.
_SILENT_BYTES_PER_S = 1000
# The header of a track lies within this many bytes.
HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Segments:
    """Facts from a media playlist; bits are per second of film."""

    duration_s: float
    peak_bits_per_s: int
    bits_per_s: int
    # Where the last segment ends, which is the size that the file must have.
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One segment of a media playlist: its lines, duration and byte range."""

    lines: str
    duration_s: float
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class SoundPlaylist:
    """One audio rendition in the master playlist."""

    name: str
    label: str
    language: str
    is_default: bool
    peak_bits_per_s: int
    bits_per_s: int


@dataclass(frozen=True, slots=True)
class PicturePlaylist:
    """One video rendition in the master playlist."""

    name: str
    width: int
    height: int
    codecs: str
    frames_per_s: float | None
    peak_bits_per_s: int
    bits_per_s: int


def ending_at(text: str, end_s: float) -> str:
    """Return the playlist with the last segment's duration changed so that it ends at ``end_s``.

    ffmpeg assumes a constant frame rate in the last segment. Raises ValueError.
    """
    *before, last = _EXTINF.finditer(text)
    length_s = end_s - sum(float(each[1]) for each in before)
    if length_s <= 0:
        raise ValueError("the last segment ends before it begins")
    return f"{text[: last.start(1)]}{length_s:.6f}{text[last.end(1) :]}"


def read_segments(text: str) -> Segments:
    """Read a media playlist of byte ranges; raise ValueError if it is incomplete."""
    lengths = [float(each) for each in _EXTINF.findall(text)]
    ranges = [(int(size), int(start)) for size, start in _BYTERANGE.findall(text)]
    if not lengths or len(lengths) != len(ranges) or "#EXT-X-ENDLIST" not in text:
        raise ValueError("the playlist is not whole")
    bits = [8 * size for size, _ in ranges]
    rates = [size / length for size, length in zip(bits, lengths, strict=True) if length > 0]
    return Segments(
        duration_s=round(sum(lengths), 3),
        peak_bits_per_s=round(max(rates)),
        bits_per_s=round(sum(bits) / sum(lengths)),
        size_bytes=sum(ranges[-1]),
    )


def entries(text: str, name: str) -> list[Entry]:
    """Return the segments of the file ``name`` that a playlist lists so far.

    The playlist may still be growing: an incomplete entry at its end is ignored.
    """
    found = re.finditer(rf"{_ENTRY}{re.escape(name)}\n", text)
    return [
        Entry(each[0], float(each[1]), int(each[3]), int(each[3]) + int(each[2])) for each in found
    ]


def is_silence(segments: Sequence[Entry]) -> bool:
    """Tell whether these audio segments are empty or contain only silence."""
    length_s = sum(each.duration_s for each in segments)
    size_bytes = sum(each.stop - each.start for each in segments)
    return size_bytes < _SILENT_BYTES_PER_S * (length_s + 1)


def growing(name: str, head_bytes: int, lines: str) -> str:
    """Return the playlist of the growing file ``name``; ``lines`` are its segments.

    It is of type EVENT (RFC 8216 section 4.3.3.5), to which lines are only added, and makes players
    start at the beginning instead of the current end.
    """
    return _media(name, head_bytes, lines, "EVENT", ["#EXT-X-START:TIME-OFFSET=0"])


def sanitized(text: str, name: str) -> str:
    """Return an untrusted media playlist reduced to its segments, all in the file ``name``.

    Players fetch every address in a playlist, which would reveal the viewers' IP addresses. Raises
    ValueError if the playlist is incomplete.
    """
    lines = [line.strip() for line in text.splitlines()]
    kept = [
        line if line.startswith("#") else name
        for line in lines
        if line.startswith(("#EXTINF:", "#EXT-X-BYTERANGE:")) or (line and line[0] != "#")
    ]
    found = entries("\n".join([*kept, ""]), name)
    if "#EXT-X-ENDLIST" not in lines or not found or 3 * len(found) != len(kept):
        raise ValueError("the playlist is not whole")
    if any(each.duration_s > _LONGEST_S for each in found):
        raise ValueError("a segment is too long")
    segments = "".join(
        f"#EXTINF:{each.duration_s:.6f},\n"
        f"#EXT-X-BYTERANGE:{each.stop - each.start}@{each.start}\n{name}\n"
        for each in found
    )
    return _media(name, found[0].start, f"{segments}#EXT-X-ENDLIST\n", "VOD")


def _media(name: str, head_bytes: int, lines: str, kind: str, more: Sequence[str] = ()) -> str:
    longest_s = max(map(float, _EXTINF.findall(lines)), default=0.0)
    return "\n".join(
        [
            *("#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{max(4, round(longest_s))}"),
            *("#EXT-X-MEDIA-SEQUENCE:0", f"#EXT-X-PLAYLIST-TYPE:{kind}"),
            *("#EXT-X-INDEPENDENT-SEGMENTS", *more),
            f'#EXT-X-MAP:URI="{name}",BYTERANGE="{head_bytes}@0"',
            lines,
        ]
    )


def avc_codec(head: bytes) -> str:
    """Return the codec string (RFC 6381) of an H.264 track from its header; raise ValueError.

    ISO 14496-15 section 5.3.3: in avcC, profile, constraints and level follow the version.
    """
    at = head.find(b"avcC")
    if at < 0 or len(head) < at + 8:
        raise ValueError("there is no H.264 track")
    return f"avc1.{head[at + 5 : at + 8].hex()}"


def master(pictures: Sequence[PicturePlaylist], sounds: Sequence[SoundPlaylist]) -> str:
    """Return the master playlist, with the pictures in the given order."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += map(_sound_line, sounds)
    # RFC 8216 section 4.3.4.2: the maximum over all audio that can play with a picture.
    peak = max((each.peak_bits_per_s for each in sounds), default=0)
    average = max((each.bits_per_s for each in sounds), default=0)
    for each in pictures:
        fields = {
            "BANDWIDTH": str(each.peak_bits_per_s + peak),
            "AVERAGE-BANDWIDTH": str(each.bits_per_s + average),
            "RESOLUTION": f"{each.width}x{each.height}",
            **({"FRAME-RATE": f"{each.frames_per_s:.3f}"} if each.frames_per_s else {}),
            "CODECS": _quoted(f"{each.codecs},{AAC}" if sounds else each.codecs),
            **({"AUDIO": _quoted("sound")} if sounds else {}),
        }
        lines += [f"#EXT-X-STREAM-INF:{_joined(fields)}", each.name]
    return "\n".join([*lines, ""])


def _sound_line(sound: SoundPlaylist) -> str:
    fields = {
        "TYPE": "AUDIO",
        "GROUP-ID": _quoted("sound"),
        "NAME": _quoted(sound.label),
        **({"LANGUAGE": _quoted(sound.language)} if sound.language else {}),
        "DEFAULT": "YES" if sound.is_default else "NO",
        "AUTOSELECT": "YES",
        "CHANNELS": _quoted("2"),
        "URI": _quoted(sound.name),
    }
    return f"#EXT-X-MEDIA:{_joined(fields)}"


def _joined(fields: dict[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in fields.items())


def _quoted(text: str) -> str:
    """Return a quoted-string, which may not contain quotes or line ends (section 4.2)."""
    return '"' + "".join(each for each in text if each != '"' and each.isprintable()) + '"'
