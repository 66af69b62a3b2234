import pytest

from core.skeleton import skeleton


@pytest.mark.parametrize(
    "looks",
    [
        "Ana",
        "ana",
        "ANA",
        "А" + "n" + "а",  # the first and last are Cyrillic
        "Αna",  # Greek
        "𝐀𝐧𝐚",
        "Ａｎａ",
        "A\u200bna",
        "A na",
        "Аnа\ufe0f",
    ],
)
def test_what_looks_like_ana_has_her_skeleton(looks: str) -> None:
    assert skeleton(looks) == skeleton("Ana")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "раураl"),
        ("Bill", "Bi1I"),
        ("Bob", "B0b"),
        ("modern", "rnodern"),
        ("Веn", "Ben"),
        ("Ølav", "Ølav"),
        ("José", "Jose\u0301"),
        ("scope", "ѕсоре"),
    ],
)
def test_names_that_cannot_be_told_apart_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ana", "Anna"), ("Ana", "Ano"), ("Ana 2", "Ana 3"), ("安娜", "安妮"), ("José", "Jose")],
)
def test_names_that_can_be_told_apart_have_two(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize("text", ["Ana", "modern", "B1lI", "раураl", "𝐀𝐧𝐚", "ß", "ﬁ", "שלום"])
def test_a_skeleton_is_its_own(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)
