"""What the probe finds in real clips, and that no file can make it do or cost more."""

import asyncio
import contextlib
import itertools
import os
import re
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import media.child
import media.probe
from media.kinds import AVI, FILES, HEAD_BYTES, MKV, MP4, TS, Kind, sniff
from media.plan import ordered_sounds
from media.probe import ReadTooSlowly, Unreadable, probe
from tests.media.probed import facts_of, ffmpeg, reader
from tests.support import probes
from tests.support.clips import Clip, make_clip, tiny_clip
from tests.support.films import (
    BROADCAST,
    CAMERA,
    COVER_FIRST,
    DOLBY_VISION,
    ENORMOUS,
    HEVC_HDR,
    LATE_SOUND,
    SUBTITLED,
    TWO_PROGRAMS,
    XVID_IN_AVI,
    Film,
    broadcast,
    make_film,
)


@pytest.mark.parametrize("moov_first", [True, False])
async def test_a_clip_tells_what_it_is_wherever_its_index_is(
    tmp_path: Path, moov_first: bool
) -> None:
    clip = Clip(duration_s=2, width=320, height=180, moov_first=moov_first)
    content = make_clip(tmp_path, clip).read_bytes()
    facts = await facts_of(content)
    assert facts.duration_s == pytest.approx(2, abs=0.1)
    assert (facts.width, facts.height) == (320, 180)
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert facts.pixel_format == "yuv420p"
    assert facts.poster is not None
    assert facts.poster.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("kind", [MP4, TS, MKV], ids=lambda kind: kind.extension)
@pytest.mark.parametrize(
    ("outputs", "pixels"),
    [
        (("-pix_fmt", "yuv420p"), "yuv420p"),
        (("-pix_fmt", "yuv420p", "-profile:v", "baseline"), "yuv420p"),
        (("-pix_fmt", "yuv420p", "-qp", "0"), "lossless yuv420p"),
        (("-pix_fmt", "gray"), "gray"),
        (("-pix_fmt", "yuv444p"), "yuv444p"),
        (("-pix_fmt", "gray10le"), "yuv420p10le"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_pixels_of_h264_that_only_some_decoders_take_are_told_from_others(
    kind: Kind, outputs: Sequence[str], pixels: str
) -> None:
    form = {MKV: "matroska", MP4: "mp4", TS: "mpegts"}[kind]
    how = ("-c:v", "libx264", "-preset", "ultrafast", "-x264-params", "keyint=5", *outputs)
    moving = ("-movflags", "frag_keyframe+empty_moov") if kind == MP4 else ()
    picture = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=1")
    content = ffmpeg(*picture, *how, *moving, "-f", form, "-")
    assert (await facts_of(content, kind)).pixel_format == pixels


async def test_sound_that_begins_late_in_a_broadcast_is_found() -> None:
    tracks = (await facts_of(make_film(LATE_SOUND).read_bytes(), TS)).tracks
    assert [(sound.codec, sound.channels) for sound in tracks.sounds] == [("ac3", 1)]


async def test_a_broadcast_is_read_on_by_few_requests_since_its_storage_may_be_far(
    tmp_path: Path,
) -> None:
    path = tmp_path / "late.ts"
    noise = ("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=5:duration=15,noise=alls=80:allf=t")
    late = ("-itsoffset", "13", "-f", "lavfi", "-i", "sine=duration=1")
    ffmpeg(*noise, *late, "-c:v", "libx264", "-preset", "ultrafast", "-qp", "8", path)
    content = path.read_bytes()
    seen: list[tuple[int, int]] = []
    facts = await probe(reader(content, seen), len(content), TS)
    assert [sound.channels for sound in facts.tracks.sounds] == [1]
    assert len(content) > 16_000_000
    # Each may take half a second, and there is half a minute for all.
    assert len(seen) < 25
    assert sum(stop - start for start, stop in seen) <= len(content)


async def test_a_silent_film_has_no_codec_of_sound(tmp_path: Path) -> None:
    clip, silent = make_clip(tmp_path, Clip(duration_s=1)), tmp_path / "silent.mp4"
    ffmpeg("-i", clip, "-c", "copy", "-an", silent)
    facts = await facts_of(silent.read_bytes())
    assert (facts.video_codec, facts.audio_codec) == ("h264", None)


async def test_a_big_file_is_not_read_whole(tmp_path: Path) -> None:
    content = make_clip(tmp_path, Clip(duration_s=1)).read_bytes() + bytes(20_000_000)
    seen: list[tuple[int, int]] = []
    await probe(reader(content, seen), len(content), MP4)
    assert sum(stop - start for start, stop in seen) < 2_000_000


@pytest.mark.parametrize("mirrored", [(), ("-display_hflip",)])
@pytest.mark.parametrize("angle", [0, 90, 180, 270])
async def test_a_turned_or_mirrored_picture_is_reported_and_shown_so(
    tmp_path: Path, angle: int, mirrored: tuple[str, ...]
) -> None:
    clip = make_clip(tmp_path, Clip(duration_s=1, width=640, height=360))
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", angle, *mirrored, "-i", clip, "-c", "copy", turned)
    facts = await facts_of(turned.read_bytes())
    assert (facts.width, facts.height) == ((360, 640) if angle % 180 else (640, 360))
    assert facts.tracks.picture.is_turned == bool(angle or mirrored)
    assert facts.tracks.picture.is_mirrored == bool(mirrored)
    poster = tmp_path / "poster.jpg"
    assert facts.poster is not None
    poster.write_bytes(facts.poster)
    gray = ("-f", "rawvideo", "-pix_fmt", "gray", "-frames:v", 1, "-")
    ours, theirs = ffmpeg("-i", poster, *gray), ffmpeg("-i", turned, *gray)
    assert len(ours) == len(theirs) == 360 * 640
    off = sum(abs(a - b) for a, b in zip(ours, theirs, strict=True)) / len(ours)
    assert off < 12, "the poster is not turned as players turn the video"


async def test_of_two_programmes_only_the_sound_of_the_pictures_own_is_kept() -> None:
    content = make_film(TWO_PROGRAMS).read_bytes()
    # In front of it what is left of a packet.
    for before in (b"", content[88:188]):
        tracks = (await facts_of(before + content, TS)).tracks
        assert len(tracks.sounds) == 3
        kept = [tracks.sounds[number].language for number in ordered_sounds(tracks)]
        assert kept == ["fra"]


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ((broadcast(["fra"], duration_s=0.4), broadcast(["deu"])), ["fra", "deu"]),
        ((broadcast(["fra"], duration_s=0.4), broadcast(["fra", "deu"])), ["fra", "deu"]),
        (
            (
                broadcast(["fra", "eng"], "01", "2", duration_s=0.4),
                broadcast(["fra", "deu", "eng"], "012", "3"),
            ),
            ["fra", "deu"],
        ),
        ((broadcast(["fra", "deu"], "0", "12"),), ["fra", "deu"]),
    ],
    ids=["another track", "one more", "one more, beside another programme", "radio beside it"],
)
async def test_sound_of_the_pictures_own_programme_is_kept_also_where_its_tracks_change(
    parts: Sequence[Film], kept: Sequence[str]
) -> None:
    content = b"".join(make_film(part).read_bytes() for part in parts)
    tracks = (await facts_of(content, TS)).tracks
    found = {tracks.sounds[number].language for number in ordered_sounds(tracks)}
    assert found == set(kept)


async def test_pixels_that_are_not_square_are_counted_as_shown(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, Clip(duration_s=1, width=512, height=32))
    wide = tmp_path / "wide.mp4"
    ffmpeg("-i", clip, "-c", "copy", "-aspect", "32:1", wide)
    facts = await facts_of(wide.read_bytes())
    assert (facts.width, facts.height) == (1024, 32)


@pytest.mark.parametrize(
    ("kind", "film", "tag"),
    [(AVI, XVID_IN_AVI, "title"), (MKV, SUBTITLED, "title"), (MKV, SUBTITLED, "language")],
)
async def test_what_old_programs_wrote_into_a_file_in_their_code_page_is_no_damage(
    tmp_path: Path, kind: Kind, film: Film, tag: str
) -> None:
    told = tmp_path / f"told.{film.ending}"
    ffmpeg("-i", make_film(film), "-c", "copy", "-metadata", f"{tag}=Am@lie", told)
    content = told.read_bytes()
    assert content.count(b"Am@lie") == 1
    facts = await facts_of(content.replace(b"Am@lie", "Amélie".encode("cp1252")), kind)
    assert facts == await facts_of(content, kind)
    assert facts.video_codec


async def test_a_file_without_moving_pictures_is_no_video(tmp_path: Path) -> None:
    song, cover = tmp_path / "song.m4a", tmp_path / "cover.jpg"
    ffmpeg("-f", "lavfi", "-i", "color=size=64x64", "-frames:v", 1, cover)
    sound = ("-f", "lavfi", "-t", 1, "-i", "anullsrc")
    ffmpeg(*sound, "-i", cover, "-disposition:v", "attached_pic", "-c:v", "copy", song)
    with pytest.raises(Unreadable, match="invalid") as refused:
        await facts_of(song.read_bytes())
    assert refused.value.fields == {"file": "has no video"}


async def test_a_recording_of_hours_in_fragments_is_read_without_reading_most_of_it() -> None:
    """As of a screen: of so many fragments it would be too much to read a window of each."""
    camera = ("-f", "lavfi", "-i", "testsrc2=size=32x32:rate=25:duration=100", "-c:v", "libx264")
    flags = ("-movflags", "frag_every_frame+empty_moov+default_base_moof+skip_trailer")
    content = ffmpeg(*camera, "-preset", "ultrafast", *flags, "-f", "mp4", "-")
    parts = re.split(rb"(?=....moof)", content, flags=re.DOTALL)
    gap = (200_000).to_bytes(4) + b"free"
    # Where each part begins, with so much free space between them.
    starts = list(itertools.accumulate((len(part) + 200_000 for part in parts), initial=0))
    asked_bytes = 0

    async def read(start: int, stop: int) -> bytes:
        nonlocal asked_bytes
        asked_bytes += stop - start
        here = bytearray()
        for number in range(bisect_right(starts, start) - 1, len(parts)):
            if starts[number] >= stop:
                break
            here += parts[number] + gap.ljust(200_000, b"\0")
        first = start - starts[bisect_right(starts, start) - 1]
        return bytes(here[first : first + stop - start])

    facts = await probe(read, starts[-1], MP4)
    assert len(parts) == 2501
    assert facts.duration_s == pytest.approx(100, abs=0.1)
    assert asked_bytes < starts[-1] / 4


@pytest.mark.parametrize("packet_bytes", [188, 192], ids=["as broadcast", "with timestamps"])
async def test_a_broadcast_that_is_scrambled_is_refused_as_such(packet_bytes: int) -> None:
    content = make_film(BROADCAST).read_bytes()
    noise, packets = Random(1), []
    for start in range(0, len(content), 188):
        packet = content[start : start + 188]
        # Tables are never scrambled, of a track all but a packet's head and fields.
        if int.from_bytes(packet[1:3]) & 0x1FFF in (256, 257) and packet[3] & 0x10:
            head = 5 + packet[4] if packet[3] & 0x20 else 4
            marked = packet[:3] + bytes([packet[3] | 0x80]) + packet[4:head]
            packet = marked + noise.randbytes(188 - head)
        packets.append(bytes(packet_bytes - 188) + packet)
    with pytest.raises(Unreadable) as refused:
        await facts_of(b"".join(packets), TS)
    assert "is scrambled, as pay TV is" in (refused.value.fields or {})["file"]


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


@pytest.mark.parametrize(
    "make",
    [
        lambda clip: clip[: len(clip) // 2],
        lambda clip: box(b"free") * 100_000,
        lambda clip: box(b"moov", box(b"trak") * 100_000),
        lambda clip: box(b"ftyp", b"isom\0\0\2\0isommp41") + box(b"free"),
        lambda clip: b"",
        lambda clip: b"\0" * 7,
    ],
)
async def test_what_is_no_video_is_refused(tmp_path: Path, make: Callable[[bytes], bytes]) -> None:
    content = make(make_clip(tmp_path, Clip(duration_s=1, moov_first=False)).read_bytes())
    with pytest.raises(Unreadable):
        await facts_of(content)


@pytest.mark.parametrize("kind", FILES, ids=lambda kind: kind.extension)
async def test_a_playlist_in_disguise_is_no_video(tmp_path: Path, kind: Kind) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(make_film(BROADCAST).read_bytes())
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n"
    with pytest.raises(Unreadable):
        await facts_of(playlist.encode(), kind)


async def test_pictures_larger_than_any_screen_are_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        await facts_of(make_film(ENORMOUS).read_bytes(), AVI)
    assert "12000 x 9000 pixels" in str(refused.value.fields)


@pytest.mark.parametrize(
    ("film", "kind", "codecs"),
    [
        (XVID_IN_AVI, AVI, ("mpeg4", "mp3")),
        (BROADCAST, TS, ("h264", "ac3")),
        (CAMERA, TS, ("h264", "ac3")),
        (DOLBY_VISION, MP4, ("dvh1", "aac")),
        (HEVC_HDR, MKV, ("hevc", "ac3")),
        (COVER_FIRST, MKV, ("mpeg4", "aac")),
    ],
    ids=lambda each: getattr(each, "extension", None),
)
async def test_films_of_many_kinds_tell_what_they_are(
    film: Film, kind: Kind, codecs: tuple[str, str]
) -> None:
    content = make_film(film).read_bytes()
    assert sniff(content[:HEAD_BYTES]) == kind
    facts = await facts_of(content, kind)
    assert (facts.video_codec, facts.audio_codec) == codecs
    assert facts.duration_s == pytest.approx(film.duration_s, abs=0.15)
    assert (facts.width, facts.height) == (320, 180)
    assert facts.poster is not None


async def test_a_broadcast_that_was_cut_anywhere_is_read(tmp_path: Path) -> None:
    content = make_film(BROADCAST).read_bytes()[77:]
    assert sniff(content[:HEAD_BYTES]) == TS
    assert (await facts_of(content, TS)).video_codec == "h264"


@given(st.data())
@settings(max_examples=15)
async def test_no_damage_makes_the_probe_fail_otherwise(data: st.DataObject) -> None:
    content = bytearray(tiny_clip())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=30)):
        content[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(Unreadable):
        await facts_of(bytes(content))


def test_both_sides_mean_the_same_and_the_servers_has_no_decoders() -> None:
    script = (
        "import sys; from media import probe; assert 'av' not in sys.modules\n"
        "from media.isolated.probe import limits, remote_file\n"
        "print(probe.REFUSED == remote_file.REFUSED, probe.WALL_S == limits.WALL_S)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]


async def test_a_probe_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid_file = tmp_path / "pid"
    (tmp_path / "__main__.py").write_text(
        f"import os, sys\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\nsys.stdin.read()\n"
    )
    monkeypatch.setattr(media.child, "start", probes.start_anew)
    monkeypatch.setattr(media.child, "_PROGRAMS", tmp_path)
    monkeypatch.setattr(media.probe, "WALL_S", -4)
    with pytest.raises(Unreadable) as refused:
        await facts_of(tiny_clip())
    assert refused.value.fields == {"file": "takes longer than -4 s to look into"}
    if pid_file.exists() and pid_file.read_text():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid_file.read_text()), 0)


@pytest.mark.parametrize("reason", ["SIGALRM", "SIGXCPU"])
async def test_what_takes_too_long_is_not_called_damaged(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = f"import os, signal\nos.kill(os.getpid(), signal.{reason})\n"
    (tmp_path / "__main__.py").write_text(program)
    monkeypatch.setattr(media.child, "start", probes.start_anew)
    monkeypatch.setattr(media.child, "_PROGRAMS", tmp_path)
    with pytest.raises(Unreadable) as refused:
        await facts_of(tiny_clip())
    assert refused.value.fields == {"file": "takes longer than 30 s to look into"}


async def test_a_file_that_comes_too_slowly_can_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def read(_start: int, _stop: int) -> bytes:
        await asyncio.get_running_loop().create_future()
        return b""

    monkeypatch.setattr(media.probe, "WALL_S", -4.5)
    with pytest.raises(ReadTooSlowly):
        await probe(read, 100_000, MP4)
