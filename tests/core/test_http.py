"""Errors as they go over HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError, create_model
from structlog.testing import capture_logs

from core.errors import InsufficientStorage, Invalid, NotAuthenticated, NotFound, RateLimited
from core.http import Body, error_reply, send_error
from core.live import LiveStateUnavailable
from core.validation import invalid


class Example(Body):
    number: float
    words: list[str] = []
    name: str = ""


def test_a_body_refuses_unknown_fields_and_what_is_no_number() -> None:
    assert Example.model_validate({"number": 1}).number == 1
    with pytest.raises(ValidationError, match="extra"):
        Example.model_validate({"number": 1, "other": 1})
    with pytest.raises(ValidationError, match="finite"):
        Example.model_validate({"number": float("inf")})


@pytest.mark.parametrize("field", ["name", "words"])
def test_a_body_holds_no_nul_which_postgresql_keeps_in_no_text(field: str) -> None:
    for text in ("\0", "a\0b"):
        value = [text] if field == "words" else text
        with pytest.raises(ValidationError, match="NUL") as refused:
            Example.model_validate({"number": 1, field: value})
        assert refused.value.errors()[0]["loc"][0] == field


def bodies() -> list[type[Body]]:
    """Every body that the API reads."""
    import config.api  # noqa: F401 - it imports them all

    def below(model: type[Body]) -> Iterator[type[Body]]:
        for each in model.__subclasses__():
            yield each
            yield from below(each)

    return [each for each in below(Body) if not each.__module__.startswith("tests.")]


@pytest.mark.parametrize("broken", ["a\0b", "a\ud800b"])
def test_a_broken_text_in_any_field_is_cleaned_or_refused_in_words(broken: str) -> None:
    seen = 0
    for body in bodies():
        for name, field in body.model_fields.items():
            only: dict[str, Any] = {name: (field.annotation, field)}
            alone = create_model("Alone", __base__=Body, **only)
            seen += is_told(alone, field.alias or name, broken)
    assert seen > 10


def is_told(model: type[Body], field: str, broken: str) -> bool:
    """Tell whether a broken text is cleaned, or refused for what is broken."""
    try:
        made = model.model_validate({field: broken})
    except ValidationError as error:
        why = (invalid(error).fields or {})[field]
        if "unicode" in why:
            raise
        return "NUL" in why or "surrogate" in why
    if list(made.model_dump().values()) != ["ab"]:
        raise AssertionError(f"{field} keeps it")
    return True


def test_an_error_has_one_shape_and_names_fields_only_when_it_has_some() -> None:
    reply = error_reply(NotFound("No such room."))
    assert reply.status == 404
    assert json.loads(reply.body) == {"error": {"code": "not_found", "message": "No such room."}}
    assert json.loads(error_reply(Invalid(fields={"name": "is empty"})).body)["error"][
        "fields"
    ] == {"name": "is empty"}


def test_headers_say_when_to_come_back_and_how_to_sign_in() -> None:
    assert error_reply(RateLimited(retry_after_s=1.2)).headers["Retry-After"] == "2"
    assert error_reply(NotAuthenticated()).headers["WWW-Authenticate"] == "Bearer"
    assert "Retry-After" not in error_reply(NotFound()).headers


async def test_a_raw_app_answers_with_the_same_shape() -> None:
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    await send_error(send, NotFound())
    start, body = sent
    assert start["status"] == 404
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
    assert json.loads(body["body"])["error"]["code"] == "not_found"


def test_a_refusal_because_a_part_is_away_is_logged_and_no_other_is() -> None:
    away = LiveStateUnavailable()
    away.__cause__ = TimeoutError("late")
    with capture_logs() as logs:
        for error in (NotFound(), RateLimited(), InsufficientStorage(), away):
            error_reply(error)

    assert logs == [
        {
            "event": "somebody was refused",
            "log_level": "warning",
            "code": "unavailable",
            "message": LiveStateUnavailable.message,
            "cause": "TimeoutError",
        }
    ]
