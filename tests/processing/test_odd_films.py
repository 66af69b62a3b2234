"""Films whose pictures do not come one after the other, or that are damaged, or say wrong things.

Of each it is told how long what is made of it is, when its first picture is shown beside its
sound, and which picture is shown at some instants.
"""

import subprocess
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest

from core.database import in_database
from library.models import Rendition
from media import fragments
from media.plan import Way
from processing import history
from processing.models import Job
from processing.states import Status
from processing.worker import Worker
from tests.processing.films import fresh, path_of, upload
from tests.processing.rows import lapse
from tests.support import numbered, streams
from tests.support.films import BROADCAST, Film, make_film
from tests.support.numbered import BEEP_AT_S, H264, MPEG4, SOUND, Shown, film, picture

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]


@dataclass(frozen=True, slots=True)
class Row:
    """``pictures`` are numbers of pictures by the seconds at which they are shown.

    ``beep_s`` is when the tone in the sound begins; None where there is none.
    """

    film: Film
    duration_s: float
    pictures: Mapping[float, int]
    changed: Callable[[bytes], bytes] = field(default=lambda content: content)
    attempts: int = 1
    beep_s: float | None = BEEP_AT_S


def with_a_hole(content: bytes) -> bytes:
    """Return a film of which nothing is to be read for a tenth, as from a damaged disk."""
    start, stop = len(content) * 45 // 100 // 188 * 188, len(content) * 55 // 100 // 188 * 188
    return content[:start] + bytes(stop - start) + content[stop:]


INTERLACED = ("-flags", "+ilme+ildct", "-field_order", "tt")


def in_another_size(*outputs: str) -> bytes:
    """Return a broadcast that goes on in another size, and with other colours."""
    other = ("-s", "96x72", "-pix_fmt", "yuv422p")
    codecs = ("-c:v", "mpeg2video", "-q:v", "2", *other, *outputs, "-c:a", "mp2")
    return numbered.content_of(film("ts", 3, codecs=codecs))


# As long as so small a film may be it is filled with silence, of which each second costs time.
SMALL = ("-c:v", "mpeg2video", "-q:v", "10", "-c:a", "mp2", "-b:a", "32k")


def of_five_hours_later() -> bytes:
    return numbered.content_of(film("ts", 3, "-output_ts_offset", "18000", codecs=SMALL))


# Its encoder and ours each add milliseconds, for which ffmpeg makes up at the beginning only.
LATE_BEEP_S = 14.03


def paused(*codec: str) -> Film:
    """Return a broadcast with nothing of its sound from 1 to 13 s, and a tone from 14 s on."""
    sound = ("-f", "lavfi", "-i", "sine=440:r=48000,volume=enable='lt(t,14)':volume=0")
    nothing = ("-bsf:a", "noise=drop='between(pts*tb,1,13)'")
    return film("ts", 16, *nothing, sound=sound, codecs=(*codec, "-c:a", "mp2"))


# Of frames that fill less than a packet, ffmpeg does not write every time into an MPG.
FULL_PACKETS = ("-b:v", "700k", "-minrate", "700k", "-maxrate", "700k", "-bufsize", "700k")
DVD = ("-c:v", "mpeg2video", *FULL_PACKETS)
# Of these formats ffmpeg does not know how much the encoder put before the sound.
PRIMED_BEEP_S = 1.045

_SAID_LATE = b64encode(b"1\n00:00:00,500 --> 00:00:20,000\nGuten Abend.\n").decode()

FILMS = {
    "a picture that begins at 2 s": Row(
        film("mkv", 5, only="gte(t,2)"), 5, {0: 0, 1.99: 0, 2.02: 0, 2.06: 1, 4.9: 22}
    ),
    "an MP4 whose picture begins at 0.2 s": Row(
        film(
            *("mp4", 3, "-map", "0:v", "-map", "1:a"),
            shown=("-itsoffset", "0.2", *picture()),
            codecs=(*H264, "-c:a", "aac"),
        ),
        3,
        {0: 0, 0.22: 0, 0.26: 1, 2.9: 17},
    ),
    "a broadcast cut between key frames": Row(
        film("ts", 7, codecs=(*H264, "-g", "40", "-c:a", "mp2")),
        5,
        {0: 30, 1.2: 30, 1.3: 31, 4.5: 11},
        # It was before the cut.
        beep_s=0,
        changed=lambda content: content[len(content) // 188 // 7 * 2 * 188 :],
    ),
    "pictures that stand from 2 to 5 s": Row(
        film("mkv", 7, only="lt(t,2)+gte(t,5)"),
        7,
        {1.5: 37, 1.94: 48, 1.98: 49, 4.98: 49, 5.02: 25, 5.06: 26, 6.9: 22},
    ),
    "a picture that stands to the end": Row(
        film("mkv", 7, only="lt(t,2)+gte(t,6.92)"), 7, {1.98: 49, 6.9: 49, 6.94: 23, 6.98: 24}
    ),
    "slides without sound": Row(
        film("mkv", 9, only="not(mod(n,70))", sound=()),
        8.44,
        {2.7: 0, 2.9: 20, 5.7: 40, 8.44: 10},
        beep_s=None,
    ),
    "slides every 7 s with sound": Row(
        film("mkv", 15, only="not(mod(n,175))"), 15, {6.9: 0, 7.1: 25, 13.9: 25, 14.0: 0}
    ),
    "120 pictures a second": Row(
        film("mkv", 2, shown=picture("120")), 2, {0.002: 1, 0.02: 2, 1: 21, 1.9: 29}
    ),
    "a picture in ten seconds": Row(
        film("mkv", 20, shown=picture("1/10")), 20, {9.9: 0, 10.1: 1, 19.9: 1}
    ),
    "an AVI of 29.97 pictures a second": Row(
        film("avi", 4, shown=picture("30000/1001"), codecs=(*MPEG4, "-c:a", "mp2")),
        4,
        {(n + 0.5) * 1001 / 30000: n % 50 for n in range(119)},
    ),
    "a film of a DVD": Row(
        film("vob", 4, codecs=(*DVD, "-c:a", "ac3")),
        4,
        {1: 25, 3.9: 47},
    ),
    "a film of a DVD of which the beginning is missing": Row(
        film("vob", 6, codecs=(*DVD, "-c:a", "ac3")),
        4.2,
        {1: 21, 3.9: 43},
        beep_s=None,
        # Its packets are aligned.
        changed=lambda content: content[len(content) // 2048 // 3 * 2048 :],
    ),
    "two films of a DVD joined": Row(
        film("vob", 12, codecs=(*DVD, "-c:a", "ac3")),
        24,
        {1: 25, 11.9: 47, 13.1: 28, 23.9: 48},
        changed=lambda content: content * 2,
    ),
    "a film of a DVD with a hole": Row(
        film("vob", 6, codecs=(*DVD, "-g", "10", "-c:a", "ac3")),
        6,
        {1: 25, 5.5: 37},
        changed=with_a_hole,
    ),
    "an MPEG-1 film": Row(
        film("mpg", 4, codecs=("-c:v", "mpeg1video", *FULL_PACKETS, "-c:a", "mp2")),
        4,
        {1: 25, 3.9: 47},
    ),
    "a Windows Media film": Row(
        film("wmv", 4, codecs=("-c:v", "wmv2", "-q:v", "2", "-c:a", "wmav2")),
        4,
        {1.06: 25, 3.9: 46},
        beep_s=PRIMED_BEEP_S,
    ),
    "a Windows Media film with a hole": Row(
        film("wmv", 6, codecs=("-c:v", "wmv2", "-q:v", "2", "-g", "10", "-c:a", "wmav2")),
        6,
        {1.06: 25, 5.5: 36},
        beep_s=PRIMED_BEEP_S,
        changed=with_a_hole,
    ),
    "a Flash film": Row(
        film("flv", 4, codecs=("-c:v", "flv1", "-q:v", "2", "-c:a", "libmp3lame", "-ar", "44100")),
        4,
        {1.06: 25, 3.9: 46},
        beep_s=PRIMED_BEEP_S,
    ),
    "a Flash film whose picture is copied": Row(
        film("flv", 4, codecs=(*H264, "-bf", "2", "-c:a", "aac")),
        4,
        {1.06: 25, 3.9: 46},
        beep_s=PRIMED_BEEP_S,
    ),
    "a phone whose clock wavers": Row(
        film(
            *("mp4", 4),
            shown=picture("30000/1001"),
            only="1',settb=1/90000,setpts='PTS+(random(0)-0.5)*0.01/TB",
            codecs=("-enc_time_base", "1:600", *MPEG4, "-c:a", "aac"),
        ),
        4,
        {n * 1001 / 30000 + 1 / 60: n % 50 for n in range(0, 119, 7)},
    ),
    "a screen that is recorded where something moves": Row(
        film("mkv", 5, shown=picture("60"), only="not(mod(n,3))+not(mod(n,7))"),
        5,
        {n / 60 + 0.004: n % 50 for n in range(0, 290, 21)},
    ),
    "times that jump by five hours": Row(
        film(
            *("mkv", 100_000),
            shown=("-t", "4", *picture()),
            sound=("-t", "4", *SOUND),
            only="1',setpts='PTS+if(gt(T,2),18000/TB)",
        ),
        4,
        {1: 25, 3.9: 47},
        # It says that it is as long.
        attempts=2,
    ),
    "two broadcasts joined": Row(
        film("ts", 3, codecs=("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2")),
        6,
        {1: 25, 2.98: 24, 4.02: 25, 5.9: 22},
        changed=lambda content: content * 2,
    ),
    "two broadcasts joined whose picture is copied": Row(
        film("ts", 3, codecs=(*H264, "-c:a", "mp2")),
        6,
        {1: 25, 2.98: 24, 4.02: 25, 5.9: 22},
        changed=lambda content: content * 2,
    ),
    "a broadcast whose sound pauses for 12 s": Row(
        paused("-c:v", "mpeg2video", "-q:v", "2"),
        16,
        {1: 25, 14.02: 0, 15.9: 47},
        beep_s=LATE_BEEP_S,
    ),
    "a broadcast whose sound pauses for 12 s and whose picture is copied": Row(
        paused(*H264), 16, {1: 25, 14.02: 0, 15.9: 47}, beep_s=LATE_BEEP_S
    ),
    "two broadcasts joined of which the second is from five hours later": Row(
        film("ts", 3, codecs=SMALL),
        6,
        {1: 25, 2.98: 24, 4.02: 25, 5.9: 22},
        changed=lambda content: content + of_five_hours_later(),
        # It says that it is as long.
        attempts=2,
    ),
    "a broadcast that goes on in another size": Row(
        film("ts", 3, codecs=("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2")),
        6,
        {1: 25, 2.9: 22, 3.02: 0, 3.06: 1, 4.02: 25, 5.9: 22},
        changed=lambda content: content + in_another_size(),
    ),
    "an interlaced broadcast that goes on in another size": Row(
        film("ts", 3, codecs=("-c:v", "mpeg2video", "-q:v", "2", *INTERLACED, "-c:a", "mp2")),
        6,
        # In the second half of each; the first has lines of the picture before.
        {1.03: 25, 2.91: 22, 3.03: 0, 3.07: 1, 4.03: 25, 5.91: 22},
        changed=lambda content: content + in_another_size(*INTERLACED),
    ),
    "a line of subtitles that ends long after the film": Row(
        film(
            *("mkv", 4, "-map", "0:v", "-map", "1:a", "-map", "2:s", "-c:s", "srt"),
            sound=(*SOUND, "-f", "srt", "-i", f"data:text/plain;base64,{_SAID_LATE}"),
        ),
        4,
        {1: 25, 3.9: 47},
    ),
    "a second language that is longer": Row(
        film(
            *("mkv", 20, "-map", "0:v", "-map", "1:a", "-map", "2:a"),
            shown=("-t", "4", *picture()),
            sound=("-t", "4", *SOUND, *SOUND),
        ),
        4,
        {1: 25, 3.9: 47},
    ),
    "an MKV with a hole": Row(
        film("mkv", 6, codecs=("-c:v", "mpeg4", "-q:v", "2", "-g", "10", "-c:a", "mp2")),
        6,
        {1: 25, 5.5: 37},
        changed=with_a_hole,
    ),
    "an MP4 with a hole": Row(
        film("mp4", 6, codecs=("-c:v", "mpeg4", "-q:v", "2", "-g", "10", "-c:a", "aac")),
        6,
        {1: 25, 5.5: 37},
        changed=with_a_hole,
    ),
    "a broadcast with a hole": Row(
        film("ts", 6, codecs=("-c:v", "mpeg2video", "-q:v", "2", "-g", "10", "-c:a", "mp2")),
        6,
        {1: 25, 5.5: 37},
        changed=with_a_hole,
    ),
    "an AVI with a hole": Row(
        film("avi", 6, codecs=("-c:v", "mpeg4", "-q:v", "2", "-g", "10", "-c:a", "mp2")),
        5.4,
        {1: 25, 5.3: 47},
        changed=with_a_hole,
        # What is behind the hole comes that much sooner: only the second time it is believed.
        attempts=2,
    ),
}


@pytest.mark.parametrize("name", FILMS)
async def test_an_odd_film_is_made_and_each_picture_is_shown_when_it_should_be(
    worker: Worker, settings: Any, tmp_path: Path, name: str
) -> None:
    row = FILMS[name]
    settings.LADDER = "always"
    path = tmp_path / f"film.{row.film.ending}"
    path.write_bytes(row.changed(numbered.content_of(row.film)))
    video = await upload(path)
    for _ in range(row.attempts):
        assert await worker.work()
        job = await Job.objects.aget(video=video)
        if job.status == Status.RETRYING:
            await lapse(job)

    assert (job.status, job.attempt, job.reason) == (Status.COMPLETED, row.attempts, "")
    shortened = await in_database(history.shortening_text)(job)
    assert (" could be made." in shortened) == (row.attempts == 2)
    rows = Rendition.objects.filter(video=video, is_published=True)
    made = {row.name: await path_of(row) async for row in rows}
    playlists = [path for name, path in made.items() if name[1:].removesuffix(".m3u8").isdigit()]
    for playlist in playlists:
        check_pieces(playlist)
    if row.beep_s is not None:
        for name in {"a0.mp4", "film.mp4"} & made.keys():
            assert streams.sound_begins_s(made[name]) == pytest.approx(row.beep_s, abs=0.04)
    shown = Shown(made["v48.mp4"], streams.first_piece_s(made["v48.m3u8"]))
    assert {at_s: shown.number_at(at_s) for at_s in row.pictures} == row.pictures
    assert (await fresh(video)).duration_s == pytest.approx(row.duration_s, abs=0.15)


@pytest.mark.parametrize("is_lossy", [True, False], ids=["lossy", "whole"])
async def test_a_broadcast_received_with_errors_is_not_copied_because_chromium_gives_up_there(
    worker: Worker, tmp_path: Path, *, is_lossy: bool
) -> None:
    content = make_film(BROADCAST).read_bytes()
    packets = [content[start : start + 188] for start in range(0, len(content), 188)]
    path = tmp_path / "film.ts"
    # Recordings end somewhere in a packet.
    path.write_bytes(b"".join(packets[:400] + packets[400 + is_lossy :])[:-90])
    video = await upload(path)
    assert await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt) == (Status.COMPLETED, 1)
    assert job.plan == (Way.TRANSCODE if is_lossy else Way.REMUX)
    film_file = await path_of(await Rendition.objects.aget(video=video, name="film.mp4"))
    assert damage_in(film_file) == b""
    assert (await fresh(video)).duration_s == pytest.approx(3, abs=0.15)


async def test_a_broadcast_that_ends_within_a_picture_is_copied_without_it(
    worker: Worker, tmp_path: Path
) -> None:
    content = make_film(BROADCAST).read_bytes()
    # The last packet that begins a picture; of large ones more follow.
    begun = [at for at in range(0, len(content), 188) if content[at + 1 : at + 3] == b"\x41\x00"]
    large = [at for at in begun if content[at + 188 + 1 : at + 188 + 3] == b"\x01\x00"]
    path = tmp_path / "film.ts"
    path.write_bytes(content[: large[-1] + 188])
    video = await upload(path)
    assert await worker.work()
    job = await Job.objects.aget(video=video)
    assert (job.status, job.attempt, job.plan) == (Status.COMPLETED, 1, Way.REMUX)
    film_file = await path_of(await Rendition.objects.aget(video=video, name="film.mp4"))
    assert damage_in(film_file) == b""
    with av.open(str(film_file)) as copy:
        assert sum(1 for _ in copy.decode(video=0)) == begun.index(large[-1])


def damage_in(path: Path) -> bytes:
    """Return what ffmpeg, which hides damage, says of pictures at which Chromium gives up."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    command = [ffmpeg, "-v", "error", "-i", path, "-map", "0:v", "-f", "null", "-"]
    return subprocess.run(command, check=True, capture_output=True).stderr


def check_pieces(playlist: Path) -> None:
    """Check that each piece is where its playlist says: so it can be shown while it is made."""
    pieces = streams.pieces_of(playlist)
    assert streams.first_piece_s(playlist) == pytest.approx(0, abs=0.03)
    units, begins_s = fragments.timescale(playlist.with_suffix(".mp4").read_bytes()), 0.0
    for piece in pieces:
        fragments.check(piece.content, timescale=units, start_s=begins_s)
        begins_s += piece.duration_s
