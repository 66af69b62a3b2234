"""Recognises several films in one file, one behind the other: players show only the first."""

from av.packet import Packet
from av.video.stream import VideoStream

from .boxes import boxes, inside
from .fragments import is_index_of_all
from .remote_file import JUMP_BYTES, KEPT_BYTES, RemoteFile
from .truncation import EBML

# Of so many fragments the heads are kept in memory, and need not be requested again.
_MOST_FRAGMENTS = KEPT_BYTES // JUMP_BYTES
# The head is so near in front of the first picture.
_MOST_HEAD_BYTES = 1024 * 1024
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
    start = max(start, stop - _MOST_HEAD_BYTES)
    file.seek(start)
    content = file.read(stop - start)
    file.seek(at)
    return EBML in content


def _has_second_index(file: RemoteFile) -> bool:
    """Tell whether an MP4 begins anew, with another index (ISO 14496-12 4.2).

    Some cameras write the index twice. A recording in fragments may repeat its head, and then goes
    on where it was.
    """
    heads = indexes = 0
    has_samples = False
    # Where the last fragment of each track begins, in the film before and in this one.
    before: dict[int, int] = {}
    times: dict[int, int] = {}
    for kind, start, end in boxes(file, 0, file.size_bytes, most=_MOST_FRAGMENTS * 2):
        if kind == b"sidx" and not has_samples and is_index_of_all(file, start, end):
            return False
        if kind == b"ftyp" and has_samples:
            heads += 1
            before = times
        elif kind == b"moov" and has_samples and heads:
            indexes += 1
            if not any(inside(file, (b"mvex",), start, end)):
                return True
        elif kind == b"moof":
            begun = _times(file, start, end)
            if indexes and any(at <= before.get(track, 0) for track, at in begun.items()):
                return True
            times = {**times, **begun}
        has_samples |= kind == b"mdat"
    return False


def _times(file: RemoteFile, start: int, end: int) -> dict[int, int]:
    """Return when a fragment begins, by track (8.8.7, 8.8.12)."""
    found = {}
    for traf in inside(file, (b"traf",), start, end):
        for head, _ in inside(file, (b"tfhd",), *traf):
            for begin, stop in inside(file, (b"tfdt",), *traf):
                file.seek(head + 4)
                track = int.from_bytes(file.read(4))
                file.seek(begin + 4)
                found[track] = int.from_bytes(file.read(stop - begin - 4)[:8])
    return found
