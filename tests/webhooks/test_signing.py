"""Signatures by the vector of the Standard Webhooks libraries."""

import pytest

from webhooks import signing

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
