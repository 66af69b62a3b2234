"""Pictures of a film, and films of which none can be made."""

from io import BytesIO
from pathlib import Path

import av
import pytest

from media.kinds import MKV, MOV, MP4, WEBM, Kind
from media.probe import Unreadable
from tests.media.probed import facts_of, ffmpeg
from tests.support.clips import Clip, make_clip
from tests.support.films import VP8

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=5:duration=0.4")


@pytest.mark.parametrize(
    ("kind", "codecs"), [(MP4, ["-c:v", "copy"]), (WEBM, [*VP8, "-b:v", "100k"])]
)
async def test_a_film_of_which_no_picture_can_be_decoded_is_refused_as_damaged(
    tmp_path: Path, kind: Kind, codecs: list[str]
) -> None:
    clip, film = make_clip(tmp_path, Clip(duration_s=2)), tmp_path / f"film.{kind.extension}"
    ffmpeg("-i", clip, *codecs, "-an", "-bsf:v", "noise=amount=1", film)
    with pytest.raises(Unreadable) as refused:
        await facts_of(film.read_bytes(), kind)
    assert refused.value.fields == {"file": "is damaged: none of its pictures can be decoded"}


async def test_a_film_in_which_nothing_can_be_sought_shows_its_first_picture(
    tmp_path: Path,
) -> None:
    film = tmp_path / "film.mkv"
    ffmpeg(*PICTURE, "-c:v", "vc2", "-strict", "experimental", "-pix_fmt", "yuv422p", film)
    assert (await facts_of(film.read_bytes(), MKV)).poster


async def test_pictures_with_data_of_a_kind_that_only_new_programs_know_are_read(
    tmp_path: Path,
) -> None:
    film, turned = tmp_path / "film.mkv", tmp_path / "turned.mov"
    # Its decoder calls the tags Exif.
    ffmpeg(*PICTURE, "-c:v", "tiff", film)
    facts = await facts_of(film.read_bytes(), MKV)
    assert (facts.width, facts.height, bool(facts.poster)) == (64, 48, True)
    ffmpeg("-display_rotation", "90", "-i", film, "-c", "copy", turned)
    facts = await facts_of(turned.read_bytes(), MOV)
    assert (facts.width, facts.height, bool(facts.poster)) == (48, 64, True)


async def test_a_film_with_some_damaged_pictures_is_kept(tmp_path: Path) -> None:
    clip, film = make_clip(tmp_path, Clip(duration_s=2)), tmp_path / "film.mp4"
    often = ("-c:v", "libx264", "-g", "5")
    ffmpeg("-i", clip, *often, "-an", "-bsf:v", "noise=amount=lt(n\\,20)", film)
    assert (await facts_of(film.read_bytes())).video_codec == "h264"


@pytest.mark.parametrize(
    ("shape", "turn", "size"),
    [("4/3", 0, (640, 360)), ("3/4", 0, (640, 640)), ("4/3", 90, (360, 640))],
)
async def test_the_picture_of_a_film_has_the_shape_in_which_it_is_shown(
    tmp_path: Path, shape: str, turn: int, size: tuple[int, int]
) -> None:
    clip, film = tmp_path / "clip.mp4", tmp_path / "film.mp4"
    wide = f"testsrc2=size=64x48:rate=5:duration=1,setsar={shape}"
    ffmpeg("-f", "lavfi", "-i", wide, "-c:v", "mpeg4", clip)
    ffmpeg("-display_rotation", turn, "-i", clip, "-c", "copy", film)
    poster = (await facts_of(film.read_bytes())).poster
    assert poster is not None
    with av.open(BytesIO(poster)) as picture:
        (stream,) = picture.streams.video
        assert (stream.width, stream.height) == size
