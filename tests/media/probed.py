"""What the probe finds in a clip, and ffmpeg to make one."""

import subprocess

import imageio_ffmpeg

from media.kinds import MP4, Kind
from media.probe import Facts, Read, probe


def reader(content: bytes, seen: list[tuple[int, int]] | None = None) -> Read:
    async def read(start: int, stop: int) -> bytes:
        if seen is not None:
            seen.append((start, stop))
        assert 0 <= start < stop <= len(content)
        return content[start:stop]

    return read


async def facts_of(content: bytes, kind: Kind = MP4) -> Facts:
    return await probe(reader(content), len(content), kind)


def ffmpeg(*arguments: object) -> bytes:
    """Run ffmpeg, and return what it writes to its output."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
