"""How long films are, and when they begin."""

import re
import struct
from pathlib import Path

import av
import pytest

import media.probe
from media.kinds import MKV, MP4, WEBM, Kind
from tests.media.probed import facts_of, ffmpeg
from tests.support.clips import Clip, make_clip
from tests.support.films import VP8


async def test_a_recording_without_a_length_is_read_to_its_end(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, Clip(duration_s=2, width=512, height=32))
    # To a pipe: ffmpeg cannot go back and write the length, and neither can browsers.
    recording = ffmpeg(
        *("-i", clip, *VP8, "-c:a", "libopus"),
        *("-f", "webm", "-"),
    )
    facts = await facts_of(recording, WEBM)
    assert facts.duration_s == pytest.approx(2, abs=0.2)
    assert (facts.video_codec, facts.audio_codec) == ("vp8", "opus")


async def test_a_recording_too_long_to_read_has_no_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path, Clip(duration_s=4, width=640, height=360))
    recording = ffmpeg("-i", clip, "-c", "copy", "-f", "matroska", "-")
    assert len(recording) > 200_000
    monkeypatch.setattr(media.probe, "MAX_READ_BYTES", 150_000)
    facts = await facts_of(recording, MKV)
    assert facts.duration_s is None
    assert facts.video_codec == "h264"


async def test_pieces_that_begin_late_are_no_longer_than_they_play(tmp_path: Path) -> None:
    clip, pieces = make_clip(tmp_path, Clip(duration_s=2)), tmp_path / "pieces.mp4"
    ffmpeg(
        "-i", clip, "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", pieces
    )
    content = bytearray(pieces.read_bytes())
    # The time at which each piece begins (ISO 14496-12 8.8.12), ten seconds later.
    with av.open(str(pieces)) as container:
        later = [int(10 / stream.time_base) for stream in container.streams if stream.time_base]
    for found in re.finditer(b"tfhd", content):
        track = int.from_bytes(content[found.end() + 4 : found.end() + 8])
        at = content.index(b"tfdt", found.end()) + 8
        began = int.from_bytes(content[at : at + 8])
        content[at : at + 8] = (began + later[track - 1]).to_bytes(8)
    facts = await facts_of(bytes(content))
    assert facts.start_s == pytest.approx(10, abs=0.1)
    assert facts.duration_s == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (MP4, ["-c", "copy", "-avoid_negative_ts", "disabled", "-f", "mp4"]),
        (MKV, ["-c", "copy", "-f", "matroska"]),
    ],
)
async def test_times_that_begin_late_are_told_apart_from_the_length(
    tmp_path: Path, kind: Kind, options: list[str]
) -> None:
    clip, late = make_clip(tmp_path, Clip(duration_s=2)), tmp_path / "late"
    ffmpeg("-i", clip, "-output_ts_offset", 10, *options, late)
    facts = await facts_of(late.read_bytes(), kind)
    assert facts.start_s == pytest.approx(10, abs=0.1)
    assert facts.duration_s == pytest.approx(2, abs=0.1)
    assert (await facts_of(clip.read_bytes())).start_s == 0


async def test_a_film_whose_times_begin_before_0_says_so_and_priming_does_not(
    tmp_path: Path,
) -> None:
    clip, early = make_clip(tmp_path, Clip(duration_s=4)), tmp_path / "early"
    both = tmp_path / "both.mp4"
    ffmpeg("-i", clip, "-f", "lavfi", "-i", "sine=duration=4", "-c:v", "copy", both)
    options = ["-c", "copy", "-avoid_negative_ts", "disabled", "-f", "matroska"]
    for begins_s, told_s in [(-1.5, -1.5), (-0.02, 0.0)]:
        ffmpeg("-y", "-i", both, "-output_ts_offset", begins_s, *options, early)
        facts = await facts_of(early.read_bytes(), MKV)
        assert facts.start_s == pytest.approx(told_s, abs=0.03)


async def test_a_recording_that_says_more_than_it_has_is_as_long_as_what_it_has(
    tmp_path: Path,
) -> None:
    clip, recording = make_clip(tmp_path, Clip(duration_s=2)), tmp_path / "recording.webm"
    ffmpeg("-i", clip, *VP8, "-b:v", "100k", recording)
    content = bytearray(recording.read_bytes())
    # The element of the length, 8 bytes (RFC 9559 section 5.1.2.10).
    at = content.index(b"\x44\x89\x88") + 3
    for says_s, told_s in [(3600, 2), (4, 4)]:
        content[at : at + 8] = struct.pack(">d", says_s * 1000)
        facts = await facts_of(bytes(content), WEBM)
        assert facts.duration_s == pytest.approx(told_s, abs=0.1)
