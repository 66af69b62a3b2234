from typing import Any, cast

import pytest

from core.error_catalogue import catalogue


def root() -> Any:
    """Return the top of a tree of its own, so that the real one stays as it is."""

    class Root:
        status, close_code, socket_code, retriable = 500, 4503, "internal", True

    return Root


def below(parent: Any, **facts: object) -> Any:
    return type("Error", (parent,), facts)


def test_a_class_with_a_code_is_an_entry_and_one_that_inherits_it_is_the_same_error() -> None:
    top = root()
    away = below(top, code="away")
    worded = below(away, message="The disk is away.")
    gone = below(worded, code="gone", status=404)

    assert catalogue(cast("Any", top)) == {"away": away, "gone": gone}


def test_two_classes_may_not_claim_one_code() -> None:
    top = root()
    classes = [below(top, code="away"), below(top, code="away")]

    with pytest.raises(ValueError, match=r"away: claimed by"):
        catalogue(top)
    assert len(classes) == 2


@pytest.mark.parametrize(
    ("fact", "value"),
    [("status", 404), ("close_code", 4404), ("socket_code", "not_found"), ("retriable", False)],
)
def test_one_code_has_the_same_facts_everywhere(fact: str, value: object) -> None:
    top = root()
    away = below(top, code="away")
    odd = below(away, **{fact: value})

    with pytest.raises(ValueError, match=rf"its {fact} is not that of away"):
        catalogue(top)
    assert odd


def test_a_class_below_two_others_is_an_entry_once() -> None:
    top = root()
    left, right = below(top, code="left"), below(top, code="right")
    both = type("Both", (left, right), {"code": "both"})

    assert catalogue(top) == {"both": both, "left": left, "right": right}
