"""A film that is watched while it is made: what of it is shown, and that no worker shows more."""

import asyncio
import itertools
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import imageio_ffmpeg
import pytest

from accounts.principal import UNBOUND
from library import growing, tokens
from library.growing import Growing
from library.models import Rendition, Video
from library.serve.renditions import send_rendition
from library.storage.base import Stat, StorageUnavailable
from media import recipes
from media.ffmpeg import Ffmpeg
from media.kinds import MP4
from media.plan import Rung
from media.playlists import entries
from media.tracks import Picture, Sound, Tracks
from playback.sources.base import Audience, CannotPlay, Facts, MediaType, Playable, SourceKey
from playback.sources.library import LibrarySource
from processing import growth as growths
from processing import publishing, queue
from processing.errors import Hindered, LeaseLost
from processing.growth import Growth
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import fresh, job_of, path_of, stored_keys, upload
from tests.processing.rows import lapse
from tests.processing.test_fencing import claimed, killed_ffmpeg, strays
from tests.support.clips import Clip, make_clip
from tests.support.films import Film, make_film
from tests.support.growing_film import (
    GROWING,
    GROWING_BESIDE_SILENCE,
    GROWING_BROADCASTS,
    GROWING_TO_SILENCE,
    GROWING_WITH_GARBAGE,
    Gate,
)

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

FACTS: dict[str, dict[str, Any]] = {
    "v180": {"width": 320, "height": 180, "frames_per_s": 10.0},
    "a0": {"language": "en", "label": "eng", "is_default": True},
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film of 30 s as ffmpeg leaves it."""
    folder = tmp_path_factory.mktemp("whole")
    clip = make_clip(folder, Clip(duration_s=30, frame_rate=10, width=320, height=180))
    tracks = Tracks(Picture(frame_rate=10), (Sound("aac", 2),))
    rung = Rung(180, 800_000)
    command = recipes.pictures(clip, MP4.demuxer, tracks, (320, 180), [rung], sounds=True)
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def write(whole: Path, folder: Path, segments: int) -> None:
    """Have the film in ``folder`` as it is once so many segments are finished, and one half."""
    for name in FACTS:
        text = (whole / f"{name}.m3u8").read_text()
        found = entries(text, f"{name}.mp4")
        stop = text.index(found[segments].lines) + 20
        (folder / f"{name}.m3u8").write_text(text[:stop])
        size = found[segments].start + 100
        (folder / f"{name}.mp4").write_bytes((whole / f"{name}.mp4").read_bytes()[:size])


async def content(video: Video, name: str) -> bytes:
    """Return what readers of ``video`` get under ``name``."""
    file = await growing.find(video.pk, 1, name)
    assert file is not None
    size_bytes = (await file.stat(name)).size_bytes
    async with file.open(name, 0, size_bytes) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def shown(video: Video) -> Growing:
    film = await growing.of(video)
    assert film is not None
    return film


@pytest.fixture
async def job() -> Job:
    await upload(make_film(GROWING))
    return await claimed()


async def test_a_segment_that_lasts_no_time_is_shown_with_the_others(
    job: Job, whole: Path, tmp_path: Path
) -> None:
    write(whole, tmp_path, 4)
    playlist = tmp_path / "v180.m3u8"
    playlist.write_text(playlist.read_text().replace("#EXTINF:4.000000", "#EXTINF:0.000000", 1))
    growth = Growth.of(job, tmp_path, FACTS)
    growth.files[0].read_new()
    facts = growth.files[0].part(1).facts
    assert 0 < facts["bits_per_s"] <= facts["peak_bits_per_s"]


async def test_what_is_finished_is_shown_and_is_what_the_whole_will_be(
    job: Job, whole: Path, tmp_path: Path
) -> None:
    growth = Growth.of(job, tmp_path, FACTS)
    await growth.show()  # there are no files yet
    write(whole, tmp_path, 2)
    await growth.show()
    assert await growing.of(job.video) is None, "8 s are not enough to begin with"
    seen = []
    for segments in (4, 4, 5, 6):
        write(whole, tmp_path, segments)
        await growth.show()
        film = await shown(job.video)
        seen.append(round(film.until_s))
        for name in FACTS:
            playlist = (await content(job.video, f"{name}.m3u8")).decode()
            finished = entries((whole / f"{name}.m3u8").read_text(), f"{name}.mp4")
            assert entries(playlist, f"{name}.mp4") == finished[:segments]
            bytes_ = await content(job.video, f"{name}.mp4")
            assert bytes_ == (whole / f"{name}.mp4").read_bytes()[: finished[segments].start]
    assert seen == [16, 16, 20, 24]
    master = (await content(job.video, "master1.m3u8")).decode()
    assert 'RESOLUTION=320x180,FRAME-RATE=10.000,CODECS="avc1.64' in master
    assert 'LANGUAGE="en"' in master
    assert film.file("v360.mp4") is None
    assert not await strays(job.video)


async def test_any_bytes_of_the_parts_are_read_as_of_one_file(
    job: Job, whole: Path, tmp_path: Path
) -> None:
    growth = Growth.of(job, tmp_path, FACTS)
    for segments in (3, 5, 6):
        write(whole, tmp_path, segments)
        await growth.show()
    film = await shown(job.video)
    parts = film.parts["v180.mp4"]
    assert len(parts) == 3
    all_of_it = await content(job.video, "v180.mp4")
    ends = [0, *itertools.accumulate(part.size_bytes for part in parts)]
    file = film.file("v180.mp4")
    assert file is not None
    for start, stop in [
        (0, 1),
        (ends[1] - 1, ends[1] + 1),
        (ends[1], ends[2]),
        (ends[1] - 5, ends[2] + 5),
        (ends[-1] - 1, ends[-1]),
    ]:
        async with file.open("", start, stop) as chunks:
            assert b"".join([chunk async for chunk in chunks]) == all_of_it[start:stop]


async def test_bytes_that_are_not_what_the_playlist_says_are_not_shown(
    job: Job, whole: Path, tmp_path: Path
) -> None:
    growth = Growth.of(job, tmp_path, FACTS)
    write(whole, tmp_path, 4)
    good = (tmp_path / "v180.mp4").read_bytes()
    (tmp_path / "v180.mp4").write_bytes(good.replace(b"moof", b"free"))
    with pytest.raises(ValueError, match="no data"):
        await growth.show()
    assert await growing.of(job.video) is None
    (tmp_path / "v180.mp4").write_bytes(good)
    await growth.show()
    assert (await shown(job.video)).until_s == pytest.approx(16, abs=0.1)


async def test_a_part_that_the_storage_refused_comes_with_the_next(
    job: Job, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growth = Growth.of(job, tmp_path, FACTS)
    write(whole, tmp_path, 4)
    storage = publishing.storage_of(job.video)

    async def away(*_: object, **__: object) -> Stat:
        raise StorageUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(storage, "put", away)
        with pytest.raises(Hindered):
            await growth.show()
    assert await growing.of(job.video) is None
    write(whole, tmp_path, 5)
    await growth.show()
    film = await shown(job.video)
    assert film.until_s == pytest.approx(20, abs=0.1)
    finished = (whole / "v180.mp4").read_bytes()
    assert finished.startswith(await content(job.video, "v180.mp4"))


async def test_a_worker_that_comes_back_too_late_shows_no_more_of_it(
    job: Job, whole: Path, tmp_path: Path
) -> None:
    late = Growth.of(job, tmp_path, FACTS)
    write(whole, tmp_path, 4)
    await late.show()
    await lapse(job)
    other = await queue.claim("second")
    assert other is not None

    # What there was can be watched until the other begins.
    assert (await shown(job.video)).until_s > 12
    await publishing.discard_earlier(other)
    assert await growing.of(job.video) is None
    assert await growing.find(job.video_id, job.version, "v180.mp4") is None
    write(whole, tmp_path, 5)
    with pytest.raises(LeaseLost):
        await late.show()
    await publishing.discard_own(job)

    # It is another version: no player takes the pieces of one for those of the other.
    assert other.version == job.version + 1
    again = Growth.of(other, tmp_path, FACTS)
    await again.show()
    film = await shown(job.video)
    assert (film.version, round(film.until_s)) == (other.version, 20)
    assert not await strays(job.video)


async def described(video: Video) -> tuple[Facts, Playable | None]:
    """Return what a room is told of ``video``, and what its pages play."""
    source, key = LibrarySource(), SourceKey("library", MediaType.MOVIE, str(video.pk))
    try:
        audience = Audience(room="K7QF2XMD", member=uuid4(), now_s=1.0, grant=UNBOUND)
        playable = await source.playable(key, audience)
    except CannotPlay:
        playable = None
    return await source.facts(key), playable


async def test_where_some_browsers_play_the_file_the_copy_that_grows_is_for_the_others(
    job: Job, whole: Path, tmp_path: Path
) -> None:
    hevc = {"video_codec": "hevc", "audio_codec": "aac", "pixel_format": "yuv420p"}
    await Video.objects.filter(pk=job.video_id).aupdate(mime_type="video/mp4", **hevc)
    _, playable = await described(job.video)
    assert playable is not None
    assert (playable.only_where is not None, playable.renditions) == (True, ())
    write(whole, tmp_path, 4)
    await Growth.of(job, tmp_path, FACTS).show()

    facts, playable = await described(job.video)
    assert facts.made_until_s is None, "who plays the file waits for nothing"
    assert playable is not None
    assert playable.kind == "file"
    ways = [(way.kind, way.default) for way in playable.renditions]
    assert ways == [("original", True), ("hls", False)]
    assert playable.renditions[1].url.endswith(f"/{job.video_id}/v1/master1.m3u8")


@pytest.fixture
def gated_worker(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(growths, "_SOONEST_S", 0.1)
    return Worker(tmp_path / "scratch", Ffmpeg(str(gate.program)))


async def growing_film(video: Video, working: asyncio.Future[bool]) -> Growing:
    """Wait until some of ``video`` is shown."""
    while (film := await growing.of(video)) is None:
        assert not working.done(), "everything was converted, and nothing was shown meanwhile"
        await asyncio.sleep(0.02)
    return film


@pytest.mark.parametrize(
    "film", [GROWING, *GROWING_BROADCASTS.values()], ids=["mkv", *GROWING_BROADCASTS]
)
async def test_a_film_is_played_while_it_is_made_and_then_from_the_same_address(
    gated_worker: Worker, gate: Gate, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tracks of a broadcast are looked for in all that the gate lets through, and more.
    monkeypatch.setattr(recipes, "_LATE_TRACKS", ("-analyzeduration", "15M"))
    video = await upload(make_film(film))
    facts, playable = await described(video)
    assert (facts.made_until_s, playable) == (0, None)

    working = asyncio.ensure_future(gated_worker.work())
    await growing_film(video, working)
    facts, playable = await described(video)
    assert facts.made_until_s is not None
    assert 12 <= facts.made_until_s < 40
    assert playable is not None
    assert playable.kind == "hls"
    assert playable.url.endswith(f"/{video.pk}/v1/master1.m3u8")
    assert (await fresh(video)).status == Video.Status.PROCESSING
    head = {name: await content(video, name) for name in ("v180.mp4", "a0.mp4")}
    parts = Rendition.objects.filter(video=video, kind=Rendition.Kind.PART, is_published=True)
    lines = dict.fromkeys(head, "")
    async for row in parts.order_by("pk"):
        lines[growing.file_of(row.name)] += row.lines
    gate.open()
    assert await working

    facts, playable = await described(video)
    assert facts.made_until_s is None
    assert playable is not None
    rows = {row.name: row async for row in Rendition.objects.filter(video=video)}
    assert not [row for row in rows.values() if row.kind == Rendition.Kind.PART]
    for name, part in head.items():
        assert (await path_of(rows[name])).read_bytes().startswith(part)
        playlist = await path_of(rows[f"{name.removesuffix('.mp4')}.m3u8"])
        assert lines[name] in playlist.read_text()
    assert (await fresh(video)).version == 1
    assert {row.key for row in rows.values()} < await stored_keys(video)
    assert not await strays(video)


@pytest.mark.long
async def test_a_film_whose_encoder_is_killed_is_not_shown_any_more_and_made_anew(
    gated_worker: Worker, gate: Gate
) -> None:
    video = await upload(make_film(GROWING))
    working = asyncio.ensure_future(gated_worker.work())
    await growing_film(video, working)
    await killed_ffmpeg()
    await working

    job = await Job.objects.aget(video=video)
    assert (job.status, job.reason_code) == (Status.RETRYING, "killed")
    facts, playable = await described(video)
    assert (facts.made_until_s, playable) == (0, None)
    assert not await Rendition.objects.filter(video=video).aexists()
    gate.open()
    await lapse(job)
    assert await gated_worker.work()
    assert (await fresh(video)).status == Video.Status.COMPLETED
    assert (await fresh(video)).version == 2
    assert not await strays(video)


@pytest.fixture
def soon_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a track be silent for long after some seconds."""
    monkeypatch.setattr(growths, "_SILENT_S", 16.0)


async def left_out(video: Video) -> list[int]:
    job = await Job.objects.aget(video=video)
    return [event.data["track"] async for event in job.events.filter(kind="sound_left_out")]


@pytest.mark.usefixtures("soon_silent")
async def test_a_film_is_watched_while_it_is_made_though_one_of_its_languages_is_empty(
    gated_worker: Worker, gate: Gate
) -> None:
    video = await upload(make_film(GROWING_BESIDE_SILENCE))
    working = asyncio.ensure_future(gated_worker.work())
    film = await growing_film(video, working)
    assert set(film.parts) == {"v180.mp4", "a1.mp4"}
    growing_master = (await content(video, "master1.m3u8")).decode()
    assert growing_master.count("DEFAULT=YES") == 1
    gate.open()
    assert await working

    # What is watched goes on under the same names, and nothing was made twice.
    rows = {row.name: row async for row in Rendition.objects.filter(video=video)}
    assert (await fresh(video)).version == 1
    assert rows.keys() >= {"v180.mp4", "a1.mp4", "film.mp4"}
    assert "a0.mp4" not in rows
    master = (await path_of(rows["master1.m3u8"])).read_text()
    assert master.count("DEFAULT=YES") == master.count("TYPE=AUDIO") == 1
    assert await left_out(video) == [0]
    assert not await strays(video)


@pytest.mark.usefixtures("soon_silent")
async def test_a_film_is_watched_without_its_broken_sound_and_is_made_without_it_once(
    gated_worker: Worker, gate: Gate
) -> None:
    video = await upload(make_film(GROWING_WITH_GARBAGE))
    working = asyncio.ensure_future(gated_worker.work())
    film = await growing_film(video, working)
    assert (film.version, set(film.parts)) == (1, {"v180.mp4"})
    assert "AUDIO" not in (await content(video, "master1.m3u8")).decode()
    gate.open()
    assert await working

    # ffmpeg said at its end that there was garbage; what it has made beside it is whole.
    assert (await fresh(video)).version == 1
    assert (await job_of(video)).attempt == 1
    names = {row.name async for row in Rendition.objects.filter(video=video)}
    assert not [name for name in names if name.startswith("a")]
    assert await left_out(video) == [0]
    assert not await strays(video)


async def test_what_was_shown_of_a_film_stays_when_its_sound_breaks_off(
    gated_worker: Worker, gate: Gate
) -> None:
    video = await upload(make_film(GROWING_TO_SILENCE))
    working = asyncio.ensure_future(gated_worker.work())
    await growing_film(video, working)
    gate.open()
    assert await working

    rows = {row.name: row async for row in Rendition.objects.filter(video=video)}
    assert (await fresh(video)).version == 1
    assert (await fresh(video)).duration_s == pytest.approx(40, abs=0.2)
    assert rows.keys() >= {"v180.m3u8", "a0.m3u8", "film.mp4"}
    assert await left_out(video) == []
    assert not await strays(video)


async def answer(video: Video, name: str, range_: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Return status, fields and content of what a viewer is sent who asks for a range."""
    token, _ = tokens.issue(video, ttl=timedelta(minutes=5), grant=UNBOUND)
    sent: list[Any] = []
    left = asyncio.Event()

    async def receive() -> Any:
        await left.wait()

    async def send(message: Any) -> None:
        sent.append(message)

    names = {"token": token, "video_id": str(video.pk), "version": "1", "name": name}
    scope: Any = {
        "type": "http",
        "method": "GET",
        "headers": [(b"range", range_.encode())],
        "url_route": {"kwargs": names},
    }
    await send_rendition(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in sent[1:])
    fields = {name.lower(): value for name, value in sent[0]["headers"]}
    return sent[0]["status"], fields, content


async def test_what_grows_is_sent_by_ranges_and_kept_by_no_browser(
    job: Job, whole: Path, tmp_path: Path
) -> None:
    growth = Growth.of(job, tmp_path, FACTS)
    write(whole, tmp_path, 3)
    await growth.show()
    status, fields, content = await answer(job.video, "v180.mp4", "bytes=100-999")
    assert (status, content) == (206, (whole / "v180.mp4").read_bytes()[100:1000])
    # A browser that had some of it would ask for more only if it was the same, and it is not.
    assert b"no-store" in fields[b"cache-control"]
    assert fields[b"content-type"] == b"video/mp4"
    status, fields, content = await answer(job.video, "v180.m3u8", "bytes=0-")
    assert (status, content.count(b"#EXTINF")) == (206, 3)
    assert b"no-store" in fields[b"cache-control"]
    assert (await answer(job.video, "v360.mp4", "bytes=0-9"))[0] == 404
