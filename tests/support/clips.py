"""Test clips: H.264 videos whose frames show their own number.

Along the top edge, from x = 0 and y = 0, there are 16 square cells of 32 x 32 px, one bit each, the
most significant bit at the left; white is 1, black is 0. Together they are the number of the frame,
counted from 0. To read it, sample the middle of each cell (x = 32 * i + 16, y = 16) at the clip's
own size of 640 x 360, and compare with 128.
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
# An AAC packet: 1,024 samples at 48 kHz.
_PACKET_S = 1024 / 48_000


@dataclass(frozen=True, slots=True)
class Clip:
    """The parameters of a clip; ``moov_first`` puts the index before the samples.

    With ``kbit_s`` the clip is padded to that bit rate, which costs a decoder nothing.
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


# 15 MB: more than a browser reads ahead, so that the end is not loaded together with the beginning.
TEN_MINUTES = Clip(duration_s=600, frame_rate=2, width=320, height=180, kbit_s=200)


def _cells(frame: int) -> bytes:
    """Return one row of grey pixels, one for each cell; ffmpeg enlarges them."""
    return bytes(255 if frame >> (CELLS - 1 - bit) & 1 else 0 for bit in range(CELLS))


def make_clip(folder: Path, clip: Clip = Clip()) -> Path:
    """Return the file of ``clip`` in ``folder``; encoded once per test run, in a few seconds."""
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
            # One packet shorter, because the last packet would end after the video.
            *("-stream_loop", "-1", "-t", str(clip.duration_s - _PACKET_S)),
            *("-i", _silence(path.parent)),
            *("-filter_complex", f"[1:v]scale={strip}[cells];[0:v][cells]overlay=0:0[v]"),
            *("-map", "[v]", "-map", "2:a", "-t", str(clip.duration_s)),
            # B-frames and CABAC as in real films, but with a fast search: half the time.
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
    """Return two seconds of silence to loop; encoding ten minutes takes as long as the video."""
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
    """Return the options that pad to a constant bit rate with filler data (H.264 7.3.2.7)."""
    rate = f"{kbit_s}k"
    return [
        *("-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate),
        *("-x264-params", "nal-hrd=cbr:filler=1"),
    ]


@cache
def tiny_clip(codec: str = "libx264", container: str = "mp4", pixels: str = "yuv420p") -> bytes:
    """Return a clip of one frame, the smallest possible video file (about 1 KB)."""
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
