"""What is said of a wrong value, in every field that anybody may send."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import config.api  # noqa: F401 - all requests are known then
import rooms.protocol  # noqa: F401 - and all messages
from core.http import Body
from core.validation import invalid
from playback.commands import ClientMessage

WRONG = [
    None,
    1.5,
    -1e300,
    10**30,
    True,
    "",
    "x" * 100_000,
    "\ud800",
    [],
    ["x"] * 1000,
    {},
    {"x": 1},
]


def below(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


def said_of(model: type[BaseModel], value: dict[str, object]) -> dict[str, str]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        return invalid(error).fields or {}
    return {}


@pytest.mark.parametrize("base", [Body, ClientMessage])
def test_each_wrong_value_is_told_in_words_of_ours(base: Any) -> None:
    models = [each for each in below(base) if not each.__module__.startswith("tests.")]
    assert len(models) > 15
    words = {
        (why, field)
        for model in models
        for name in model.model_fields
        for value in WRONG
        for field, why in said_of(model, {name: value}).items()
    }
    ours = ("must ", "is required", "is not known here", "does not have the right form")
    assert {each for each in words if not each[0].startswith(ours)} == set()
