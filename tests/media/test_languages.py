"""What files call languages."""

import pytest

from media.languages import language_tag


@pytest.mark.parametrize(
    ("code", "tag"),
    [("ger", "deu"), ("deu", "deu"), ("EN", "en"), ("pt-BR", "pt-br"), ("und", ""), ('a"b', "")],
)
def test_a_language_has_the_tag_that_the_web_knows(code: str, tag: str) -> None:
    assert language_tag(code) == tag
