"""Subtitles in every common form, and texts made to cost much."""

import base64
import json
import time
from pathlib import Path

import pytest

from media.isolated.subtitles.decoding import decode
from media.isolated.subtitles.problem import Problem
from media.isolated.subtitles.webvtt import to_webvtt

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "subtitles.json").read_text())


@pytest.mark.parametrize(
    "words",
    [
        f"a{' ' * 200_000}b",
        f"<{' ' * 200_000}x",
        "< /" * 200_000,
        f"<br{' ' * 200_000}x",
        "{\\i1" * 200_000,
        "{\\b0}a" * 200_000,
    ],
    ids=["blanks", "tag", "tags", "break", "braces", "alike"],
)
def test_long_runs_of_the_same_cost_no_time(words: str) -> None:
    times = "00:00:01.000 --> 00:00:02.000"
    began_s = time.process_time()
    assert to_webvtt(f"1\n{times}\n{words}\n")[1] == 1
    assert to_webvtt(f"WEBVTT\n\n{times}\n{words}\n")[1] == 1
    # Trying each against each other takes minutes.
    assert time.process_time() - began_s < 5


@pytest.mark.parametrize("vector", VECTORS["files"], ids=lambda vector: vector["name"])
def test_every_common_form_is_read_as_the_pages_read_it(vector: dict[str, str]) -> None:
    raw = base64.b64decode(vector["base64"]) if "base64" in vector else vector["text"].encode()
    _encoding, text = decode(raw, "")
    vtt, cues = to_webvtt(text)
    assert vtt == vector["vtt"]
    assert cues == vtt.count(" --> ")


@pytest.mark.parametrize("vector", VECTORS["none"], ids=lambda vector: vector["name"])
def test_what_holds_none_is_refused_by_its_name(vector: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        to_webvtt(vector["text"])
    form = vector["form"]
    said = f"is {form}, but must be SRT, WebVTT or ASS" if form else "has no subtitles in it"
    assert str(refused.value) == said
