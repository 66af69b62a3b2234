"""Recognises several films in one file, one behind the other: players show only the first."""

from av.packet import Packet
from av.video.stream import VideoStream

from .boxes import boxes, inside
from .remote_file import RemoteFile
from .truncation import EBML

# Times may go back this far from one picture to the next, in the order of decoding.
_MOST_BACK_S = 1.0


class Joined(Exception):
    """The file has more than one film."""


def has_second_film(file: RemoteFile, file_format: str, end: int) -> bool:
    """Tell whether another film follows the first, whose end is ``end`` if that is known.

    Broadcasts and AVI are not checked: in these, players play on.
    """
    if file_format == "matroska" and 0 < end < file.size_bytes:
        return _has_head(file, end, end + len(EBML))
    return file_format == "mov" and _has_second_index(file)


def check_order(
    file: RemoteFile, before: "Packet[VideoStream] | None", packet: "Packet[VideoStream]"
) -> None:
    """Raise Joined if a recording without a length begins anew between two packets."""
    if before is None or before.pts is None or packet.pts is None or before.pos is None:
        return
    back = (before.pts - packet.pts) * packet.time_base
    if back > _MOST_BACK_S and packet.pos and _has_head(file, before.pos, packet.pos):
        raise Joined


def _has_head(file: RemoteFile, start: int, stop: int) -> bool:
    """Tell whether the header of a Matroska file (RFC 8794 11.2.1) is there."""
    # The container reads on where it was.
    at = file.tell()
    file.seek(start)
    content = file.read(stop - start)
    file.seek(at)
    return EBML in content


def _has_second_index(file: RemoteFile) -> bool:
    """Tell whether an MP4 begins anew, with another index (ISO 14496-12 4.2).

    Some cameras write the index twice. A recording in fragments may repeat its head.
    """
    kinds = [kind for kind, _, _ in boxes(file, 0, file.size_bytes)]
    if kinds.count(b"ftyp") < 2 or kinds.count(b"moov") < 2:
        return False
    return not any(inside(file, (b"moov", b"mvex"), 0, file.size_bytes))
