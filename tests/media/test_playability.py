"""Which files browsers are said to play."""

from typing import Any

import pytest

from media.playability import problem_of, question_of


@pytest.mark.parametrize(
    ("mime_type", "video", "audio", "pixels", "problem"),
    [
        ("video/mp4", "h264", "aac", "yuv420p", None),
        ("video/mp4", "h264", "", "yuvj420p", None),
        ("video/mp4", "av1", "opus", "yuv420p10le", None),
        ("video/quicktime", "h264", "aac", "yuv420p", None),
        ("video/webm", "vp9", "opus", "yuv420p", None),
        ("video/webm", "vp8", "vorbis", "yuv420p", None),
        ("video/mp4", None, None, None, None),
        ("video/mp4", "hevc", "aac", "yuv420p", "Browsers cannot play H.265 video in MP4 files."),
        ("video/mp4", "h264", "ac3", "yuv420p", "Browsers cannot play AC-3 sound in MP4 files."),
        (
            "video/mp4",
            "h264",
            "aac",
            "yuv422p10le",
            "Not all browsers play H.264 video with yuv422p10le pixels.",
        ),
        (
            *("video/webm", "vp9", "opus", "yuv444p"),
            "Not all browsers play VP9 video with yuv444p pixels.",
        ),
        (
            *("video/mp4", "av1", "aac", "yuv422p10le"),
            "Not all browsers play AV1 video with yuv422p10le pixels.",
        ),
        ("video/webm", "vp9", "opus", "yuv420p10le", None),
        ("video/webm", "vp8", "opus", "yuv420p", None),
        (
            "video/quicktime",
            "prores",
            "",
            "yuv422p10le",
            "Browsers cannot play ProRes video in MOV files.",
        ),
        ("video/webm", "h264", "", "yuv420p", "Browsers cannot play H.264 video in WebM files."),
        ("video/x-matroska", "h264", "aac", "yuv420p", "Browsers cannot play MKV files."),
        ("video/x-msvideo", "mpeg4", "mp3", "yuv420p", "Browsers cannot play AVI files."),
        ("video/mp2t", "h264", "aac", "yuv420p", "Browsers cannot play MPEG-TS files."),
        ("text/plain", None, None, None, "Browsers cannot play files of this kind."),
    ],
)
def test_what_browsers_cannot_play_is_said_in_words(
    mime_type: str, video: str | None, audio: str | None, pixels: str | None, problem: str | None
) -> None:
    found = problem_of(
        mime_type=mime_type, video_codec=video, audio_codec=audio, pixel_format=pixels
    )
    assert found == problem


@pytest.mark.parametrize(
    ("mime_type", "video", "audio", "pixels", "asked", "where"),
    [
        (
            *("video/x-matroska", "h264", "aac", "yuv420p"),
            *('video/x-matroska; codecs="avc1.640028, mp4a.40.2"', "Firefox"),
        ),
        (
            *("video/quicktime", "hevc", "", "yuv420p10le"),
            *('video/mp4; codecs="hvc1.2.4.L120.90"', "Safari"),
        ),
        (
            *("video/mp4", "h264", "ac3", "yuv420p"),
            *('video/mp4; codecs="avc1.640028, ac-3"', "Safari"),
        ),
        (
            *("video/mp4", "dvh1", "eac3", "yuv420p10le"),
            *('video/mp4; codecs="dvh1.05.06, ec-3"', "Dolby Vision"),
        ),
        (
            *("video/webm", "vp9", "opus", "yuv444p"),
            *('video/webm; codecs="vp09.01.10.08.03, opus"', "Chrome, Edge and Firefox"),
        ),
        (
            *("video/mp4", "vp9", "", "yuv422p10le"),
            *('video/mp4; codecs="vp09.03.10.10.02"', "Chrome, Edge and Firefox"),
        ),
        (
            *("video/mp4", "av1", "aac", "gbrp"),
            *('video/mp4; codecs="av01.1.08M.08, mp4a.40.2"', "Chrome, Edge and Firefox"),
        ),
        (
            *("video/mp4", "av1", "", "yuv420p12le"),
            *('video/mp4; codecs="av01.2.08M.12"', "Chrome, Edge and Firefox"),
        ),
        (
            *("video/mp4", "h264", "aac", "yuv420p10le"),
            *('video/mp4; codecs="avc1.6E0028, mp4a.40.2"', "Chrome and Edge"),
        ),
        (
            *("video/quicktime", "h264", "", "yuvj444p"),
            *('video/mp4; codecs="avc1.F40028"', "Chrome and Edge"),
        ),
        (
            *("video/x-matroska", "h264", "aac", "yuv422p10le"),
            *('video/x-matroska; codecs="avc1.7A0028, mp4a.40.2"', "Chrome and Edge"),
        ),
        ("video/mp4", "h264", "ac3", "yuv422p", None, ""),
        ("video/mp2t", "h264", "aac", "yuv422p", None, ""),
        ("video/webm", "vp9", "opus", "yuv440p", None, ""),
        ("application/vnd.apple.mpegurl", "h264", "aac", "yuv422p", None, ""),
        ("video/x-matroska", "dvh1", "eac3", "yuv420p10le", None, ""),
        ("video/mp2t", "h264", "aac", "yuv420p", None, ""),
        ("video/x-matroska", "hevc", "dts", "yuv420p", None, ""),
        ("video/mp4", "h264", "aac", "yuv420p", None, ""),
        ("video/mp4", "mpeg4", "mp3", "yuv420p", None, ""),
    ],
)
def test_of_what_only_some_browsers_play_each_is_asked(
    mime_type: str, video: str, audio: str, pixels: str, asked: str | None, where: str
) -> None:
    question = question_of(
        mime_type=mime_type, video_codec=video, audio_codec=audio, pixel_format=pixels
    )
    assert (question.media_type if question else None) == asked
    assert question is None or where in question.where


def test_dolby_vision_that_no_other_player_shows_is_refused_in_words() -> None:
    problem = problem_of(
        mime_type="video/mp4", video_codec="dvh1", audio_codec="aac", pixel_format="yuv420p10le"
    )
    assert "Dolby Vision of profile 5" in str(problem)


@pytest.mark.parametrize(
    ("start_s", "plays"), [(None, True), (0.0, True), (0.4, True), (10, False), (-1.5, False)]
)
def test_a_film_whose_times_begin_late_is_not_played_as_it_is(
    start_s: float | None, plays: bool
) -> None:
    problem = problem_of(
        mime_type="video/webm",
        video_codec="vp8",
        audio_codec="opus",
        pixel_format="yuv420p",
        start_s=start_s,
    )
    assert (problem is None) == plays
    assert plays or f"begin at {start_s} s" in str(problem)


def test_a_recording_in_which_browsers_look_for_each_fragment_is_not_played_as_it_is() -> None:
    played: dict[str, Any] = {
        "mime_type": "video/mp4",
        "video_codec": "h264",
        "audio_codec": "aac",
        "pixel_format": "yuv420p",
    }
    assert problem_of(**played) is None
    assert "has no index" in str(problem_of(**played, is_slow_to_open=True))


def test_a_film_that_says_not_to_show_its_picture_is_not_played_as_it_is() -> None:
    played: dict[str, Any] = {
        "mime_type": "video/mp4",
        "video_codec": "hevc",
        "audio_codec": "aac",
        "pixel_format": "yuv420p",
    }
    problem = problem_of(**{**played, "video_codec": "h264"}, is_switched_off=True)
    assert "not to show its picture" in str(problem)
    assert question_of(**played) is not None
    assert question_of(**played, is_switched_off=True) is None
