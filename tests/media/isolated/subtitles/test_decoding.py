"""Which encoding a text is in."""

import pytest

from media.isolated.subtitles.decoding import decode
from tests.media.srt import srt


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
        ("Πού ήσουν όλη μέρα;", "windows-1253 iso-8859-7 cp737"),
        ("Seni her yerde aradım, teşekkür ederim.", "windows-1254 cp857"),
        ("איפה היית כל היום?", "windows-1255 cp862"),
        ("一日中どこにいたの？", "shift_jis euc_jp iso2022_jp"),
        ("ﾊﾝｶｸｶﾅ", "iso2022_jp_ext"),
        ("하루 종일 어디 있었어?", "euc_kr iso2022_kr"),
        ("你一整天去哪儿了？", "gb18030 hz"),
    ],
)
def test_one_short_line_tells_its_code_page(words: str, encodings: str) -> None:
    read = {code: decode(srt(words).encode(code), "")[1] for code in encodings.split()}
    assert {code for code, text in read.items() if words not in text} == set()


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("Je t'ai cherchée à l'école.", "mac-roman"),
        ("Größere Grüße, überall.", "mac-roman"),
        ("¿Dónde estabas mañana?", "mac-roman"),
        ("Szukałem cię wszędzie.", "mac-latin2"),
        ("Я искал тебя повсюду.", "mac-cyrillic"),
        ("Je t'ai cherchée à l'école.", "windows-1252"),
    ],
)
def test_code_pages_of_old_macintoshes_are_told_where_lines_end_as_there(
    words: str, encoding: str
) -> None:
    assert words in decode(srt(words).replace("\r\n", "\r").encode(encoding), "")[1]


@pytest.mark.parametrize("words", ["Déjà vu à Ávila… “Œuvre”", "Где ты был весь день?", "日中"])
def test_utf8_that_was_encoded_twice_is_read(words: str) -> None:
    # Where windows-1252 has no letter, programs keep the byte.
    wrong = "".join(
        bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in srt(words).encode()
    )
    assert words in decode(wrong.encode(), "")[1]


@pytest.mark.parametrize(
    "words", ["Hello", "Où étais-tu ?", "Ã la carte – Â", "~{ text ~}", "~{x~}"]
)
def test_text_with_odd_signs_stays_as_it_is(words: str) -> None:
    assert decode(srt(words).encode(), "") == ("utf-8", srt(words).replace("\r\n", "\n"))
