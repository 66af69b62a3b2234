"""Several films in one file, one behind the other."""

import itertools
import re
from collections.abc import Callable

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


def in_fragments(more_flags: str = "", *options: str) -> bytes:
    all_flags = "frag_keyframe+empty_moov+skip_trailer" + more_flags
    flags = ("-movflags", all_flags, *options, "-f", "mp4", "-")
    return ffmpeg("-i", make_film(INDEX_BEHIND), "-c", "copy", *flags)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (in_fragments, in_fragments),
        (in_fragments, lambda: in_fragments("+dash")),
        # With more than 64 boxes, and with another scale of time.
        (lambda: in_fragments("+frag_every_frame"), in_fragments),
        (in_fragments, lambda: in_fragments("", "-video_track_timescale", "1000000")),
        (in_fragments, lambda: make_film(INDEX_BEHIND).read_bytes()),
        (lambda: make_film(INDEX_BEHIND).read_bytes(), in_fragments),
    ],
)
async def test_films_in_fragments_of_which_players_show_only_the_first_are_refused_in_words(
    first: Callable[[], bytes], second: Callable[[], bytes]
) -> None:
    assert (await facts_of(first(), MP4)).duration_s == pytest.approx(3, abs=0.1)
    with pytest.raises(Unreadable) as refused:
        await facts_of(first() + second(), MP4)
    assert "several films one behind the other" in str(refused.value.fields)


async def test_what_players_play_on_is_no_other_film() -> None:
    whole = in_fragments("+default_base_moof")
    # A recorder that repeats its head in front of each fragment, and one that does so at once.
    starts = [found.start() - 4 for found in re.finditer(b"moof", whole)]
    head = whole[: starts[0]]
    pieces = [whole[start:stop] for start, stop in itertools.pairwise([*starts, len(whole)])]
    again = b"".join(head + piece for piece in pieces)
    assert (await facts_of(again, MP4)).video_codec == "h264"
    assert (await facts_of(head + whole, MP4)).video_codec == "h264"
    avi = make_film(XVID_IN_AVI).read_bytes()
    assert (await facts_of(avi + avi, AVI)).video_codec == "mpeg4"
    whole = make_film(INDEX_BEHIND).read_bytes()
    index = whole[whole.rindex(b"moov") - 4 :]
    assert (await facts_of(whole + index, MP4)).video_codec == "h264"
