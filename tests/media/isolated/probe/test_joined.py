"""Several films in one file, one behind the other."""

import pytest

from media.kinds import AVI, MKV, MP4, WEBM, Kind
from media.probe import Unreadable
from tests.media.probed import facts_of, ffmpeg
from tests.support.films import (
    AC3_IN_MKV,
    INDEX_BEHIND,
    WITHOUT_LENGTH,
    XVID_IN_AVI,
    make_film,
)


@pytest.mark.parametrize("kind", [MKV, MP4], ids=["MKV", "MP4"])
async def test_films_of_which_players_show_only_the_first_are_refused_in_words(kind: Kind) -> None:
    content = make_film(AC3_IN_MKV if kind == MKV else INDEX_BEHIND).read_bytes()
    with pytest.raises(Unreadable) as refused:
        await facts_of(content + content, kind)
    assert "several films one behind the other" in str(refused.value.fields)


async def test_recordings_of_a_browser_that_were_joined_are_refused_in_words() -> None:
    live = ("-c", "copy", "-live", "1", "-f", "webm", "-")
    content = ffmpeg("-i", make_film(WITHOUT_LENGTH), *live)
    assert (await facts_of(content, WEBM)).duration_s == pytest.approx(3, abs=0.15)
    with pytest.raises(Unreadable) as refused:
        await facts_of(content + content, WEBM)
    assert "several films one behind the other" in str(refused.value.fields)


async def test_what_players_play_on_is_no_other_film() -> None:
    pieces = ("-c", "copy", "-movflags", "frag_keyframe+empty_moov+skip_trailer", "-f", "mp4", "-")
    piece = ffmpeg("-i", make_film(INDEX_BEHIND), *pieces)
    assert (await facts_of(piece + piece, MP4)).video_codec == "h264"
    avi = make_film(XVID_IN_AVI).read_bytes()
    assert (await facts_of(avi + avi, AVI)).video_codec == "mpeg4"
    whole = make_film(INDEX_BEHIND).read_bytes()
    index = whole[whole.rindex(b"moov") - 4 :]
    assert (await facts_of(whole + index, MP4)).video_codec == "h264"
