"""The tracks of films."""

from pathlib import Path

import pytest

from media.kinds import MKV, MP4, Kind
from tests.media.probed import facts_of, ffmpeg
from tests.support import boxes
from tests.support.films import INDEX_BEHIND, SUBTITLED, make_film


async def test_tracks_of_sound_and_subtitles_are_told_with_their_names() -> None:
    content = make_film(SUBTITLED).read_bytes()
    tracks = (await facts_of(content, MKV)).tracks
    assert [(each.codec, each.channels) for each in tracks.sounds] == [("aac", 1)]
    assert [(each.language, each.title, each.is_default) for each in tracks.subtitles] == [
        ("ger", "", True),
        ("eng", "For the deaf", False),
    ]


@pytest.mark.parametrize("kind", [MP4, MKV], ids=["mp4", "mkv"])
async def test_of_two_pictures_the_one_is_taken_that_players_show(
    kind: Kind, tmp_path: Path
) -> None:
    pictures = [f"testsrc2=size={size}:rate=10:duration=0.5" for size in ("32x32", "64x48")]
    inputs = [word for picture in pictures for word in ("-f", "lavfi", "-i", picture)]
    flags = ("-disposition:v:0", "0", "-disposition:v:1", "default")
    path = tmp_path / f"two.{kind.extension}"
    ffmpeg(*inputs, "-map", "0", "-map", "1", "-c:v", "mpeg4", *flags, path)
    facts = await facts_of(path.read_bytes(), kind)
    assert (facts.tracks.picture.number, facts.width, facts.height) == (1, 64, 48)


@pytest.mark.parametrize(
    ("off", "is_switched_off"), [((), False), ((0,), True), ((1,), True), ((0, 1), False)]
)
async def test_a_picture_or_a_sound_that_is_switched_off_is_told_if_the_other_is_on(
    off: tuple[int, ...], is_switched_off: bool
) -> None:
    content = boxes.switch_off(make_film(INDEX_BEHIND).read_bytes(), *off)
    assert (await facts_of(content)).is_switched_off == is_switched_off


@pytest.mark.parametrize(
    ("flags", "heard"),
    [((), "aac"), (("-disposition:a:0", "0", "-disposition:a:1", "default"), "ac3")],
)
async def test_the_sound_that_browsers_play_is_the_first_that_is_switched_on(
    tmp_path: Path, flags: tuple[str, ...], heard: str
) -> None:
    path, film = tmp_path / "two.mp4", make_film(INDEX_BEHIND)
    both = ("-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy", "-c:a:1", "ac3")
    ffmpeg("-i", film, *both, *flags, path)
    assert (await facts_of(path.read_bytes())).audio_codec == heard


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("encoder", ["mp2", "libmp3lame"])
async def test_which_mpeg_sound_an_mp4_has_is_read_from_the_sound_because_its_name_does_not_tell(
    tmp_path: Path, encoder: str, number: int
) -> None:
    path = tmp_path / "film.mp4"
    others = ("-map", "0:a") * number
    tracks = ("-map", "0:v", *others, "-map", "0:a", "-c", "copy", f"-c:a:{number}", encoder)
    ffmpeg("-i", make_film(INDEX_BEHIND), *tracks, path)
    facts = await facts_of(path.read_bytes())
    found = [sound.codec for sound in facts.tracks.sounds]
    assert found == ["aac"] * number + ["mp2" if encoder == "mp2" else "mp3"]
    assert facts.audio_codec == found[0]
