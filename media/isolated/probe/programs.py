"""Reads the programmes of an MPEG-TS recording (ISO 13818-1 section 2.4.4)."""

import contextlib
from collections.abc import Iterator

from .remote_file import RemoteFile, TooMuch

# The programme tables are repeated at least twice a second. This covers several repetitions even in
# the fastest broadcasts.
_LOOKED_BYTES = 4 << 20
# Packet lengths: as broadcast, with a timestamp in front as on discs, with a checksum behind.
_LENGTHS, _SYNC_BYTE, _PACKET_BYTES = (188, 192, 204), 0x47, 188
_FEWEST_PACKETS = 4
# ETSI EN 300 468 section 6.2.43.
_TELETEXT = 0x56
_SCRAMBLED, _HAS_PAYLOAD = 0xC0, 0x10
_PAT_PID, _PAT, _PMT = 0, 0, 2
_SECTION_HEAD_BYTES, _CHECK_BYTES = 8, 4


def tracks_of_same_program(file: RemoteFile, pid: int) -> frozenset[int]:
    """Return the ids of all tracks in the programme of the track ``pid``.

    Includes tracks that were only there for a while. Empty if the recording does not list its
    programmes, or has only one.
    """
    content = _beginning(file)
    tables = _tables(content)
    if len(tables) < 2:
        return frozenset()
    tracks: dict[int, set[int]] = {}
    for section in _sections(content, set(tables.values())):
        if _holds(section, _PMT):
            own = tracks.setdefault(int.from_bytes(section[3:5]), set())
            own.update(track for track, _ in _tracks(section))
    return frozenset[int]().union(*(own for own in tracks.values() if pid in own))


def teletext(file: RemoteFile) -> frozenset[int]:
    """Return the ids of teletext tracks, which ffmpeg reports only if it can decode them."""
    content = _beginning(file)
    sections = _sections(content, set(_tables(content).values()))
    return frozenset(
        track
        for section in sections
        if _holds(section, _PMT)
        for track, descriptors in _tracks(section)
        if _TELETEXT in _descriptors(descriptors)
    )


def is_scrambled(file: RemoteFile, pid: int) -> bool:
    """Tell whether most of the track ``pid`` is scrambled (ISO 13818-1 section 2.4.3.3)."""
    marks = [
        bool(packet[3] & _SCRAMBLED)
        for packet in _packets(_beginning(file))
        if int.from_bytes(packet[1:3]) & 0x1FFF == pid and packet[3] & _HAS_PAYLOAD
    ]
    return 2 * sum(marks) > len(marks)


def _tables(content: bytes) -> dict[int, int]:
    """Return the packet id of each programme's table, by programme number."""
    return {
        number: table
        for section in _sections(content, {_PAT_PID})
        if _holds(section, _PAT)
        for number, table in _programs(section)
        if number
    }


def _beginning(file: RemoteFile) -> bytes:
    # Restore the position for the caller.
    was, content = file.tell(), b""
    file.seek(0)
    with contextlib.suppress(TooMuch):
        while piece := file.read(_LOOKED_BYTES - len(content)):
            content += piece
    file.seek(was)
    return content


def _holds(section: bytes, table: int) -> bool:
    """Tell whether a section belongs to this kind of table, and is currently valid."""
    return section[0] == table and bool(section[5] & 1)


def _programs(section: bytes) -> Iterator[tuple[int, int]]:
    """Yield the number of each programme, and the packet id of its table."""
    body = section[_SECTION_HEAD_BYTES:-_CHECK_BYTES]
    for at in range(0, len(body) - 3, 4):
        yield int.from_bytes(body[at : at + 2]), int.from_bytes(body[at + 2 : at + 4]) & 0x1FFF


def _tracks(section: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the id of each track of a programme, and its descriptors."""
    at = _SECTION_HEAD_BYTES + 4 + (int.from_bytes(section[10:12]) & 0x0FFF)
    while at + 5 <= len(section) - _CHECK_BYTES:
        end = at + 5 + (int.from_bytes(section[at + 3 : at + 5]) & 0x0FFF)
        yield int.from_bytes(section[at + 1 : at + 3]) & 0x1FFF, section[at + 5 : end]
        at = end


def _descriptors(descriptors: bytes) -> Iterator[int]:
    """Yield the tag of each descriptor."""
    at = 0
    while at + 2 <= len(descriptors):
        yield descriptors[at]
        at += 2 + descriptors[at + 1]


def _sections(content: bytes, pids: set[int]) -> Iterator[bytes]:
    """Yield each complete section of the tables with these packet ids."""
    begun: dict[int, bytes] = {}
    for packet in _packets(content):
        pid = int.from_bytes(packet[1:3]) & 0x1FFF
        if pid not in pids:
            continue
        payload = _payload(packet)
        if packet[1] & 0x40:
            begun[pid] = payload[1 + payload[0] :] if payload else b""
        elif pid in begun:
            begun[pid] += payload
        while len(section := begun.get(pid, b"")) > 3:
            end = 3 + (int.from_bytes(section[1:3]) & 0x0FFF)
            if section[0] == 0xFF or len(section) < end:
                break
            if end > _SECTION_HEAD_BYTES + _CHECK_BYTES:
                yield section[:end]
            begun[pid] = section[end:]


def _packets(content: bytes) -> Iterator[bytes]:
    for length in _LENGTHS:
        for start in range(length):
            marks = content[start : start + length * _FEWEST_PACKETS : length]
            if len(marks) == _FEWEST_PACKETS and set(marks) == {_SYNC_BYTE}:
                for at in range(start, len(content) - _PACKET_BYTES + 1, length):
                    if content[at] == _SYNC_BYTE:
                        yield content[at : at + _PACKET_BYTES]
                return


def _payload(packet: bytes) -> bytes:
    has_fields, has_payload = packet[3] & 0x20, packet[3] & _HAS_PAYLOAD
    return packet[5 + packet[4] if has_fields else 4 :] if has_payload else b""
