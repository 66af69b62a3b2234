"""Subtitle files in every common code page, and files made to cost much."""

import asyncio
import contextlib
import encodings.aliases

import pytest

from core.errors import Invalid
from core.fair_queue import set_asker
from media.subtitles import BadSubtitles, check_encoding, to_webvtt
from tests.library.site import TINY_MP4
from tests.media.srt import srt

LINES = {
    "windows-1252": "Où étais-tu passé ? Je t'ai cherchée à l'école, près du château.",
    "windows-1250": "Gdzie byłeś przez cały dzień? Szukałem cię wszędzie, nawet w szkole.",
    "windows-1251": "Где ты был весь день? Я искал тебя повсюду, даже в школе.",
    "windows-1253": "Πού ήσουν όλη μέρα; Σε έψαχνα παντού, ακόμα και στο σχολείο.",
    "windows-1254": "Bütün gün neredeydin? Seni her yerde aradım, okulda bile.",
    "windows-1255": "איפה היית כל היום? חיפשתי אותך בכל מקום, אפילו בבית הספר.",
    "windows-1256": "أين كنت طوال اليوم؟ لقد بحثت عنك في كل مكان، حتى في المدرسة.",
    "shift_jis": "一日中どこにいたの？学校までどこでも探したのに。",
    "gb18030": "你一整天去哪儿了？我到处找你，甚至去了学校。",
    "big5": "你一整天去哪兒了？我到處找你，甚至去了學校。",
    "euc_kr": "하루 종일 어디 있었어? 학교까지 다 찾아봤는데.",
    "utf-8": "Où étais-tu passé ? あなた",
    "utf-8-sig": "Où étais-tu passé ? あなた",
    "utf-16": "Où étais-tu passé ? あなた",
}


@pytest.mark.parametrize("encoding", LINES)
async def test_srt_of_every_common_code_page_is_read(encoding: str) -> None:
    line = LINES[encoding]
    made = await to_webvtt(srt(line, f"<i>{line}</i>").encode(encoding))
    assert made.cues == 2
    assert made.text == (
        f"WEBVTT\n\n00:00:01.500 --> 00:00:01.900\n{line}\n\n"
        f"00:00:02.500 --> 00:00:02.900\n<i>{line}</i>\n"
    )


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("I don’t know… “Never,” he said — and left.", "windows-1252"),
        ("A naïve façade.", "windows-1252"),
        ("Mañana, señor.", "windows-1252"),
        ("It costs £5 or €6.", "windows-1252"),
        ("„Jó éjszakát”, mondta. Őrültek… – Hűvös az idő.", "windows-1250"),
        ("„Gdzie byłeś?” – spytał… Źle się czuję.", "windows-1250"),
        ("«Где ты был?» — спросил он… „Дома”.", "windows-1251"),
    ],
)
async def test_a_few_letters_that_are_not_ascii_are_told_among_many_that_are(
    words: str, encoding: str
) -> None:
    others = ["Where have you been all day?", "I was looking for you.", "No, never."] * 2
    made = await to_webvtt(srt(*others, words).encode(encoding))
    assert made.text.splitlines()[-1] == words


async def test_an_encoding_that_is_told_is_believed() -> None:
    # Two bytes are no basis for a guess.
    made = await to_webvtt(srt("Ψ").encode("windows-1253"), encoding="cp1253")
    assert (made.encoding, made.text.splitlines()[-1]) == ("cp1253", "Ψ")
    with pytest.raises(BadSubtitles) as refused:
        await to_webvtt(srt("Ψ").encode("windows-1253"), encoding="utf-8")
    assert refused.value.fields == {"file": "is not written in utf-8"}


def test_every_name_is_an_encoding_of_text_or_is_refused_as_none() -> None:
    for name in {*encodings.aliases.aliases.values(), "undefined", "idna", "a.b", "x" * 9999}:
        with contextlib.suppress(Invalid):
            check_encoding(name)


@pytest.mark.parametrize(
    "name",
    [
        "utf-8\0",
        "\0",
        "zlib",
        "rot13",
        "undefined",
        "punycode",
        "idna",
        "unicode_escape",
        "no such",
    ],
)
def test_what_names_no_encoding_of_text_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        check_encoding(name)


def test_names_of_no_encoding_leave_nothing_in_memory() -> None:
    """Python keeps every name that it was ever asked for."""
    kept = encodings._cache
    check_encoding("windows-1250")
    before = len(kept)
    for number in range(100):
        with pytest.raises(Invalid):
            check_encoding(f"made-up-{number}")
    assert len(kept) == before


@pytest.mark.parametrize("encoding", ["idna", "punycode"])
async def test_bytes_that_an_odd_encoding_cannot_read_are_told_as_such(encoding: str) -> None:
    with pytest.raises(BadSubtitles) as refused:
        await to_webvtt(srt("\u00e9").encode(), encoding=encoding)
    assert refused.value.fields == {"file": f"is not written in {encoding}"}


async def test_slow_files_of_one_keep_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.subtitles.CPU_S", 1)
    slow = b"a" * 500_000 + b"-" + b"a" * 500_000
    set_asker("ana")
    of_ana = [asyncio.create_task(to_webvtt(slow, encoding="punycode")) for _ in range(4)]
    await asyncio.sleep(0)
    set_asker("ben")
    assert (await to_webvtt(srt("Hello").encode())).cues == 1
    assert sum(task.done() for task in of_ana) <= 1
    for task in of_ana:
        task.cancel()
    await asyncio.wait(of_ana)


async def test_half_a_character_of_an_odd_encoding_becomes_a_whole_one() -> None:
    made = await to_webvtt(srt(r"Half \ud800").encode(), encoding="unicode_escape")
    assert made.text.splitlines()[-1] == "Half ?"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Dear Sir or Madam,\n",
        bytes(range(256)) * 20,
    ],
)
async def test_what_holds_no_subtitles_is_refused(raw: bytes) -> None:
    with pytest.raises(BadSubtitles):
        await to_webvtt(raw)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"PK\x03\x04" + bytes(range(256)), "is an archive, and must be SRT, WebVTT or ASS"),
        (b"Rar!\x1a\x07\x01\0" + bytes(200), "is an archive, and must be SRT, WebVTT or ASS"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "is a document, and must be SRT, WebVTT or ASS"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "is a picture, and must be SRT, WebVTT or ASS"),
        (TINY_MP4, "is a video, and must be SRT, WebVTT or ASS"),
        (b"[Script Info]\n", "has no subtitles in it"),
        (b"WEBVTT\n", "has no subtitles in it"),
    ],
)
async def test_what_is_something_else_is_refused_by_its_name(raw: bytes, why: str) -> None:
    with pytest.raises(BadSubtitles) as refused:
        await to_webvtt(raw)
    assert refused.value.fields == {"file": why}


async def test_a_file_made_to_be_slow_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.subtitles.CPU_S", 1)
    with pytest.raises(BadSubtitles) as refused:
        # Decoding this takes the square of its length.
        await to_webvtt(b"a" * 500_000 + b"-" + b"a" * 500_000, encoding="punycode")
    assert refused.value.fields == {"file": "takes too long to read"}
