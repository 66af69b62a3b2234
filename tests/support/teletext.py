"""Makes a broadcast with teletext, which ffmpeg can read but not write.

An audio track is relabelled as teletext; nothing decodes its content. ETSI EN 300 468 section
6.2.43.
"""

_PACKET_BYTES, _PROGRAMME_PID = 188, 0x1000
_PRIVATE, _TELETEXT_DESCRIPTOR, _SUBTITLE_PAGE = 0x06, 0x56, 2 << 3
_MPEG_SOUND = 0x03


def with_teletext(content: bytes, language: str) -> bytes:
    """Return ffmpeg's transport stream with the last MPEG audio track relabelled as teletext."""
    packets = [content[at : at + _PACKET_BYTES] for at in range(0, len(content), _PACKET_BYTES)]
    return b"".join(_relabelled(packet, language) for packet in packets)


def _relabelled(packet: bytes, language: str) -> bytes:
    if int.from_bytes(packet[1:3]) & 0x1FFF != _PROGRAMME_PID:
        return packet
    # The packet header has four bytes, and one more says where the table starts.
    header, table = packet[:5], packet[5:]
    length = 3 + (int.from_bytes(table[1:3]) & 0xFFF)
    start = 12 + (int.from_bytes(table[10:12]) & 0xFFF)
    tracks, at = [], start
    while at < length - 4:
        stop = at + 5 + (int.from_bytes(table[at + 3 : at + 5]) & 0xFFF)
        tracks.append(table[at:stop])
        at = stop
    last = max(n for n, track in enumerate(tracks) if track[0] == _MPEG_SOUND)
    told = bytes([_TELETEXT_DESCRIPTOR, 5, *language.encode(), _SUBTITLE_PAGE, 0x88])
    tracks[last] = bytes([_PRIVATE]) + tracks[last][1:3] + bytes([0xF0, len(told)]) + told
    body = table[3:start] + b"".join(tracks)
    section = table[:1] + (0xB000 | (len(body) + 4)).to_bytes(2) + body
    section += _crc(section).to_bytes(4)
    return header + section + b"\xff" * (_PACKET_BYTES - len(header) - len(section))


def _crc(content: bytes) -> int:
    """Return the checksum of a table (ISO 13818-1 annex A)."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    return crc
