"""Test clips: H.264 videos that carry their frame number in the picture.

Cell layout: along the top edge, from x = 0 and y = 0, stand 16 square cells of 32 x 32 px,
one bit each, the most significant bit at the left: white is 1, black is 0. Together they
are the number of the frame, counted from 0. A reader samples the middle of each cell
(x = 32 * i + 16, y = 16) of the clip at its own size of 640 x 360 and compares with 128.
"""

import io
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import imageio_ffmpeg
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tests.support.shared_files import SHARED_FILES, once

CELLS = 16
CELL_PX = 32
# Of AAC, 1,024 samples at 48 kHz.
_PACKET_S = 1024 / 48_000


@dataclass(frozen=True, slots=True)
class Clip:
    """What a clip is made of; ``moov_first`` puts the index before the pictures.

    With ``kbit_s`` it is filled up to that rate, which costs a decoder nothing.
    """

    duration_s: float = 20
    frame_rate: int = 30
    width: int = 640
    height: int = 360
    moov_first: bool = True
    kbit_s: int | None = None

    @property
    def frames(self) -> int:
        return round(self.duration_s * self.frame_rate)


# 15 MB: more than a browser reads ahead, so that its end is not loaded along with its beginning.
TEN_MINUTES = Clip(duration_s=600, frame_rate=2, width=320, height=180, kbit_s=200)


def _cells(frame: int) -> bytes:
    """Return one row of gray pixels, one for each cell; ffmpeg enlarges them."""
    return bytes(255 if frame >> (CELLS - 1 - bit) & 1 else 0 for bit in range(CELLS))


def make_clip(folder: Path, clip: Clip = Clip()) -> Path:
    """Return the file of ``clip`` in ``folder``; encoded once in a test run, in some seconds."""
    name = f"{clip.width}x{clip.height}-{clip.frames}f-{clip.frame_rate}fps"
    name += f"-{clip.kbit_s}k" if clip.kbit_s else ""
    path = folder / f"clip-{name}{'' if clip.moov_first else '-moov-last'}.mp4"
    kept = once(
        Path(os.environ.get(SHARED_FILES, folder)) / path.name, lambda new: _encode(clip, new)
    )
    if not path.exists():
        shutil.copyfile(kept, path)
    return path


def _encode(clip: Clip, path: Path) -> None:
    size, rate = f"{clip.width}x{clip.height}", str(clip.frame_rate)
    strip = f"{CELLS * CELL_PX}:{CELL_PX}:flags=neighbor"
    subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"),
            *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}"),
            *("-f", "rawvideo", "-pixel_format", "gray", "-video_size", f"{CELLS}x1"),
            *("-framerate", rate, "-i", "pipe:0"),
            # A packet that begins before the end of the picture would end behind it.
            *("-stream_loop", "-1", "-t", str(clip.duration_s - _PACKET_S)),
            *("-i", _silence(path.parent)),
            *("-filter_complex", f"[1:v]scale={strip}[cells];[0:v][cells]overlay=0:0[v]"),
            *("-map", "[v]", "-map", "2:a", "-t", str(clip.duration_s)),
            # Coded as films are, with as little search as can be: half the time.
            *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-coder", "1"),
            *("-pix_fmt", "yuv420p", "-g", "60"),
            *(_filled(clip.kbit_s) if clip.kbit_s else ("-crf", "30", "-x264-params", "8x8dct=1")),
            *("-c:a", "copy"),
            *(("-movflags", "+faststart") if clip.moov_first else ()),
            path,
        ],
        input=b"".join(_cells(frame) for frame in range(clip.frames)),
        check=True,
    )


def _silence(folder: Path) -> Path:
    """Return two seconds of silence; to encode ten minutes of it takes as long as a picture."""
    source = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", "2")
    command = (
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        *source,
        "-c:a",
        "aac",
        "-b:a",
        "32k",
    )
    return once(folder / "silence.aac", lambda new: subprocess.run([*command, new], check=True))


def _filled(kbit_s: int) -> list[str]:
    """Return what has x264 write filler up to a constant rate (H.264 7.3.2.7)."""
    rate = f"{kbit_s}k"
    return [
        *("-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate),
        *("-x264-params", "nal-hrd=cbr:filler=1"),
    ]


@cache
def tiny_clip(codec: str = "libx264", container: str = "mp4", pixels: str = "yuv420p") -> bytes:
    """Return a clip of one frame: the shortest file that is a video (about 1 KB)."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        frame = VideoFrame(64, 48, pixels)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)
    return file.getvalue()
