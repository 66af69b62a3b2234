"""The file name of a downloaded video. Pure."""

import re
import unicodedata
from urllib.parse import quote

from core.text import cut, tidy_line

# Characters that Windows or other systems forbid in file names.
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')
# Reserved with any extension, and with spaces before it.
_DEVICES = re.compile(
    r"(?:CON(?:IN\$|OUT\$)?|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³]) *(?=\.|$)", re.IGNORECASE
)
# A name has at most 255 bytes nearly everywhere; some programs append to it while they download.
_BYTES_MAX = 240


def download_name(title: str, extension: str) -> str:
    """Return ``title`` with ``extension``; characters that file systems forbid become ``_``."""
    name = _FORBIDDEN.sub("_", tidy_line(title, at_most=len(title))).strip()
    # A leading dot hides a file, and Windows drops one at the end.
    name = re.sub(r"^\.+|[. ]+$", lambda found: "_" * len(found[0].strip()), name)
    if _DEVICES.match(name):
        name = f"_{name}"
    room = _BYTES_MAX - len(extension) - 1
    while len(name.encode()) > room:
        name = cut(name, len(name) - 1)
    return f"{name or 'video'}.{extension}"


def content_disposition(title: str, extension: str) -> str:
    """Name a download after its title (RFC 6266; RFC 8187 for what is not ASCII)."""
    full = download_name(title, extension)
    bare = unicodedata.normalize("NFKD", full)
    plain = "".join(c for c in bare if not unicodedata.combining(c))
    # RFC 6266 appendix D: clients differ in reading a percent sign in the plain form. Remove
    # forbidden characters again, because the decomposition turns some letters into them.
    plain = _FORBIDDEN.sub("_", re.sub(r"[^ -~]|%", "_", plain))
    value = f'attachment; filename="{plain}"'
    if full != plain:
        value += f"; filename*=UTF-8''{quote(full, safe='')}"
    return value
