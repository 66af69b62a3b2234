"""Recognises Dolby Vision that ordinary players show in wrong colours."""

from av.video.codeccontext import VideoCodecContext

from .boxes import boxes, sample_entries
from .remote_file import RemoteFile
from .tracks import codec
from .truncation import EBML

# The fields before the boxes in a visual sample entry (ISO 14496-12 12.1.3).
_VISUAL_ENTRY_BYTES = 78
# Matroska stores the same record behind these elements (BlockAddIDType, BlockAddIDExtraData).
_DOLBY_MAPPING, _DOLBY_RECORD = b"\x41\xe7\x84dvcC", b"\x41\xed\x98"
_MATROSKA_HEAD_BYTES = 256 * 1024


def needs_dolby_vision(context: VideoCodecContext, file: RemoteFile) -> bool:
    """Tell whether ordinary players show wrong colours, as they do for profile 5.

    Dolby Vision Streams Within the ISO Base Media File Format 2.5, section 3.
    """
    if codec(context) != "hevc":
        return False
    profile = _dolby_vision_profile(file)
    return profile == 5 or (profile is None and context.codec_tag in ("dvh1", "dvhe"))


def _dolby_vision_profile(file: RemoteFile) -> int | None:
    record = b""
    file.seek(0)
    head = file.read(_MATROSKA_HEAD_BYTES)
    if head.startswith(EBML):
        mapping = head.find(_DOLBY_MAPPING)
        at = head.find(_DOLBY_RECORD, mapping)
        record = head[at + 3 : at + 8] if 0 <= mapping < at < mapping + 64 else b""
    for _, entry, entry_end in sample_entries(file):
        for box, body, _ in boxes(file, entry + _VISUAL_ENTRY_BYTES, entry_end):
            if box == b"dvcC":
                file.seek(body)
                record = file.read(5)
    return record[2] >> 1 if len(record) == 5 else None
