"""Files as people bring them: each is played, or says who can play it, or why nobody can."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from tests.library.site import Site, form
from tests.support import films

PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2"]
SOUND = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "40", "-pix_fmt", "yuv420p", "-g", "25"]
AAC = ["-c:a", "aac", "-b:a", "32k"]
VP8 = [*films.VP8, "-b:v", "100k"]
HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-crf", "40"]
LATE = ["-output_ts_offset", "10"]


@dataclass(frozen=True)
class Brought:
    """A file, and what is shown of it once it is here."""

    options: list[str]
    ending: str
    shown: dict[str, Any]
    cut: float = 1.0


FILES = {
    "a plain film": Brought(
        [*PICTURE, *SOUND, *H264, *AAC, "-movflags", "+faststart"],
        "mp4",
        {"status": "completed", "playable": True, "only_where": None, "duration_s": 2.0},
    ),
    "a recording of a browser, without a length": Brought(
        [*PICTURE, *SOUND, *VP8, "-c:a", "libopus", "-b:a", "24k", "-live", "1"],
        "webm",
        {"status": "completed", "playable": True, "duration_s": 2.0},
    ),
    "a WebM whose times begin late": Brought(
        [*PICTURE, *VP8, *LATE], "webm", {"status": "queued", "only_where": None, "duration_s": 2.0}
    ),
    "a WebM whose times begin a little late": Brought(
        [*PICTURE, *VP8, "-output_ts_offset", "0.4"],
        "webm",
        {"status": "completed", "playable": True, "duration_s": 2.4},
    ),
    "an MP4 whose times begin late": Brought(
        [*PICTURE, *H264, *LATE, "-avoid_negative_ts", "disabled"],
        "mp4",
        {"status": "queued", "only_where": None, "duration_s": 2.0},
    ),
    "H.265 in MOV": Brought(
        [*PICTURE, *SOUND, *HEVC, "-pix_fmt", "yuv420p", "-tag:v", "hvc1", *AAC],
        "mov",
        {"status": "queued", "only_where": "Safari"},
    ),
    "MKV with H.264 and AAC": Brought(
        [*PICTURE, *SOUND, *H264, *AAC], "mkv", {"status": "queued", "only_where": "Firefox"}
    ),
    "AC-3 sound first": Brought(
        [*PICTURE, *SOUND, *H264, "-c:a", "ac3"],
        "mp4",
        {"status": "queued", "only_where": "Safari"},
    ),
    # Chromium stops at some of it.
    "a broadcast that was put into an MP4, with MP2 sound": Brought(
        [*PICTURE, *SOUND, *H264, "-c:a", "mp2"], "mp4", {"status": "queued", "only_where": None}
    ),
    "a download that broke off": Brought(
        [*PICTURE, *SOUND, *H264, *AAC, "-movflags", "+faststart"],
        "mp4",
        {"error": (422, "incomplete")},
        cut=0.7,
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_what_people_bring_is_told_for_what_it_is(site: Site, tmp_path: Path, name: str) -> None:
    brought = FILES[name]
    path = tmp_path / f"film.{brought.ending}"
    # Into a pipe where there must be no length: ffmpeg cannot go back and write it.
    to = ["-f", "webm", "-"] if "-live" in brought.options else [str(path)]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *brought.options, *to]
    piped = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    content = piped or path.read_bytes()
    answer = site.alice.send_form(form(("file", content[: int(len(content) * brought.cut)])))
    for field, expected in brought.shown.items():
        if field == "error":
            assert answer.error == expected
        elif field == "only_where" and expected is not None:
            assert expected in answer.json["only_where"]["message"]
        elif field == "duration_s":
            assert answer.json["duration_s"] == pytest.approx(expected, abs=0.15)
        else:
            assert answer.json[field] == expected, field


@pytest.mark.parametrize(
    ("file_name", "title"),
    [
        (f"A film whose name a downloader made{0:0100d} [dQw4w9WgXcQ].mp4", None),
        ("Film \u202bעברית\u202c.mp4", "Film עברית"),
    ],
)
def test_a_file_with_any_name_can_be_brought(site: Site, file_name: str, title: str | None) -> None:
    video = site.alice.upload(title="")
    answer = site.alice.send_form(
        form(("file", site.stored(video).read_bytes()), file_name=file_name)
    )
    assert answer.status == 201
    assert answer.json["title"] == (title or file_name[:120])
