"""What is read from ffmpeg's playlists, and the master that we write."""

import pytest

from media.playlists import (
    PicturePlaylist,
    Segments,
    SoundPlaylist,
    avc_codec,
    ending_at,
    entries,
    growing,
    master,
    read_segments,
    sanitized,
)

MEDIA = """\
#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="v360.mp4",BYTERANGE="800@0"
#EXTINF:4.000000,
#EXT-X-BYTERANGE:1000@800
v360.mp4
#EXTINF:1.000000,
#EXT-X-BYTERANGE:500@1800
v360.mp4
#EXT-X-ENDLIST
"""
PICTURE = PicturePlaylist("v360.m3u8", 640, 360, "avc1.64001e", 29.97, 900_000, 700_000)


def test_the_end_of_the_last_segment_is_put_right() -> None:
    text = "#EXTM3U\n#EXTINF:4.000000,\nv.mp4\n#EXTINF:0.400000,\nv.mp4\n#EXT-X-ENDLIST\n"
    assert ending_at(text, 4.9) == text.replace("0.400000", "0.900000")
    with pytest.raises(ValueError, match="before it begins"):
        ending_at(text, 4.0)


def test_a_media_playlist_tells_length_bits_and_size() -> None:
    assert read_segments(MEDIA) == Segments(5.0, 4000, 2400, 2300)


@pytest.mark.parametrize(
    "text", ["", "#EXTM3U\n", MEDIA.replace("#EXT-X-ENDLIST\n", ""), MEDIA.replace("@1800", "")]
)
def test_a_playlist_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not whole"):
        read_segments(text)


def test_a_playlist_that_is_being_written_tells_the_segments_that_are_whole() -> None:
    at = [MEDIA.index("#EXTINF:1"), MEDIA.index("v360.mp4\n#EXT-X-END"), MEDIA.index("#EXT-X-END")]
    assert [len(entries(MEDIA[:stop], "v360.mp4")) for stop in (0, *at)] == [0, 1, 1, 2]
    first, second = entries(MEDIA, "v360.mp4")
    assert (first.duration_s, first.start, first.stop) == (4.0, 800, 1800)
    assert (second.duration_s, second.start, second.stop) == (1.0, 1800, 2300)
    assert f"{first.lines}{second.lines}#EXT-X-ENDLIST" in MEDIA
    assert entries(MEDIA, "a0.mp4") == []


def test_a_growing_playlist_has_no_end_and_begins_at_the_beginning() -> None:
    lines = "".join(entry.lines for entry in entries(MEDIA, "v360.mp4"))
    text = growing("v360.mp4", 800, lines)
    assert text.splitlines()[2:8] == [
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-START:TIME-OFFSET=0",
        '#EXT-X-MAP:URI="v360.mp4",BYTERANGE="800@0"',
    ]
    assert text.endswith(lines)


def test_a_strangers_playlist_is_written_anew_and_leads_players_to_its_own_file_alone() -> None:
    text = (
        "#EXTM3U\r\n#EXT-X-VERSION:7\r\n"
        "#EXT-X-MAP:URI=https://tracker.example/v.mp4,BYTERANGE=720@0\r\n"
        ' #EXT-X-KEY:METHOD=AES-128,URI="https://tracker.example/"\r\n'
        '#EXT-X-DATERANGE:ID="a",X-ASSET-URI="https://tracker.example/"\r\n'
        "#EXTINF:4.0,https://tracker.example\r\n\r\n#EXT-X-BYTERANGE:100@720\r\n"
        "//tracker.example/v.mp4\r\n#EXT-X-ENDLIST\r\n"
    )
    anew = sanitized(text, "v360.mp4")
    assert anew.splitlines() == [
        *("#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:4", "#EXT-X-MEDIA-SEQUENCE:0"),
        *("#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-INDEPENDENT-SEGMENTS"),
        '#EXT-X-MAP:URI="v360.mp4",BYTERANGE="720@0"',
        *("#EXTINF:4.000000,", "#EXT-X-BYTERANGE:100@720", "v360.mp4", "#EXT-X-ENDLIST"),
    ]
    assert sanitized(anew, "v360.mp4") == anew


@pytest.mark.parametrize(
    "text",
    [
        "<html>",
        "#EXTM3U\n#EXT-X-ENDLIST\n",
        MEDIA.replace("#EXT-X-ENDLIST\n", ""),
        MEDIA.replace("@1800", ""),
        MEDIA.replace("#EXTINF:1.000000,\n", ""),
        MEDIA.replace("#EXTINF:1.000000", f"#EXTINF:{'9' * 400}"),
    ],
)
def test_a_strangers_playlist_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not whole|too long"):
        sanitized(text, "v360.mp4")


def test_a_codec_is_read_from_the_header_of_the_track() -> None:
    assert avc_codec(b"....\0\0\0\x31avcC\x01\x64\x00\x1e\xff") == "avc1.64001e"
    with pytest.raises(ValueError, match=r"no H\.264"):
        avc_codec(b"hvcC")


def test_the_master_lists_sizes_and_languages() -> None:
    sounds = [
        SoundPlaylist("a0.m3u8", "Deutsch", "deu", True, 130_000, 128_000),
        SoundPlaylist("a1.m3u8", 'The "cut"\n', "", False, 140_000, 120_000),
    ]
    assert master([PICTURE], sounds).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        (
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Deutsch",LANGUAGE="deu",DEFAULT=YES,'
            'AUTOSELECT=YES,CHANNELS="2",URI="a0.m3u8"'
        ),
        (
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="The cut",DEFAULT=NO,'
            'AUTOSELECT=YES,CHANNELS="2",URI="a1.m3u8"'
        ),
        (
            "#EXT-X-STREAM-INF:BANDWIDTH=1040000,AVERAGE-BANDWIDTH=828000,RESOLUTION=640x360,"
            'FRAME-RATE=29.970,CODECS="avc1.64001e,mp4a.40.2",AUDIO="sound"'
        ),
        "v360.m3u8",
    ]


def test_a_silent_film_has_no_group_of_sound() -> None:
    text = master([PICTURE], [])
    assert "AUDIO" not in text
    assert "mp4a" not in text
