"""Films as people own them: what is planned for each, and that what is made of it is right."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest

from library.models import Rendition, Subtitle, Video
from library.playing import ways_of
from library.renditions import published
from library.schemas import why_unplayable
from media import plan
from media.kinds import MP4
from media.plan import Way
from media.playlists import AAC
from media.probe import Facts
from processing import api
from processing.attempt import Attempt
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import fresh, path_of, upload
from tests.support import films, streams
from tests.support.films import BEEP_AT_S, Film, make_film
from tests.support.teletext import with_teletext

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

FRAME_S = 1 / 30


@dataclass(frozen=True, slots=True)
class Row:
    """What is to come of a film; ``sizes`` are those of its ladder, if it gets one."""

    film: Film
    way: Way | None
    sizes: tuple[tuple[int, int], ...] = ()
    sounds: int = 1
    rate: str = "30.000"
    # Of the picture, where it ends before the sound.
    picture_s: float | None = None
    ladder: str = "auto"
    beeps: bool = False
    is_hdr: bool = False


TWO_SIZES = ((160, 90), (320, 180))
FILMS = {
    "10-bit HEVC in PQ, two languages of 5.1, subtitles": Row(
        films.HEVC_HDR, Way.TRANSCODE, TWO_SIZES, sounds=2, beeps=True, is_hdr=True
    ),
    "odd sizes, 4:4:4, no sound": Row(films.ODD_AND_SILENT, Way.TRANSCODE, TWO_SIZES, sounds=0),
    "turned": Row(films.TURNED, Way.TRANSCODE, ((90, 160), (180, 320))),
    "uneven frame rate": Row(films.UNEVEN_RATE, Way.TRANSCODE, TWO_SIZES, rate=""),
    "a picture a second": Row(films.SLIDES, Way.TRANSCODE, TWO_SIZES, rate="", picture_s=6),
    "begins at 10 s": Row(films.BEGINS_AT_10_S, Way.REMUX),
    "WebM without a length": Row(films.WITHOUT_LENGTH, None),
    "open groups of pictures": Row(
        films.OPEN_GOP, Way.TRANSCODE, TWO_SIZES, ladder="always", beeps=True
    ),
    "a cover before the film": Row(films.COVER_FIRST, Way.TRANSCODE, TWO_SIZES),
    "61 frames a second": Row(films.FAST, Way.TRANSCODE, TWO_SIZES, rate="60.000"),
    "4:2:2": Row(films.MORE_COLOUR, Way.TRANSCODE, TWO_SIZES),
    "VP9 of 4:4:4": Row(films.VP9_OF_ALL_COLOURS, Way.TRANSCODE, TWO_SIZES),
    "index behind": Row(films.INDEX_BEHIND, None),
    "DTS": Row(films.DTS, Way.REMUX),
    "picture subtitles": Row(films.PICTURE_SUBTITLES, Way.REMUX),
    "XviD in AVI": Row(films.XVID_IN_AVI, Way.TRANSCODE, TWO_SIZES),
    "H.264 in AVI": Row(films.H264_IN_AVI, Way.TRANSCODE, TWO_SIZES),
    "a broadcast": Row(films.BROADCAST, Way.REMUX, beeps=True),
    "an interlaced broadcast": Row(films.INTERLACED, Way.TRANSCODE, TWO_SIZES, rate="50.000"),
    "an interlaced broadcast in H.264": Row(
        films.INTERLACED_H264, Way.TRANSCODE, TWO_SIZES, rate="50.000"
    ),
    "a camera's M2TS": Row(films.CAMERA, Way.REMUX),
}


@pytest.mark.parametrize("name", FILMS)
async def test_a_film_is_made_as_planned_and_what_is_made_is_right(
    worker: Worker, settings: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    row = FILMS[name]
    # Two sizes of small films too.
    monkeypatch.setattr(plan, "HEIGHTS", (90, 180))
    settings.LADDER = row.ladder
    video = await upload(make_film(row.film))
    job = await Job.objects.filter(video=video).afirst()
    assert (job.plan if job else None) == row.way
    if job is None:
        assert video.status == Video.Status.COMPLETED
        return

    assert await worker.work()

    await job.arefresh_from_db()
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    made = await files_of(video)
    facts = await facts_of(made["film.mp4"], worker)
    check_film(made["film.mp4"], facts, row)
    shown = await fresh(video)
    assert shown.duration_s == pytest.approx(row.film.duration_s, abs=0.15)
    assert [rendition for rendition in made if rendition.startswith("master")][-1:] == (
        [f"master{len(row.sizes)}.m3u8"] if row.sizes else []
    )
    if row.sizes:
        check_ladder(made, row)


def check_film(path: Path, facts: Facts, row: Row) -> None:
    """Check the MP4 that stands for the original."""
    assert facts.video_codec == "h264"
    assert facts.audio_codec == ("aac" if row.sounds else None)
    assert facts.duration_s == pytest.approx(row.film.duration_s, abs=0.15)
    assert (facts.width, facts.height) == (row.sizes[-1] if row.sizes else (320, 180))
    # The sound of a broadcast begins some milliseconds before its picture.
    assert streams.first_picture_s(path) == pytest.approx(0, abs=0.01)
    if row.beeps:
        check_sound(path)


def check_sound(path: Path) -> None:
    """A little before is nothing to the ear; behind the picture it may be a frame at most."""
    assert -0.02 < streams.sound_begins_s(path) - BEEP_AT_S < FRAME_S


def check_ladder(made: dict[str, Path], row: Row) -> None:
    """Check playlists, pieces and pictures of every size and language."""
    master = made[f"master{len(row.sizes)}.m3u8"].read_text()
    lengths = set()
    for width, height in row.sizes:
        rung = f"v{min(width, height)}"
        assert f"RESOLUTION={width}x{height}" in master
        pieces = streams.pieces_of(made[f"{rung}.m3u8"])
        lengths.add(tuple(piece.duration_s for piece in pieces))
        total_s = sum(piece.duration_s for piece in pieces)
        assert total_s == pytest.approx(row.picture_s or row.film.duration_s, abs=0.15)
        assert all(map(streams.begins_with_a_key_frame, pieces))
        assert streams.first_piece_s(made[f"{rung}.m3u8"]) == pytest.approx(0, abs=0.001)
        check_picture(made[f"{rung}.mp4"], (width, height), row)
    assert len(lengths) == 1, "the sizes do not change over at the same times"
    assert f"FRAME-RATE={row.rate}" in master
    assert master.count("TYPE=AUDIO") == row.sounds
    assert (AAC in master) == bool(row.sounds)
    for position in range(row.sounds):
        pieces = streams.pieces_of(made[f"a{position}.m3u8"])
        total_s = sum(piece.duration_s for piece in pieces)
        assert total_s == pytest.approx(row.film.duration_s, abs=0.15)
        if row.beeps:
            check_sound(made[f"a{position}.mp4"])


def check_picture(path: Path, size: tuple[int, int], row: Row) -> None:
    """Check that every browser and ordinary screen shows it as it was meant."""
    with av.open(str(path)) as film:
        context = film.streams.video[0].codec_context
        assert (context.width, context.height) == size
        assert context.pix_fmt == "yuv420p"
        rate = film.streams.video[0].average_rate
        assert rate is not None
        assert not row.rate or float(rate) == pytest.approx(float(row.rate), rel=0.02)
        # ITU-T H.273: 1 is BT.709 in all three.
        tags = (context.color_primaries, context.color_trc, context.colorspace)
        assert not row.is_hdr or tags == (1, 1, 1)


async def test_subtitles_that_are_pictures_are_named_as_not_shown(worker: Worker) -> None:
    video = await upload(make_film(films.PICTURE_SUBTITLES))
    await worker.work()
    job = await Job.objects.aget(video=video)
    (left_out,) = [event async for event in job.events.filter(kind="subtitles_left_out")]
    assert left_out.data["codec"] in ("hdmv_pgs_subtitle", "pgssub")
    assert not await Subtitle.objects.filter(video=video).aexists()


async def test_a_broadcast_with_teletext_and_dvb_subtitles_is_made_and_they_are_named(
    worker: Worker, tmp_path: Path
) -> None:
    path = tmp_path / "film.ts"
    path.write_bytes(with_teletext(make_film(films.DVB_SUBTITLES).read_bytes(), "fin"))
    video = await upload(path)
    assert await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason) == (Status.COMPLETED, "")
    with av.open(str((await files_of(video))["film.mp4"])) as film:
        assert len(film.streams.audio) == 1
    events = job.events.filter(kind="subtitles_left_out").order_by("pk")
    told = {event.data["codec"]: event.data["language"] async for event in events}
    # Though PyAV, which has no decoder for teletext, says no name of it.
    assert told == {"dvb_teletext": "fin", "dvb_subtitle": "deu"}
    shown = await api._newest(video.pk)
    assert shown
    found = [(each.kind, each.track, each.codec, each.language) for each in shown.left_out]
    assert found == [("subtitles", 0, "dvb_teletext", "fi"), ("subtitles", 1, "dvb_subtitle", "de")]


async def test_of_dolby_vision_without_another_picture_nothing_is_made_and_it_says_why(
    worker: Worker,
) -> None:
    video = await upload(make_film(films.DOLBY_VISION))
    assert video.video_codec == "dvh1"
    assert video.status == Video.Status.COMPLETED
    assert "Dolby Vision" in str(why_unplayable(video, is_made=False))
    assert not await worker.work()


async def test_of_an_interlaced_film_that_plays_sizes_without_combs_are_made(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "HEIGHTS", (90, 180))
    row = Row(films.INTERLACED_MP4, Way.DIRECT, TWO_SIZES, rate="50.000")
    film = make_film(row.film)
    video = await upload(film)
    assert video.status == Video.Status.COMPLETED
    assert (await Job.objects.aget(video=video)).plan == row.way
    job = await api._newest(video.pk)
    assert job
    assert job.interlaced, "nobody is told why it is made"
    assert await ways(video) == {"original": True}
    assert await worker.work()
    made = await files_of(video)
    check_ladder(made, row)
    assert streams.combs(made["v180.mp4"]) < streams.combs(film) / 3
    assert await ways(video) == {"original": False, "hls": True}


async def test_a_film_that_plays_and_in_which_browsers_cannot_seek_is_played_as_a_stream(
    worker: Worker,
) -> None:
    video = await upload(make_film(films.OPEN_GOP_MP4))
    assert video.status == Video.Status.COMPLETED
    assert (await Job.objects.aget(video=video)).plan == Way.DIRECT
    assert await ways(video) == {"original": True}
    assert await worker.work()
    assert await ways(video) == {"original": False, "hls": True}


async def ways(video: Video) -> dict[str, bool]:
    """Return how ``video`` can be played, and whether that is what Auto takes."""
    shown = await fresh(video)
    return {way.kind: way.default for way in ways_of(shown, await published(shown), "token")}


async def test_subtitles_in_a_film_that_plays_are_taken_out_and_nothing_else_is_made(
    worker: Worker,
) -> None:
    video = await upload(make_film(films.SUBTITLED_MP4))
    assert video.status == Video.Status.COMPLETED
    assert await worker.work()
    (track,) = [track async for track in Subtitle.objects.filter(video=video)]
    assert (track.language, "Guten Abend." in track.vtt) == ("de", True)
    assert await files_of(video) == {}
    shown = await fresh(video)
    assert (shown.version, shown.status) == (0, Video.Status.COMPLETED)
    assert (await Job.objects.aget(video=video)).status == Status.COMPLETED


async def files_of(video: Video) -> dict[str, Path]:
    """Return what viewers get of ``video``, by name, in one folder as a player sees it."""
    rows = Rendition.objects.filter(video=video, is_published=True).order_by("pk")
    return {row.name: await path_of(row) async for row in rows}


async def facts_of(path: Path, worker: Worker) -> Facts:
    """Return what the probe finds."""
    return await Attempt(Job(), path.parent, worker.ffmpeg).facts_of(path, MP4)
