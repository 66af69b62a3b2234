"""What is pasted in place of a web link: the address of an app, a file, or a torrent. Pure.

An app's address may say which web link it stands for. The pages need not know these: they
send a text without several links as it is.
"""

import re
from urllib.parse import unquote

from core.endings import LINK_ENDINGS, MADE_ENDINGS

_BEFORE = r"(?<![\w./:=?&#%+-])"
# Of apps, and what stands in the place of theirs.
_APPS = [
    (re.compile(_BEFORE + app, re.IGNORECASE), web)
    for app, web in [
        (r"(?:vnd\.)?youtube:/{0,2}(?=(?:[\w-]+\.)*youtu(?:be\.com|\.be)/)", "https://"),
        (
            r"(?:vnd\.)?youtube:/{0,2}(?:watch/?\?v=|shorts/)?([\w-]{11})(?![\w-])",
            r"https://youtu.be/\1",
        ),
        (r"vimeo:/{0,2}(?:app\.vimeo\.com/)?(?:videos?/)?([0-9]+)", r"https://vimeo.com/\1"),
        (r"intent://([^\s#]+)(?:#Intent;\S*)?", r"https://\1"),
    ]
]
# Links by which a program is told what to send: the text is escaped in them.
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
# A name alone, or a path: it cannot be that of a site.
_FILE_NAME = re.compile(
    # What was read is not read again: marks are also a part of names.
    r"[\"'\u2018-\u201f]*+(?:\.{0,2}[/\\][^\n]*|[^/\\:]*)[^\s./\\:]"
    rf"\.(?:{'|'.join(sorted((LINK_ENDINGS | MADE_ENDINGS) - {'m3u8'}))})[\"'\u2018-\u201f.]*",
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
    """Return ``text`` with the web links that addresses of apps in it stand for."""
    text = _SENDING.sub(lambda found: f" {unquote(found[1])} ", text)
    for app, web in _APPS:
        text = app.sub(web, text)
    return text


def is_on_device(text: str) -> bool:
    """Tell whether ``text`` says where a file is on somebody's device."""
    return _DEVICE.match(text) is not None


def is_file_name(text: str) -> bool:
    """Tell whether ``text`` ends as the name of a video file, and names no site."""
    return _FILE_NAME.fullmatch(text) is not None


def named(text: str) -> tuple[str, str] | None:
    """Return what an address in ``text`` leads to that is no web link, and what to do."""
    for beginning, name, advice in _OTHERS:
        if beginning.search(text):
            return name, advice
    return None
