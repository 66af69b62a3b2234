"""What files call languages."""

import pytest

from media.languages import canonical, language_tag


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        *(("ger", "de"), ("deu", "de"), ("EN", "en"), ("por-br", "pt-BR"), ("gsw", "gsw")),
        *(("und", ""), ('a"b', ""), ("zxx", "")),
        *(("iw", "he"), ("in", "id"), ("mol", "ro"), ("scc", "sr"), ("SCR-hr", "hr-HR")),
    ],
)
def test_a_language_has_the_tag_that_the_web_knows(code: str, tag: str) -> None:
    assert language_tag(code) == tag


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        *(("GER-at", "de-AT"), ("ZHO-HANS-cn", "zh-Hans-CN"), ("und", "und"), ("es-419", "es-419")),
        *(("de-CH-1996", "de-CH-1996"), ("en-A-BBB-X-AB", "en-a-bbb-x-ab"), ("x-IN", "x-in")),
    ],
)
def test_a_tag_is_written_in_one_way(said: str, tag: str) -> None:
    assert canonical(said) == tag
