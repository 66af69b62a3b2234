"""Recognises the kind of a video file by its first bytes, never by its name.

Pure. ISO 14496-12 section 4.3 (ftyp), RFC 8794 section 11.2 (EBML header), AVI RIFF File
Reference (Microsoft), ISO 13818-1 sections 2.4.3 (transport packets) and 2.5.3 (packs), ASF
specification section 3.1 (Microsoft), FLV file format section E.2 (Adobe).
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from core.file_extensions import EXTENSIONS, LINK_EXTENSIONS

# How many bytes ``sniff`` needs. The headers of unsupported kinds are far shorter.
HEAD_BYTES = 4096
ACCEPTED = "MP4, MOV, MKV, WebM, AVI, WMV, FLV, MPG or MPEG-TS"
# Linked files are not converted, so browsers must be able to read them.
LINKED = "MP4, MOV, WebM or MKV"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of video file: its media type, and the extension for downloads.

    ``demuxer`` is passed to ffmpeg, which must never guess: a file that looks like a playlist would
    make it open other files.
    """

    mime_type: str
    extension: str
    demuxer: str


MP4 = Kind("video/mp4", "mp4", "mov")
MOV = Kind("video/quicktime", "mov", "mov")
WEBM = Kind("video/webm", "webm", "matroska")
MKV = Kind("video/x-matroska", "mkv", "matroska")
AVI = Kind("video/x-msvideo", "avi", "avi")
# Also .m2ts of discs and .mts of cameras, whose packets start with a timestamp.
TS = Kind("video/mp2t", "ts", "mpegts")
# Also .vob of DVDs.
MPG = Kind("video/mpeg", "mpg", "mpeg")
WMV = Kind("video/x-ms-wmv", "wmv", "asf")
FLV = Kind("video/x-flv", "flv", "flv")
FILES = (MP4, MOV, WEBM, MKV, AVI, TS, MPG, WMV, FLV)
# Not a file, but a playlist of segments. It is never stored, and only browsers read it.
HLS = Kind("application/vnd.apple.mpegurl", "m3u8", "")
_BY_MIME_TYPE = {kind.mime_type: kind for kind in (*FILES, HLS)}

# Names of other kinds of files, by extension.
OTHER_KINDS = {
    "m3u": "a playlist",
    "pls": "a playlist",
    "mpd": "a DASH stream",
    "isml": "a Smooth Streaming stream",
    "ism": "a Smooth Streaming stream",
    "ts": "an MPEG transport stream",
    "m2t": "an MPEG transport stream",
    "m2ts": "an MPEG transport stream",
    "mts": "an MPEG transport stream",
    "mpg": "an MPEG file",
    "mpeg": "an MPEG file",
    "m2p": "an MPEG file",
    "m1v": "an MPEG stream without a container",
    "m2v": "an MPEG stream without a container",
    "vob": "a DVD file",
    "iso": "an image of a disk",
    "avi": "an AVI file",
    "divx": "an AVI file",
    "wmv": "a Windows Media file",
    "asf": "a Windows Media file",
    "flv": "a Flash file",
    "f4v": "a Flash file",
    "swf": "a Flash file",
    "mxf": "an MXF file",
    "dv": "a DV file",
    "ogv": "an Ogg file",
    "ogm": "an Ogg file",
    "ogg": "an Ogg file",
    "rm": "a RealMedia file",
    "rmvb": "a RealMedia file",
    "torrent": "a torrent",
    "mp3": "a sound file",
    "m4a": "a sound file",
    "wav": "a sound file",
    "flac": "a sound file",
    "aac": "a sound file",
    "opus": "a sound file",
    "oga": "a sound file",
    "wma": "a sound file",
    "aif": "a sound file",
    "aiff": "a sound file",
    "ac3": "a sound file",
    "mid": "a sound file",
    "jpg": "a picture",
    "jpeg": "a picture",
    "png": "a picture",
    "gif": "a picture",
    "webp": "a picture",
    "avif": "a picture",
    "heic": "a picture",
    "bmp": "a picture",
    "svg": "a picture",
    "srt": "a file of subtitles",
    "vtt": "a file of subtitles",
    "ass": "a file of subtitles",
    "ssa": "a file of subtitles",
    "sub": "a file of subtitles",
    "zip": "an archive",
    "rar": "an archive",
    "7z": "an archive",
    "tar": "an archive",
    "gz": "an archive",
    "pdf": "a document",
    "txt": "a text",
}

# The extensions of files that can be uploaded.
FILE_EXTENSIONS = EXTENSIONS - {HLS.extension}
# The extensions that programs give to incomplete downloads.
PARTIAL_EXTENSIONS = frozenset(
    {"part", "partial", "crdownload", "download", "opdownload", "filepart", "ytdl", "aria2"}
    | {"!qb", "!ut", "bc!", "td", "tmp", "xltd"}
)

# The first bytes of other kinds of files.
_OTHER_HEADS = {
    b"ID3": "mp3",
    **dict.fromkeys((b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"), "mp3"),
    b"fLaC": "flac",
    b"MThd": "mid",
    b"OggS": "ogg",
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG": "png",
    b"GIF8": "gif",
    b"%PDF": "pdf",
    b"PK\x03\x04": "zip",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b\x08": "gz",
    **dict.fromkeys((b"CWS", b"FWS", b"ZWS"), "swf"),
    b".RMF": "rm",
    b"\0\0\x01\xb3": "m2v",
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01": "mxf",
    b"#EXTM3U": "m3u",
    b"WEBVTT": "vtt",
    b"[Script Info]": "ass",
    b"d8:announce": "torrent",
}
# What a site sends instead of a file that it does not have, or not for everybody.
_WEB_PAGE = re.compile(rb"\s*(?:<\?xml[^>]{,200}>\s*)?<(?:!doctype html|html)\b", re.IGNORECASE)
_SRT = re.compile(rb"\s*\d+\s*\n\d\d?:\d\d:\d\d[,.]\d{3} +-->")
_RIFF = {b"WAVE": "wav", b"WEBP": "webp"}

# The same container is also used for pictures and audio, which are not videos.
_NOT_VIDEO = (b"avi", b"hei", b"hev", b"mif", b"msf", b"M4A", b"M4B", b"M4P", b"crx", b"jp2")
_OLD_MOV_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
# Distance between packets and offset of the first: as broadcast, with a timestamp in front as on
# discs, with a checksum behind.
_PACKETS = ((188, 0), (192, 4), (204, 0))
_SYNC_BYTE = 0x47
_FEWEST_PACKETS = 4
# How many packets are required of a recording that starts in the middle of a packet.
_FEWEST_LATER = 16
_EBML = b"\x1a\x45\xdf\xa3"
_HEADS = {
    b"\0\0\x01\xba": MPG,
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c": WMV,
    b"FLV\x01": FLV,
}
_DOC_TYPE = b"\x42\x82"
# Streaming servers make several kinds of streams, chosen by the manifest's name. The quantifiers
# are possessive, so that matching does not backtrack.
_HLS_MANIFEST = re.compile(
    r"(?>(?:.*?/)??manifest\()(?>.*?format=m3u8).*\)/?", re.IGNORECASE | re.DOTALL
)


def sniff(head: bytes) -> Kind | None:
    """Return the kind of a file that starts with ``head``; None if it is not supported."""
    if head.startswith(_EBML):
        return {b"webm": WEBM, b"matroska": MKV}.get(_doc_type(head))
    if head.startswith(b"RIFF"):
        return AVI if head[8:12] == b"AVI " else None
    if kind := next((each for start, each in _HEADS.items() if head.startswith(start)), None):
        return kind
    if _has_packets(head):
        return TS
    size, box, brand = int.from_bytes(head[:4]), head[4:8], head[8:12]
    if box == b"ftyp" and len(brand) == 4 and size >= 16:
        if brand.startswith(_NOT_VIDEO):
            return None
        return MOV if brand == b"qt  " else MP4
    # QuickTime files older than ftyp. A size of 1 means that the real size follows.
    if box in _OLD_MOV_BOXES and (size == 1 or size >= 8):
        return MOV
    return TS if _has_packets_later(head) else None


def other_kind(head: bytes) -> str | None:
    """Return the name of the unsupported kind of a file that starts with ``head``, if known."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith(b"RIFF"):
        extension = _RIFF.get(head[8:12])
    elif head[4:8] == b"ftyp" and head[8:12].startswith(_NOT_VIDEO):
        extension = "m4a" if head[8:10] == b"M4" else "heic"
    elif _WEB_PAGE.match(head[:1024]):
        return "a web page"
    elif _SRT.match(head[:1024]):
        extension = "srt"
    else:
        extension = next(
            (each for start, each in _OTHER_HEADS.items() if head.startswith(start)), None
        )
    return OTHER_KINDS[extension] if extension else None


def name_in_link(path: str) -> str:
    """Return the file name in the path of a link, without parameters.

    These follow a semicolon (RFC 3986 section 3.3). A manifest has the name of its stream.
    """
    folders, _, name = unquote(path).rstrip("/").rpartition("/")
    if name.lower().startswith("manifest") and folders.lower().endswith((".ism", ".isml")):
        name = folders.rpartition("/")[2]
    bare, _, _ = name.partition(";")
    # Unless the semicolon is part of the name.
    return name if _extension(name) in LINK_EXTENSIONS and "." not in bare else bare


def extension_of_link(path: str, query: str = "") -> str:
    """Return the extension of the file at a link, in lower case, or "".

    If the name in the path does not tell the kind, a name in the query is used
    ("?file=film.mp4").
    """
    if _HLS_MANIFEST.fullmatch(unquote(path)):
        return HLS.extension
    name = name_in_link(path)
    # Some sites append parameters without a question mark: "film.mp4&token=1".
    for part in (name, *re.split("[&?]", name)[:1]):
        if (extension := _extension(part)) in LINK_EXTENSIONS or extension in OTHER_KINDS:
            return extension
    for _, value in parse_qsl(query):
        if (extension := _extension(re.split("[&?#;]", value)[0])) in EXTENSIONS:
            return extension
    return _extension(name)


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def kind_of(mime_type: str) -> Kind:
    """Return the Kind with this media type."""
    return _BY_MIME_TYPE[mime_type]


def extension_of(mime_type: str) -> str:
    """Return the file name extension for the media type of a Kind."""
    return _BY_MIME_TYPE[mime_type].extension


def _has_packets(head: bytes) -> bool:
    """Tell whether ``head`` consists of transport stream packets."""
    for length, start in _PACKETS:
        first_bytes = head[start:HEAD_BYTES:length]
        if len(first_bytes) >= _FEWEST_PACKETS and set(first_bytes) == {_SYNC_BYTE}:
            return True
    return False


def _has_packets_later(head: bytes) -> bool:
    """Tell whether transport stream packets start within the length of one packet."""
    for length, _ in _PACKETS:
        for start in range(1, length):
            first_bytes = head[start:HEAD_BYTES:length]
            if len(first_bytes) >= _FEWEST_LATER and set(first_bytes) == {_SYNC_BYTE}:
                return True
    return False


def _doc_type(head: bytes) -> bytes:
    """Return the DocType of an EBML header; empty if there is none."""
    at = head.find(_DOC_TYPE, 0, 128)
    if at < 0 or at + 2 >= len(head):
        return b""
    # The size of a short element is one byte with the top bit set.
    length = head[at + 2] & 0x7F
    return head[at + 3 : at + 3 + length].rstrip(b"\0")
