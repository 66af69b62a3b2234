"""HLS streams on other servers: what their playlists say, and which pages may read them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from library.storage.base import StorageError
from library.storage.remote import Document, RemoteStorage
from library.storage.threads import in_turn
from media import hls
from media.probe import Facts

# The beginning of a codec's name in a playlist (RFC 6381), and ffmpeg's name for it.
_CODECS = {
    "avc1": "h264",
    "avc3": "h264",
    "hvc1": "hevc",
    "hev1": "hevc",
    "av01": "av1",
    "vp09": "vp9",
    "mp4a": "aac",
    "ac-3": "ac3",
    "ec-3": "eac3",
    "opus": "opus",
    "fLaC": "flac",
}
_SOUND = {"aac", "ac3", "eac3", "opus", "flac"}
# The most variants to try while their playlists are missing.
_MOST_TRIED = 4


@dataclass(frozen=True, slots=True)
class Stream:
    """An HLS stream; ``is_open`` if pages of any site may read it."""

    facts: Facts
    is_open: bool


async def examine_stream(remote: RemoteStorage, url: str, origin: str) -> Stream:
    """Read the playlists at ``url``, and request the first segment.

    Raises BadPlaylist if it is not a stream, or is live, protected or without a picture, and
    StorageError.
    """
    document, playlist = await _playlist_at(remote, url, origin)
    if not playlist.variants:
        return await _stream_of(remote, document, playlist, Facts(), origin)
    facts = _facts(playlist.variants)
    if facts.video_codec is None and all(map(_is_sound, playlist.variants)):
        raise hls.BadPlaylist(
            "This HLS stream has sound alone.", "is an HLS stream without picture"
        )
    failures: list[StorageError] = []
    for variant in playlist.variants[:_MOST_TRIED]:
        try:
            in_it, parts = await _playlist_at(remote, variant.url, origin, playlist.variables)
            stream = await _stream_of(remote, in_it, parts, facts, origin)
            return replace(stream, is_open=stream.is_open and document.is_open)
        except StorageError as error:
            # Players also try the next one.
            failures.append(error)
    raise failures[0]


async def _playlist_at(
    remote: RemoteStorage, url: str, origin: str, given: Mapping[str, str] | None = None
) -> tuple[Document, hls.Playlist]:
    document = await remote.document(url, hls.MAX_BYTES, origin=origin)
    return document, await in_turn(_read, document, given)


async def _stream_of(
    remote: RemoteStorage, document: Document, playlist: hls.Playlist, facts: Facts, origin: str
) -> Stream:
    if playlist.variants:
        # A master playlist leads to media playlists; deeper nesting is invalid.
        raise hls.BadPlaylist("This HLS stream has no parts.", "is an HLS stream without parts")
    is_open = await remote.is_open(_checked(playlist), origin) and document.is_open
    return Stream(replace(facts, duration_s=playlist.duration_s, start_s=0.0), is_open)


def _read(document: Document, given: Mapping[str, str] | None) -> hls.Playlist:
    return hls.read(document.text, document.url, given)


def _checked(playlist: hls.Playlist) -> str:
    """Return the first segment if the stream can be watched together; raise BadPlaylist."""
    if not playlist.first_part:
        raise hls.BadPlaylist("This HLS stream is empty.", "is an empty HLS stream")
    if not playlist.duration_s:
        raise hls.BadPlaylist(
            "This is a list of channels or songs, and not one film.", "is a list of several things"
        )
    if not playlist.has_end:
        raise hls.BadPlaylist(
            "This is a live stream, which cannot be watched together here.", "is a live stream"
        )
    return playlist.first_part


def _facts(variants: tuple[hls.Variant, ...]) -> Facts:
    """Return the facts of the best variant that every browser plays, or else of the best one."""
    largest = max(variants, key=lambda each: each.height or 0)
    common = [each for each in variants if "h264" in _names(each)]
    shown = max(common, key=lambda each: each.height or 0) if common else largest
    names = _names(shown)
    return Facts(
        width=shown.width,
        height=shown.height,
        video_codec=next((name for name in names if name not in _SOUND), None),
        audio_codec=next((name for name in names if name in _SOUND), None),
    )


def _is_sound(variant: hls.Variant) -> bool:
    names = _names(variant)
    return bool(names) and variant.height is None and _SOUND.issuperset(names)


def _names(variant: hls.Variant) -> list[str]:
    return [_CODECS[each[:4]] for each in variant.codecs if each[:4] in _CODECS]
