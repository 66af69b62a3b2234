"""What a downloaded file is called."""

import pytest

from library.serve.download_name import content_disposition, download_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("A Film, 2: the return", "A Film, 2_ the return.mp4"),
        ("Amélie (2001) [HD]", "Amélie (2001) [HD].mp4"),
        ("映画", "映画.mp4"),
        ('What? / Why \\ <how> | "so" *', "What_ _ Why _ _how_ _ _so_ _.mp4"),
        ("..hidden", "__hidden.mp4"),
        ("...", "___.mp4"),
        ("To be continued...", "To be continued___.mp4"),
        ("con", "_con.mp4"),
        ("LPT1.old", "_LPT1.old.mp4"),
        ("aux .old", "_aux .old.mp4"),
        ("CONIN$", "_CONIN$.mp4"),
        ("Console", "Console.mp4"),
        ("Film \u202eabc", "Film abc.mp4"),
        ("\u3164", "video.mp4"),
    ],
)
def test_a_download_is_the_title_without_what_file_systems_forbid(title: str, name: str) -> None:
    assert download_name(title, "mp4") == name


@pytest.mark.parametrize(
    "letter", ["x", "é", "映", "🍿", "🇩🇪", "👨\u200d👩\u200d👧", "x\u0323\u0324"]
)
def test_a_name_has_no_more_bytes_than_file_systems_take(letter: str) -> None:
    name = download_name(letter * 120, "webm")
    assert len(name.encode()) <= 240
    assert name.removesuffix(".webm").replace(letter, "") == ""


@pytest.mark.parametrize(
    ("title", "header"),
    [
        ("A Film", 'attachment; filename="A Film.mp4"'),
        ("été", "attachment; filename=\"ete.mp4\"; filename*=UTF-8''%C3%A9t%C3%A9.mp4"),
        (
            "100 %",
            "attachment; filename=\"100 _.mp4\"; filename*=UTF-8''100%20%25.mp4",
        ),
        ("映", "attachment; filename=\"_.mp4\"; filename*=UTF-8''%E6%98%A0.mp4"),
        ('"; x="', 'attachment; filename="_; x=_.mp4"'),
        ("a\r\nSet-Cookie: x", 'attachment; filename="a Set-Cookie_ x.mp4"'),
    ],
)
def test_the_header_says_the_name_plainly_and_in_full(title: str, header: str) -> None:
    assert content_disposition(title, "mp4") == header
