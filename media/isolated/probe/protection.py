"""Recognises films that are encrypted with a key that only their seller has."""

from collections.abc import Callable

from av.container import InputContainer

from . import boxes
from .remote_file import RemoteFile

# The objects of an ASF header that describe the encryption (ASF specification 3.13 and 3.14, and
# the Advanced Content Encryption Object).
_ASF_ENCRYPTION = tuple(
    bytes.fromhex(guid)
    for guid in (
        "fbb3112223bdd211b4b700a0c955fc6e",
        "14e68a292226174cb935dae07ee9289c",
        "338505438169e6499b74ad12cb86d58c",
    )
)
_MOST_HEAD_BYTES = 1 << 20
# A DVD consists of sectors, each of one packet. Encrypted and plain ones alternate.
_SECTOR_BYTES, _LOOKED_BYTES = 2048, 1 << 20
_PICTURE, _SCRAMBLED = b"\0\0\1\xe0", 0x30
_FEWEST_SCRAMBLED = 3


def _is_protected_wmv(file: RemoteFile) -> bool:
    file.seek(0)
    length = int.from_bytes(file.read(24)[16:], "little")
    head = file.read(min(length, _MOST_HEAD_BYTES))
    return any(guid in head for guid in _ASF_ENCRYPTION)


def _is_protected_dvd(file: RemoteFile) -> bool:
    """Tell whether several packets of the picture are scrambled (ISO 13818-1 section 2.4.3.7)."""
    file.seek(0)
    content, scrambled = file.read(_LOOKED_BYTES), 0
    for start in range(0, len(content), _SECTOR_BYTES):
        sector = content[start : start + _SECTOR_BYTES]
        at = sector.find(_PICTURE, 0, _SECTOR_BYTES - 8)
        # The first two bits after the length are 10 in an MPEG-2 packet.
        scrambled += at >= 0 and sector[at + 6] >> 6 == 0b10 and bool(sector[at + 6] & _SCRAMBLED)
    return scrambled >= _FEWEST_SCRAMBLED


_CHECKS: dict[str, Callable[[RemoteFile], bool]] = {
    "mov": boxes.is_protected,
    "asf": _is_protected_wmv,
    "mpeg": _is_protected_dvd,
}


def is_protected(file: RemoteFile, file_format: str) -> bool:
    """Tell whether a film is encrypted with a key that only its seller has."""
    check = _CHECKS.get(file_format)
    return check is not None and check(file)


def is_encrypted(container: InputContainer) -> bool:
    """Tell the same of a WebM or MKV, which ffmpeg must have opened."""
    return any("enc_key_id" in track.metadata for track in container.streams)
