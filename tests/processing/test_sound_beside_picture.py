"""Films whose sound is not as long as their picture, while they are made and when they are whole.

Players of HLS stop where one of the two is over, and a film that is being made is shown as far
as there are both.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from library import growing
from library.models import Rendition, Video
from media import playlists
from media.ffmpeg import Ffmpeg
from processing import growth as growths
from processing.worker import Worker
from tests.processing.films import fresh, job_of, path_of, upload
from tests.support import streams
from tests.support.films import Film, make_film
from tests.support.growing_film import Gate
from tests.support.numbered import BEEP_AT_S, SOUND, content_of, film, picture

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]

_SHORT = ("-t", "4", *SOUND)
_SHORT_BEEP = ("-t", "2", *SOUND)
# Most of each file is picture, so that three quarters of it are of its time too.
_CODECS = ("-c:v", "mpeg4", "-q:v", "2", "-c:a", "ac3", "-b:a", "32k")
# Its sound says no rate from which a length could be guessed.
_UNCOUNTED = ("-c:v", "mpeg4", "-q:v", "2", "-c:a", "flac")
_BROADCAST = ("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2", "-b:a", "32k")
_GAP = ("-f", "lavfi", "-i", f"{SOUND[-1]},aselect='lt(t,3)+gt(t,11)'")
_BOTH = ("-map", "0:v", "-map", "1:a", "-map", "2:a")


@dataclass(frozen=True, slots=True)
class Row:
    """``shown_s`` is how far a film is shown that is read to three quarters.

    None for broadcasts: of one so short all is read before its tracks are known. ``beeps_s`` tells
    when the tone is first heard, by the names of the sounds.
    """

    film: Film
    duration_s: float = 16
    shown_s: float | None = 8
    beeps_s: Mapping[str, float] = field(default_factory=lambda: {"a0": BEEP_AT_S})


FILMS = {
    "sound that ends early": Row(film("mkv", 16, codecs=_CODECS, sound=_SHORT)),
    "a broadcast whose sound ends early": Row(
        film("ts", 16, sound=_SHORT, codecs=_BROADCAST), shown_s=None
    ),
    "sound that begins late": Row(
        film("mkv", 16, codecs=_CODECS, sound=("-itsoffset", "10", *SOUND)),
        beeps_s={"a0": 10 + BEEP_AT_S},
    ),
    "a broadcast whose sound begins late": Row(
        film("ts", 16, sound=("-itsoffset", "10", *SOUND), codecs=_BROADCAST),
        shown_s=None,
        beeps_s={"a0": 10 + BEEP_AT_S},
    ),
    "a gap in the sound": Row(film("mkv", 16, codecs=_CODECS, sound=_GAP)),
    "sound that goes on for longer": Row(
        film("mkv", 16, codecs=_CODECS, shown=("-t", "9", *picture())), shown_s=4
    ),
    "no sound": Row(film("mkv", 16, codecs=_CODECS, sound=()), beeps_s={}),
    "two sounds of which the first ends early": Row(
        film("mkv", 16, *_BOTH, codecs=_CODECS, sound=(*_SHORT, *SOUND)),
        beeps_s={"a0": BEEP_AT_S, "a1": BEEP_AT_S},
    ),
}


@pytest.fixture
def gated_worker(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(growths, "_SOONEST_S", 0.1)
    monkeypatch.setattr(growths, "FIRST_S", 4.0)
    gate.share = 0.75
    return Worker(tmp_path / "scratch", Ffmpeg(str(gate.program)))


async def shown_until(video: Video, shown_s: float, working: "asyncio.Future[bool]") -> None:
    """Wait until so much of ``video`` is shown."""
    async with asyncio.timeout(60):
        while (made := await growing.of(video)) is None or made.until_s < shown_s - 0.1:
            assert not working.done(), "all was made, and it was not shown meanwhile"
            await asyncio.sleep(0.02)


async def lengths_of(video: Video) -> dict[str, float]:
    """Return how long each rendition is, by its name."""
    rows = Rendition.objects.filter(video=video, is_published=True, name__regex="^[av][0-9]+.m3u8$")
    return {
        row.name.removesuffix(".m3u8"): playlists.read_segments(
            (await path_of(row)).read_text()
        ).duration_s
        async for row in rows
    }


@pytest.mark.parametrize("name", FILMS)
async def test_a_film_is_shown_as_far_as_its_picture_is_made_and_its_sound_lasts_as_long(
    gated_worker: Worker, gate: Gate, name: str
) -> None:
    row = FILMS[name]
    video = await upload(make_film(row.film))
    working = asyncio.ensure_future(gated_worker.work())
    if row.shown_s is not None:
        await shown_until(video, row.shown_s, working)
    gate.open()
    assert await working

    job = await job_of(video)
    assert (job.status, job.attempt, job.reason) == ("completed", 1, "")
    assert not await job.events.exclude(kind__in=["queued", "claimed", "finish"]).aexists()
    lengths_s = await lengths_of(video)
    assert lengths_s.keys() == {"v48", *row.beeps_s}
    whole_s = dict.fromkeys(lengths_s, pytest.approx(row.duration_s, abs=0.15))
    assert lengths_s == whole_s
    assert (await fresh(video)).duration_s == pytest.approx(row.duration_s, abs=0.15)
    for sound, beep_s in row.beeps_s.items():
        made = await Rendition.objects.aget(video=video, name=f"{sound}.mp4")
        heard_s = streams.sound_begins_s(await path_of(made))
        assert heard_s == pytest.approx(beep_s, abs=0.04)


async def test_the_last_picture_stays_in_every_size_while_the_sound_goes_on(tmp_path: Path) -> None:
    talk = Film(
        "mkv",
        ("-c:v", "mpeg4", "-c:a", "ac3", "-b:a", "32k"),
        inputs=("-f", "lavfi", "-i", "color=size=640x480:rate=5:duration=2", *SOUND),
        duration_s=8,
    )
    video = await upload(make_film(talk))
    assert await Worker(tmp_path / "scratch", Ffmpeg.found()).work()
    whole_s = pytest.approx(8, abs=0.15)
    assert await lengths_of(video) == {"v360": whole_s, "v480": whole_s, "a0": whole_s}


async def test_sound_that_ends_early_beside_a_picture_of_unknown_length_lasts_as_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As of a recording that is too large to be read to its end.
    monkeypatch.setattr("media.probe.MAX_READ_BYTES", 400_000)
    noise = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10,noise=alls=60:allf=t")
    content = content_of(film("mkv", 7, codecs=_UNCOUNTED, shown=noise, sound=_SHORT_BEEP))
    says = content.index(b"\x44\x89\x88")
    path = tmp_path / "film.mkv"
    # An element without meaning in place of its length (RFC 8794 section 11.3.2), and of the tags
    # that say those of its tracks.
    silent = content[:says] + b"\xec\x89" + bytes(9) + content[says + 11 :]
    path.write_bytes(silent.replace(b"DURATION", b"UNTITLED"))
    video = await upload(path)
    assert video.duration_s is None
    assert await Worker(tmp_path / "scratch", Ffmpeg.found()).work()
    whole_s = pytest.approx(7, abs=0.15)
    assert await lengths_of(video) == {"v180": whole_s, "a0": whole_s}
