"""Addresses that are pasted instead of web links: of an app, a file, or a torrent. Pure.

The address of an app may contain the web link it stands for. The pages need not know these: they
send a text unchanged unless it has several links.
"""

import re
from urllib.parse import unquote

from core.file_extensions import EXTENSIONS

_BEFORE = r"(?<![\w./:=?&#%+-])"
# Schemes of apps, and the beginning of the web links they stand for.
_APPS = [
    (re.compile(_BEFORE + app, re.IGNORECASE), web)
    for app, web in [
        (r"freetube:/{0,2}(?=https?://)", ""),
        (
            r"(?:(?:vnd\.)?youtube|freetube):/{0,2}(?=(?:[\w-]+\.)*youtu(?:be\.com|\.be)/)",
            "https://",
        ),
        (
            r"(?:vnd\.)?youtube:/{0,2}(?:watch/?\?v=|shorts/)?([\w-]{11})(?![\w-])",
            r"https://youtu.be/\1",
        ),
        (r"vimeo:/{0,2}(?:app\.vimeo\.com/)?(?:videos?/)?([0-9]+)", r"https://vimeo.com/\1"),
        (r"intent://([^\s#]+)(?:#Intent;\S*)?", r"https://\1"),
    ]
]
# Links that share a text; the text is escaped in them.
_SENDING = re.compile(
    rf"{_BEFORE}(?:mailto|smsto|sms|whatsapp|tg|viber|line|fb-messenger):[^\s:]*?"
    r"(?:[?&](?:body|text|url|link)=|msg/text/)([^\s&]+)\S*",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"[\s\"'\u2018-\u201f]*(?:file:/|[a-z]:[\\/](?!/)|\\\\[\w.-]+\\|%\w+%\\|\$home/|~/"
    r"|(?:content|ph|assets-library|smb|nfs|afp)://"
    r"|/(?:home|users|volumes|media|mnt|storage|sdcard|root|tmp|srv)/)",
    re.IGNORECASE,
)
# A file name alone, or a path: it cannot be a site.
_FILE_NAME = re.compile(
    # Without backtracking, because quotation marks can be part of names.
    r"[\"'\u2018-\u201f]*+(?:\.{0,2}[/\\][^\n]*|[^/\\:]*)[^\s./\\:]"
    rf"\.(?:{'|'.join(sorted(EXTENSIONS - {'m3u8'}))})[\"'\u2018-\u201f.]*",
    re.IGNORECASE,
)
_DOWNLOAD = "Download the film, and upload it."
_OTHERS = [
    (re.compile(_BEFORE + beginning, re.IGNORECASE), name, advice)
    for beginning, name, advice in [
        (r"(?:magnet:\?|ed2k://|thunder://)", "a torrent", _DOWNLOAD),
        (r"(?:ftps?|sftp)://", "an FTP server", _DOWNLOAD),
        (r"(?:ipfs|ipns)://", "an IPFS network", _DOWNLOAD),
        (
            r"(?:rtsp[su]?|rtmp[a-z]{0,2}|mms[a-z]?|udp|rtp|srt|acestream|sop)://",
            "a live stream",
            "Paste the link of a film.",
        ),
    ]
]


def with_web_links(text: str) -> str:
    """Return ``text`` with web links in place of app addresses."""
    text = _SENDING.sub(lambda found: f" {unquote(found[1])} ", text)
    for app, web in _APPS:
        text = app.sub(web, text)
    return text


def is_on_device(text: str) -> bool:
    """Tell whether ``text`` is the path of a file on someone's device."""
    return _DEVICE.match(text) is not None


def is_file_name(text: str) -> bool:
    """Tell whether ``text`` is the name of a video file and not a site."""
    return _FILE_NAME.fullmatch(text) is not None


def named(text: str) -> tuple[str, str] | None:
    """Return what a non-web address in ``text`` leads to, and what people can do instead."""
    for beginning, name, advice in _OTHERS:
        if beginning.search(text):
            return name, advice
    return None
