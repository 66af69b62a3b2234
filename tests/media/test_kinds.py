"""Which first bytes are taken for a video."""

from pathlib import Path

import pytest

from media.kinds import (
    AVI,
    FLV,
    MKV,
    MOV,
    MP4,
    MPG,
    TS,
    WEBM,
    WMV,
    Kind,
    extension_of_link,
    name_in_link,
    other_kind,
    sniff,
)
from tests.support.clips import Clip, make_clip


def ftyp(brand: bytes) -> bytes:
    return b"\0\0\0\x20ftyp" + brand + b"\0\0\2\0isomiso2mp41"


def ebml(doc_type: bytes) -> bytes:
    element = b"\x42\x82" + bytes([0x80 | len(doc_type)]) + doc_type
    return b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\xf7\x81\x01" + element + b"\x42\x87\x81\x04"


def packets(length: int, *, in_front: int = 0) -> bytes:
    """Return packets of a transport stream that have so many bytes, some in front of each."""
    return (bytes(in_front) + b"G\x1f\xff\x10" + b"\xff" * (length - in_front - 4)) * 20


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (ftyp(b"isom"), MP4),
        (ftyp(b"mp42"), MP4),
        (ftyp(b"M4V "), MP4),
        (ftyp(b"qt  "), MOV),
        (b"\0\0\0\x08wide\0\0\0\0mdat", MOV),
        (b"\0\0\0\1mdat" + b"\0" * 16, MOV),
        (ebml(b"webm"), WEBM),
        (ebml(b"matroska"), MKV),
        (ebml(b"matroska\0\0"), MKV),
        (ebml(b"other"), None),
        (ftyp(b"M4A "), None),
        (ftyp(b"avif"), None),
        (ftyp(b"heic"), None),
        (b"\0\0\0\4ftypisom" + b"\0" * 9, None),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None),
        (b"RIFF\0\0\0\0AVI LIST", AVI),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"\0\0\x01\xba\x44", MPG),
        (b"\0\0\x01\xba\x21", MPG),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), WMV),
        (bytes.fromhex("3026b2758e66cf11"), None),
        (b"FLV\x01\x05", FLV),
        (packets(188), TS),
        (packets(192, in_front=4), TS),
        (packets(204), TS),
        (packets(188)[100:], TS),
        (packets(192, in_front=4)[7:], TS),
        (packets(188)[: 3 * 188], None),
        (packets(188)[:376] + b"g" + packets(188)[377:], None),
        (b"G" * 100, None),
        (b"ID3\4" + b"\0" * 20, None),
        (b"<html>ftypisom</html>", None),
        (b"\x1a\x45\xdf\xa3", None),
        (b"\x1a\x45\xdf\xa3\x42\x82", None),
        (b"\0\0\0\x20ftyp", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_kind(head: bytes, kind: Kind | None) -> None:
    assert sniff(head) == kind


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"ID3\x04", "a sound file"),
        (b"RIFF....WAVEfmt ", "a sound file"),
        (b"\0\0\0\x18ftypM4A ", "a sound file"),
        (b"OggS\0", "an Ogg file"),
        (b"RIFF....WEBPVP8 ", "a picture"),
        (b"\0\0\0\x18ftypheic", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"PK\x03\x04", "an archive"),
        (b"%PDF-1.7", "a document"),
        (b"CWS\x08", "a Flash file"),
        (b"\0\0\x01\xb3", "an MPEG stream without a container"),
        (b"\xef\xbb\xbf#EXTM3U\n", "a playlist"),
        (b"WEBVTT\n", "a file of subtitles"),
        (b"d8:announce3:abc", "a torrent"),
        (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHi\r\n", "a file of subtitles"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html><head>", "a web page"),
        (b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">', "a web page"),
        (b"<htmlx>", None),
        (b"hello", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_what_is_none_of_ours(head: bytes, name: str | None) -> None:
    assert sniff(head) is None
    assert other_kind(head) == name


def test_a_real_clip_is_an_mp4(tmp_path: Path) -> None:
    assert sniff(make_clip(tmp_path, Clip(duration_s=0.2)).read_bytes()[:4096]) == MP4


@pytest.mark.parametrize(
    ("path", "name", "extension"),
    [
        ("/a/Film.MP4", "Film.MP4", "mp4"),
        ("/live.m3u8/", "live.m3u8", "m3u8"),
        ("/live.m3u8;x=1", "live.m3u8", "m3u8"),
        ("/a;b/film%2Emp4", "film.mp4", "mp4"),
        ("/film.ism/Manifest", "film.ism", "ism"),
        ("/film.ism/manifest(format=m3u8-aapl)", "film.ism", "m3u8"),
        ("/film.ism/Manifest(format=m3u8-cmaf,audio-only=false)", "film.ism", "m3u8"),
        ("/film.ism/manifest(format=mpd-time-csf)", "film.ism", "ism"),
        ("/what;ever.mp4", "what;ever.mp4", "mp4"),
        ("/film.mkv;a=b.mp4", "film.mkv", "mkv"),
        ("/film.mp4&token=1", "film.mp4&token=1", "mp4"),
        ("/film.mp4%3Ftoken=1", "film.mp4?token=1", "mp4"),
        ("/Tom&Jerry.mp4", "Tom&Jerry.mp4", "mp4"),
        ("/Manifest", "Manifest", ""),
        ("/a.b/film", "film", ""),
        ("", "", ""),
    ],
)
def test_the_path_of_a_link_names_a_file_and_its_extension(
    path: str, name: str, extension: str
) -> None:
    assert (name_in_link(path), extension_of_link(path)) == (name, extension)


@pytest.mark.parametrize(
    ("path", "query", "extension"),
    [
        ("/download.php", "f=film.mp4&x=1", "mp4"),
        ("/get", "file=%2Ffilms%2FFilm.MKV", "mkv"),
        ("/get", "url=https%3A%2F%2Fe.example%2Ffilm.mp4%3Fa%3D1", "mp4"),
        ("/get", "list=live.m3u8", "m3u8"),
        ("/get", "f=film.avi", "avi"),
        ("/film.webm", "ts=1.ts", "webm"),
        ("/film.mpd", "x=a.m3u8", "mpd"),
        ("/page.html", "to=notes.txt", "html"),
        ("/", "f=film.mp4x", ""),
    ],
)
def test_a_file_may_be_named_in_the_query(path: str, query: str, extension: str) -> None:
    assert extension_of_link(path, query) == extension


def test_the_end_of_a_path_of_any_length_is_found_at_once() -> None:
    # Would take hours, were the rest of it read for each of these.
    path = "/manifest(" * 2_000 + "format=m3u8" * 2_000 + ")" * 20_000
    assert extension_of_link(path) == "m3u8"
    assert extension_of_link(f"{path}x") == ""
