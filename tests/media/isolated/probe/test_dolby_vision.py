"""Films in Dolby Vision."""

from media.kinds import MKV
from tests.media.probed import facts_of
from tests.support.films import (
    HEVC_HDR,
    make_film,
)


async def test_dolby_vision_is_told_in_matroska_too() -> None:
    content = make_film(HEVC_HDR).read_bytes()
    record = bytes([1, 0, 5 << 1, 0b1101, 0]) + bytes(19)
    # BlockAddIDType and BlockAddIDExtraData of a BlockAdditionMapping (RFC 9559 5.1.4.1.17).
    mapping = b"\x41\xe7\x84dvcC\x41\xed\x98" + record
    # Into the room that ffmpeg leaves before the tracks, a Void with a length of eight bytes.
    at = content.index(b"\xec\x01\0") + 9
    content = content[:at] + mapping + content[at + len(mapping) :]
    assert (await facts_of(content, MKV)).video_codec == "dvh1"
