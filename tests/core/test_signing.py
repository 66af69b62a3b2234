"""Signatures by the vector of the Standard Webhooks libraries."""

import pytest

from core import signing

# https://github.com/standard-webhooks/standard-webhooks, the tests of its libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID, TIMESTAMP_S = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_is_signed_as_the_specification_says() -> None:
    assert signing.signature(SECRET, MESSAGE_ID, TIMESTAMP_S, BODY) == SIGNATURE


def test_while_a_secret_is_replaced_both_sign() -> None:
    new = signing.new_secret()
    fields = signing.headers(MESSAGE_ID, TIMESTAMP_S, BODY, keys=[new, SECRET])
    assert fields["webhook-id"] == MESSAGE_ID
    assert fields["webhook-timestamp"] == str(TIMESTAMP_S)
    by_new, by_old = fields["webhook-signature"].split(" ")
    assert by_old == SIGNATURE
    assert by_new == signing.signature(new, MESSAGE_ID, TIMESTAMP_S, BODY) != SIGNATURE


def test_secrets_are_long_and_never_alike() -> None:
    assert len(signing.key_of(signing.new_secret())) >= 24
    assert signing.new_secret() != signing.new_secret()


def test_what_is_no_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="not a webhook secret"):
        signing.key_of("whsec_!!!")


def fields_by(*keys: str) -> dict[str, str]:
    return signing.headers(MESSAGE_ID, TIMESTAMP_S, BODY, keys=keys)


def test_a_message_is_known_by_any_of_the_keys_that_are_valid_just_now() -> None:
    new = signing.new_secret()
    for fields in (fields_by(SECRET), fields_by(new), fields_by(signing.new_secret(), SECRET)):
        found = signing.verify(fields, BODY, keys=[new, SECRET], now_s=TIMESTAMP_S + 300)
        assert found == MESSAGE_ID


@pytest.mark.parametrize(
    ("changed", "body", "now_s"),
    [
        ({}, BODY + b" ", TIMESTAMP_S),
        ({}, BODY, TIMESTAMP_S + 301),
        ({}, BODY, TIMESTAMP_S - 301),
        ({"webhook-id": "msg_other"}, BODY, TIMESTAMP_S),
        ({"webhook-id": ""}, BODY, TIMESTAMP_S),
        ({"webhook-id": "m" * 201}, BODY, TIMESTAMP_S),
        ({"webhook-timestamp": str(TIMESTAMP_S + 1)}, BODY, TIMESTAMP_S),
        ({"webhook-timestamp": "soon"}, BODY, TIMESTAMP_S),
        ({"webhook-timestamp": "9" * 400}, BODY, TIMESTAMP_S),
        ({"webhook-signature": ""}, BODY, TIMESTAMP_S),
        ({"webhook-signature": SIGNATURE.removeprefix("v1,")}, BODY, TIMESTAMP_S),
        ({"webhook-signature": "v1a,äöü"}, BODY, TIMESTAMP_S),
    ],
)
def test_what_was_changed_or_comes_late_is_refused(
    changed: dict[str, str], body: bytes, now_s: float
) -> None:
    with pytest.raises(signing.BadSignature):
        signing.verify({**fields_by(SECRET), **changed}, body, keys=[SECRET], now_s=now_s)


def test_another_key_is_refused() -> None:
    with pytest.raises(signing.BadSignature):
        signing.verify(fields_by(signing.new_secret()), BODY, keys=[SECRET], now_s=TIMESTAMP_S)
