import math
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from core.validation import invalid


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int

    @field_validator("number")
    @classmethod
    def _check(cls, number: int) -> int:
        if number < 0:
            raise ValueError("must not be negative")
        return number


class Whole(BaseModel):
    parts: list[Part]


@pytest.mark.parametrize(
    ("body", "field", "why"),
    [
        ("{}", "parts", "is required"),
        ('{"parts": [{"number": 1}, {}]}', "parts.1.number", "is required"),
        ('{"parts": [{"number": 1, "more": 2}]}', "parts.0.more", "is not known here"),
        ('{"parts": [{"number": -1}]}', "parts.0.number", "must not be negative"),
        ('{"parts": [{"number": "one"}]}', "parts.0.number", "must be a whole number"),
        ("nonsense", "body", "must be JSON"),
    ],
)
def test_each_wrong_field_is_named_with_what_is_wrong(body: str, field: str, why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate_json(body)
    assert invalid(caught.value).fields == {field: why}


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        (Annotated[str, Field(max_length=3)], "four", "must be at most 3 characters"),
        (Annotated[str, Field(min_length=1)], "", "must not be empty"),
        (Annotated[str, Field(min_length=3)], "no", "must be at least 3 characters"),
        (Annotated[str, Field(pattern="^a$")], "b", "does not have the right form"),
        (Annotated[float, Field(le=4)], 5, "must be at most 4"),
        (Annotated[float, Field(le=0.25)], 5, "must be at most 0.25"),
        (Annotated[float, Field(le=1e9)], 2e9, "must be at most 1000000000"),
        (Annotated[float, Field(gt=0)], 0, "must be more than 0"),
        (Annotated[float, Field(allow_inf_nan=False)], math.inf, "must be a number"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "must have at most 1 entries"),
        (Annotated[list[int], Field(min_length=1)], [], "must not be empty"),
        (Literal["on", "off"], "no", "must be one of: 'on' or 'off'"),
        (Whole, 1, "must be an object"),
        (UUID, "x", "must be a UUID"),
        (AwareDatetime, "soon", "must be a date and time, as 2026-01-31T20:00:00Z"),
        (AwareDatetime, "2026-01-31T20:00", "must have a time zone, as 2026-01-31T20:00:00Z"),
    ],
)
def test_a_wrong_value_is_told_with_what_it_may_be(kind: Any, value: object, why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    assert invalid(caught.value).fields == {"body": why}
