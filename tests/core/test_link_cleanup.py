"""What programs do to links, cleaned; tests/vectors/pasted.json has whole texts with links."""

import pytest

from core.link_cleanup import cleaned, without_entities


@pytest.mark.parametrize(
    ("pasted", "was"),
    [
        ("\u200bhttps://a.example/b\ufeff ", "https://a.example/b"),
        ("\uff48\uff54\uff54\uff50\uff1a\uff0f\uff0f\uff41\uff0e\uff43\uff4f", "http://a.co"),
        # A letter of full width in a plain link is somebody's trick.
        ("https://\uff41.example/b", "https://\uff41.example/b"),
        (r"https:\/\/a.example\/watch\?v\=b", "https://a.example/watch?v=b"),
        (r"https://a.example/b\u0026t=1", "https://a.example/b&t=1"),
        (r"one\ntwo", "one two"),
        # Before others it is no escape.
        (r"C:\films\a.mp4", r"C:\films\a.mp4"),
        ("hxxps[:]//a[.]example(dot)org", "hxxps://a.example.org"),
        ("https://https://a.example", "https://a.example"),
        ("https%253A%252F%252Fa.example%252Fb", "https://a.example/b"),
        ("https://a.example/?u=https%3A%2F%2Fb", "https://a.example/?u=https%3A%2F%2Fb"),
        ("https://youtu.be/\naqz-KE-bpKQ", "https://youtu.be/aqz-KE-bpKQ"),
        ("https: //a.example", "https://a.example"),
    ],
)
def test_a_link_is_again_what_it_was(pasted: str, was: str) -> None:
    assert cleaned(pasted) == was


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        ("a?b=1&amp;c=2", "a?b=1&c=2"),
        ("a?b=1&amp;amp;#38;c=2", "a?b=1&c=2"),
        ("&lt;a href=&quot;b&quot;&gt;", '<a href="b">'),
        ("https:&#x2f;&#47;a", "https://a"),
        # Neither ends of lines nor what is beyond ASCII.
        ("a&#10;b&#233;c&#x7f;", "a&#10;b&#233;c&#x7f;"),
        ("a&copy=1", "a&copy=1"),
    ],
)
def test_what_html_escapes_is_said_plainly(escaped: str, text: str) -> None:
    assert without_entities(escaped) == text
