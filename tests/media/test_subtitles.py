"""Subtitle files in every common form and code page, and files made to cost much."""

import asyncio
import base64
import contextlib
import encodings.aliases
import json
import time
from pathlib import Path

import pytest

from core.errors import Invalid
from core.turns import set_asker
from media.isolated.subtitles.__main__ import Problem, decode
from media.isolated.subtitles.__main__ import to_webvtt as convert
from media.subtitles import BadSubtitles, check_encoding, to_webvtt

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "subtitles.json").read_text())

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


def srt(*texts: str) -> str:
    return "".join(
        f"{at}\r\n00:00:0{at},500 --> 00:00:0{at},900\r\n{text}\r\n\r\n"
        for at, text in enumerate(texts, 1)
    )


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


@pytest.mark.parametrize(
    ("words", "encodings"),
    [
        ("¿Dónde estás?", "windows-1252"),
        ("Mañana será otro día.", "windows-1252 cp850"),
        ("Où êtes-vous ?", "windows-1252"),
        ("Qu'est-ce que tu as fait cet été ?", "windows-1252 cp850"),
        ("Können Sie mir helfen?", "windows-1252 cp850"),
        ("Die Tür ist offen, öffne sie.", "windows-1252 cp850"),
        ("A situação está difícil.", "windows-1252 cp850"),
        ("Perché non vieni?", "windows-1252"),
        ("Jag förstår inte.", "windows-1252 cp850"),
        ("Hyvää yötä, äiti.", "windows-1252 cp850"),
        ("“Never,” he said.", "windows-1252"),
        ("Proszę, pomóż mi.", "windows-1250 iso-8859-2 cp852"),
        ("Všechno bude v pořádku.", "windows-1250 iso-8859-2 cp852"),
        ("Köszönöm szépen.", "windows-1250 iso-8859-2 cp852"),
        ("Hoćeš li doći večeras?", "windows-1250"),
        ("Teşekkür ederim, kardeşim.", "windows-1254"),
        ("Спокойной ночи, мама.", "windows-1251 koi8-r cp866 iso-8859-5"),
        ("Δεν ξέρω τι να κάνω.", "windows-1253"),
        ("Ar labu nakti, māmiņ.", "windows-1257"),
    ],
)
def test_one_short_line_tells_its_code_page(words: str, encodings: str) -> None:
    read = {code: decode(srt(words).encode(code), "")[1] for code in encodings.split()}
    assert {code for code, text in read.items() if words not in text} == set()


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
    assert convert(f"1\n{times}\n{words}\n")[1] == 1
    assert convert(f"WEBVTT\n\n{times}\n{words}\n")[1] == 1
    # Trying each against each other takes minutes.
    assert time.process_time() - began_s < 5


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


@pytest.mark.parametrize("vector", VECTORS["files"], ids=lambda vector: vector["name"])
def test_every_common_form_is_read_as_the_pages_read_it(vector: dict[str, str]) -> None:
    raw = base64.b64decode(vector["base64"]) if "base64" in vector else vector["text"].encode()
    _encoding, text = decode(raw, "")
    vtt, cues = convert(text)
    assert vtt == vector["vtt"]
    assert cues == vtt.count(" --> ")


@pytest.mark.parametrize("vector", VECTORS["none"], ids=lambda vector: vector["name"])
def test_what_holds_none_is_refused_by_its_name(vector: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        convert(vector["text"])
    form = vector["form"]
    said = f"is {form}, but must be SRT, WebVTT or ASS" if form else "has no subtitles in it"
    assert str(refused.value) == said


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


async def test_a_file_made_to_be_slow_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.subtitles.CPU_S", 1)
    with pytest.raises(BadSubtitles) as refused:
        # Decoding this takes the square of its length.
        await to_webvtt(b"a" * 500_000 + b"-" + b"a" * 500_000, encoding="punycode")
    assert refused.value.fields == {"file": "takes too long to read"}
