import pytest
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

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
        ('{"parts": [{"number": "one"}]}', "parts.0.number", "should be a valid integer"),
        ("nonsense", "body", "Invalid JSON"),
    ],
)
def test_each_wrong_field_is_named_with_what_is_wrong(body: str, field: str, why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate_json(body)
    [(found, words)] = (invalid(caught.value).fields or {}).items()
    assert found == field
    assert words.startswith(why)
