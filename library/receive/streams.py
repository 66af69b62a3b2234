"""HLS streams that are elsewhere: what their playlists say, and who may read them."""

from dataclasses import dataclass, replace

from library.storage.remote import Document, RemoteStorage
from library.storage.threads import in_turn
from media import hls
from media.probe import Facts

# The start of a codec's name in a playlist (RFC 6381), and ffmpeg's name of it.
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
# A playlist of playlists leads to one with parts; deeper is nonsense.
_MOST_LEVELS = 2


@dataclass(frozen=True, slots=True)
class Stream:
    """What an HLS stream is; ``is_open`` if pages of any site may read it."""

    facts: Facts
    is_open: bool


async def look_into_stream(remote: RemoteStorage, url: str, origin: str) -> Stream:
    """Read the playlists at ``url``.

    Raises BadPlaylist for a stream that is live, protected or no stream, and StorageError.
    """
    facts, is_open = Facts(), True
    for _ in range(_MOST_LEVELS):
        document = await remote.document(url, hls.MAX_BYTES, origin=origin)
        is_open = is_open and document.is_open
        playlist = await in_turn(_read, document)
        if playlist.variants:
            facts = _facts(playlist.variants)
            url = playlist.variants[0].url
            continue
        first_part = _checked(playlist)
        if is_open:
            is_open = await remote.is_open(first_part, origin)
        return Stream(replace(facts, duration_s=playlist.duration_s, start_s=0.0), is_open)
    raise hls.BadPlaylist("This HLS stream has no parts.", "is an HLS stream without parts")


def _read(document: Document) -> hls.Playlist:
    return hls.read(document.text, document.url)


def _checked(playlist: hls.Playlist) -> str:
    """Return the first part of a stream that can be watched together; raise BadPlaylist."""
    if not playlist.has_end:
        raise hls.BadPlaylist(
            "This is a live stream, which cannot be watched together here.", "is a live stream"
        )
    if not playlist.first_part or not playlist.duration_s:
        raise hls.BadPlaylist("This HLS stream is empty.", "is an empty HLS stream")
    return playlist.first_part


def _facts(variants: tuple[hls.Variant, ...]) -> Facts:
    """Return what is told of the best quality that every browser plays, or else of the best."""
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


def _names(variant: hls.Variant) -> list[str]:
    return [_CODECS[each[:4]] for each in variant.codecs if each[:4] in _CODECS]
