"""Films with tracks, sizes and edges as few have them: what is made of them, and what is told."""

import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest
from av.stream import Disposition

from library.models import Rendition, Subtitle, Video
from library.renditions import prefers_hls, published
from media import recipes
from media.ffmpeg import Ffmpeg
from media.plan import Way
from media.probe import Facts, Unreadable
from media.tracks import Sound, Tracks
from processing import ladder, queue
from processing.attempt import Attempt
from processing.audio_tracks import report_left_out
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import a_film, path_of, upload
from tests.support import boxes, numbered
from tests.support.films import INDEX_BEHIND, SUBTITLED, Film, make_film
from tests.support.numbered import H264, MPEG4, film

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]


async def made_of(worker: Worker, path: Path) -> tuple[Job, dict[str, Path]]:
    """Have everything made of a film; return its job, and what there is by name."""
    video = await upload(path)
    assert await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    rows = Rendition.objects.filter(video=video, is_published=True)
    return job, {row.name: await path_of(row) async for row in rows}


def test_no_two_tracks_of_sound_are_called_the_same_and_none_by_an_old_code() -> None:
    names = [("ger", ""), ("deu", ""), ("und", ""), ("", ""), ("eng", "Talk"), ("eng", "Sound 2")]
    sounds = [Sound("aac", 2, language, title) for language, title in names]
    assert ladder._labels(sounds) == ["de", "de 2", "Sound", "Sound 2", "Talk", "Sound 2 2"]


async def test_a_small_film_in_two_languages_is_played_as_a_stream_with_both(
    worker: Worker,
) -> None:
    two = film(
        *("mkv", 2, "-map", "0:v", "-map", "1:a", "-map", "1:a"),
        *("-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=und"),
        codecs=(*H264, "-c:a", "aac"),
    )
    job, made = await made_of(worker, make_film(two))
    master = made["master1.m3u8"].read_text()
    assert 'NAME="de",LANGUAGE="de"' in master
    assert 'NAME="Sound",DEFAULT=NO' in master
    assert "film.mp4" in made
    video = await Video.objects.select_related("source").aget(pk=job.video_id)
    assert prefers_hls(video, await published(video))


ODD_SOUNDS = {
    "that no decoder knows": (),
    "with nothing in it": ("-bsf:a:1", "noise=drop=1"),
    "that is garbage": ("-bsf:a:1", "noise=amount=1"),
}


@pytest.mark.parametrize("picture", [H264, MPEG4], ids=["copied", "encoded"])
@pytest.mark.parametrize("name", ODD_SOUNDS)
async def test_a_track_of_sound_that_cannot_be_heard_costs_nothing_of_the_film(
    worker: Worker,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    picture: tuple[str, ...],
) -> None:
    commands, pictures = 0, recipes.pictures

    def counted(*about: Any, **more: Any) -> list[str]:
        nonlocal commands
        commands += 1
        return pictures(*about, **more)

    monkeypatch.setattr(recipes, "pictures", counted)
    settings.LADDER = "always"
    odd = ODD_SOUNDS[name]
    both = film(
        *("mkv", 2, "-map", "0:v", "-map", "1:a", "-map", "1:a", "-disposition:a:1", "default"),
        codecs=(*picture, "-c:a:0", "mp2", "-c:a:1", "ac3", *odd),
    )
    content = numbered.content_of(both)
    path = tmp_path / "film.mkv"
    path.write_bytes(content if odd else content.replace(b"A_AC3", b"A_XYZ"))
    job, made = await made_of(worker, path)
    assert job.attempt == 1
    master = made["master1.m3u8"].read_text()
    assert master.count("TYPE=AUDIO") == 1
    with av.open(str(made["film.mp4"])) as whole:
        assert len(whole.streams.audio) == 1
        assert sum(1 for _ in whole.decode(audio=0)) > 80
    (left_out,) = [event async for event in job.events.filter(kind="sound_left_out")]
    assert left_out.data["track"] == 1
    # That there is nothing in a track is found once all is made, and so is its one size.
    assert commands == 1 or name == "that is garbage"


async def test_a_sound_at_which_ffmpeg_ends_early_cuts_nothing_of_the_film(worker: Worker) -> None:
    # Its encoder ends all at what is no number.
    broken = ("-c:a:1", "pcm_f32le", "-bsf:a:1", "noise=amount='if(lt(pts,6/tb),0,1)'")
    two = ("-map", "0:v", "-map", "1:a", "-map", "1:a", *broken)
    job, made = await made_of(worker, make_film(film("mkv", 12, *two)))
    assert job.attempt == 1
    assert [event.data["track"] async for event in job.events.filter(kind="sound_left_out")] == [1]
    with av.open(str(made["film.mp4"])) as whole:
        assert sum(1 for _ in whole.decode(video=0)) == 12 * 25


# A broken sound ends ffmpeg wherever the picture is by then. Here that is four pictures too soon.
_ENDS_EARLY = """#!{python} -I
import subprocess, sys
words = sys.argv[1:]
ends = "libx264" in words and "a0.m3u8" in words
if ends:
    at = words.index("libx264") - 1
    words[at:at] = ["-frames:v", "46"]
    words[:0] = ["-max_error_rate", "1"]
code = subprocess.run(["{ffmpeg}", *words]).returncode
sys.exit(69 if ends else code)
"""


async def test_a_broken_sound_that_ends_ffmpeg_just_before_the_end_cuts_not_one_picture(
    tmp_path: Path,
) -> None:
    program = tmp_path / "ends-early"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    program.write_text(_ENDS_EARLY.format(python=sys.executable, ffmpeg=ffmpeg))
    program.chmod(0o755)
    broken = film("mkv", 2, codecs=(*MPEG4, "-c:a", "ac3", "-bsf:a", "noise=amount=1"))
    job, made = await made_of(Worker(tmp_path / "scratch", Ffmpeg(str(program))), make_film(broken))
    assert job.attempt == 1
    assert [event.data["track"] async for event in job.events.filter(kind="sound_left_out")] == [0]
    with av.open(str(made["film.mp4"])) as whole:
        assert sum(1 for _ in whole.decode(video=0)) == 50


@pytest.mark.parametrize("picture", [H264, MPEG4], ids=["copied", "encoded"])
@pytest.mark.parametrize("name", ODD_SOUNDS)
async def test_a_film_whose_only_sound_cannot_be_heard_is_made_without_it_and_it_is_told(
    worker: Worker, settings: Any, tmp_path: Path, name: str, picture: tuple[str, ...]
) -> None:
    settings.LADDER = "always"
    odd = [each.replace(":1", "") for each in ODD_SOUNDS[name]]
    content = numbered.content_of(film("mkv", 2, codecs=(*picture, "-c:a", "ac3", *odd)))
    path = tmp_path / "film.mkv"
    path.write_bytes(content if odd else content.replace(b"A_AC3", b"A_XYZ"))
    job, made = await made_of(worker, path)
    assert job.attempt == 1
    assert "AUDIO" not in made["master1.m3u8"].read_text()
    with av.open(str(made["film.mp4"])) as whole:
        assert not whole.streams.audio
        assert sum(1 for _ in whole.decode(video=0)) == 50
    (left_out,) = [event async for event in job.events.filter(kind="sound_left_out")]
    assert left_out.data["track"] == 0


async def test_a_film_of_which_nothing_can_be_decoded_fails_and_no_track_is_blamed(
    worker: Worker, tmp_path: Path
) -> None:
    noise = ("-bsf:v", "noise=amount=1", "-bsf:a", "noise=amount=1")
    both = film("mkv", 2, codecs=(*MPEG4, "-c:a", "ac3", *noise))
    video = await upload(make_film(both))
    assert await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason_code) == (Status.RETRYING, "ffmpeg_failed")
    assert not await job.events.filter(kind="sound_left_out").aexists()


async def test_a_track_that_is_left_out_is_told_of_once_whatever_the_attempts(
    tmp_path: Path,
) -> None:
    await a_film()
    job = await queue.claim("worker")
    assert job
    tracks = Tracks(sounds=(Sound(None, 0), Sound("aac", 2), Sound(None, 0)))
    for _ in range(2):
        attempt = Attempt(job, tmp_path, Ffmpeg.found(), facts=Facts(tracks=tracks))
        await report_left_out(attempt)
    told = [event.data["track"] async for event in job.events.filter(kind="sound_left_out")]
    assert told == [0, 2]


@pytest.mark.parametrize("form", ["srt", "ass"])
async def test_no_line_of_subtitles_is_lost_that_is_in_an_old_code_page(
    worker: Worker, tmp_path: Path, form: str
) -> None:
    line = "GrXn ist die XberfXhrte TXr."
    said = b64encode(f"1\n00:00:00,500 --> 00:00:01,500\n{line}\n".encode()).decode()
    path = tmp_path / "film.mkv"
    old = film(
        *("mkv", 2, "-map", "0:v", "-map", "1:s", "-c:s", form),
        sound=("-f", "srt", "-i", f"data:text/plain;base64,{said}"),
    )
    content = numbered.content_of(old)
    assert line.encode() in content
    path.write_bytes(content.replace(line.encode(), line.replace("X", "ü").encode("latin-1")))
    job, _ = await made_of(worker, path)
    track = await Subtitle.objects.aget(video=job.video_id)
    assert "Grün ist die überführte Tür." in track.vtt


async def test_one_track_of_subtitles_that_cannot_be_read_costs_none_of_the_others(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(recipes._COPIED_SUBTITLES, "ass", "no-such-form")
    job, _ = await made_of(worker, make_film(SUBTITLED))
    tracks = [track.file_track async for track in Subtitle.objects.filter(video=job.video_id)]
    assert tracks == [0]
    (failed,) = [event async for event in job.events.filter(kind="subtitles_failed")]
    assert failed.data["track"] == 1


async def test_edges_that_the_container_hides_are_shown_and_nothing_is_stretched(
    worker: Worker, tmp_path: Path
) -> None:
    film = Film(
        "mp4",
        ("-vf", "drawbox=w=16:h=48:color=black:t=fill", *MPEG4),
        inputs=("-f", "lavfi", "-i", "color=white:size=64x48"),
        duration_s=1,
    )
    path = tmp_path / "film.mp4"
    path.write_bytes(boxes.crop(numbered.content_of(film), 48, 48, 8))
    _, made = await made_of(worker, path)
    with av.open(str(made["v48.mp4"])) as rung:
        plane = next(rung.decode(video=0)).planes[0]
    row = bytes(plane)[plane.line_size * 24 :][:64]
    assert (row[8] < 50, row[24] > 200) == (True, True)


@pytest.mark.parametrize("off", [0, 1], ids=["picture", "sound"])
async def test_what_a_file_says_not_to_show_or_play_is_switched_on_in_a_copy(
    worker: Worker, tmp_path: Path, off: int
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(boxes.switch_off(make_film(INDEX_BEHIND).read_bytes(), off))
    job, made = await made_of(worker, path)
    assert job.plan == Way.REMUX
    with av.open(str(made["film.mp4"])) as copy:
        assert all(track.disposition & Disposition.default for track in copy.streams)


async def test_a_picture_too_low_for_a_storyboard_is_made_and_it_is_told(worker: Worker) -> None:
    low = Film("mkv", MPEG4, inputs=("-f", "lavfi", "-i", "testsrc2=size=3000x10"), duration_s=1)
    job, made = await made_of(worker, make_film(low))
    assert "v10.m3u8" in made
    assert "storyboard.vtt" not in made
    assert await job.events.filter(kind="storyboard_failed").aexists()


async def test_a_picture_of_a_size_that_no_screen_shows_is_refused_in_words() -> None:
    inputs = ("-f", "lavfi", "-i", "testsrc2=size=16x16,format=gray,crop=16:1")
    odd = Film("mkv", ("-c:v", "ffv1"), inputs=inputs, duration_s=0.2)
    with pytest.raises(Unreadable) as refused:
        await upload(make_film(odd))
    assert "which no screen shows" in str(refused.value.fields)


async def test_a_film_that_says_no_length_gets_a_storyboard_of_the_length_that_was_made(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # As of a recording that is too large to be read to its end.
    monkeypatch.setattr("media.probe.MAX_READ_BYTES", 400_000)
    inputs = ("-f", "lavfi", "-i", "testsrc2=size=320x180,noise=alls=60:allf=t")
    content = numbered.content_of(Film("mkv", MPEG4, inputs=inputs, duration_s=3))
    path, says = tmp_path / "film.mkv", content.index(b"\x44\x89\x88")
    # An element without meaning in its place (RFC 8794 section 11.3.2).
    path.write_bytes(content[:says] + b"\xec\x89" + bytes(9) + content[says + 11 :])
    job, made = await made_of(worker, path)
    assert job.facts is not None
    assert job.facts["duration_s"] is None
    assert made["storyboard.vtt"].read_text().count("-->") == 3


async def test_mp3_of_few_samples_a_second_is_made_into_sound_that_an_mp4_can_have(
    worker: Worker,
) -> None:
    slow = film("mkv", 2, codecs=(*H264, "-c:a", "libmp3lame", "-ar", "8000"))
    _, made = await made_of(worker, make_film(slow))
    with av.open(str(made["film.mp4"])) as copy:
        assert copy.streams.audio[0].codec_context.name == "aac"


@pytest.mark.parametrize("told", ["", ":colorprim=bt2020", ":colormatrix=bt2020c"])
async def test_hdr_that_does_not_say_in_which_colours_it_is_is_taken_for_the_usual(
    worker: Worker, told: str
) -> None:
    hdr = Film(
        "mkv",
        (
            *("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-an"),
            *("-x265-params", f"log-level=none:transfer=smpte2084{told}"),
        ),
        inputs=("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=5"),
        duration_s=1,
    )
    _, made = await made_of(worker, make_film(hdr))
    with av.open(str(made["v48.mp4"])) as size:
        assert size.streams.video[0].codec_context.color_trc == 1
