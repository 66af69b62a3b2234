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
    ],
)
def test_one_short_line_tells_its_code_page(words: str, encodings: str) -> None:
    read = {code: decode(srt(words).encode(code), "")[1] for code in encodings.split()}
    assert {code for code, text in read.items() if words not in text} == set()
