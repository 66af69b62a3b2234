"""Tickets: what opens a room's socket, and everything that does not."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings

from accounts.principal import Grant
from rooms.tickets import BadTicket, issue, read

NOW_S = 1_790_000_000.5


def a_ticket(**changes: Any) -> str:
    facts = {
        "code": "bcdfgh2345",
        "user_id": "u-1",
        "name": "Zoë 🍿",
        "grant": Grant("account", "session"),
        "now_s": NOW_S,
        "ttl": timedelta(seconds=60),
    }
    return issue(**{**facts, **changes})


def signed(claims: dict[str, Any], *, key: str | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, settings.SECRET_KEY if key is None else key, algorithm=algorithm)


def good_claims() -> dict[str, Any]:
    return dict(jwt.decode(a_ticket(), options={"verify_signature": False}))


def test_a_ticket_says_who_may_enter_which_room() -> None:
    ticket = read(a_ticket(), code="bcdfgh2345", now_s=NOW_S)
    assert (ticket.code, ticket.user_id, ticket.name) == ("bcdfgh2345", "u-1", "Zoë 🍿")
    assert (ticket.issued_at_s, ticket.expires_at_s) == (NOW_S, NOW_S + 60)


def test_no_two_tickets_have_the_same_id() -> None:
    ids = {read(a_ticket(), code="bcdfgh2345", now_s=NOW_S).id for _ in range(50)}
    assert len(ids) == 50


@pytest.mark.parametrize(("after_s", "good"), [(0, True), (59.9, True), (60, False), (1e6, False)])
def test_it_expires_by_room_time(after_s: float, good: bool) -> None:
    if good:
        read(a_ticket(), code="bcdfgh2345", now_s=NOW_S + after_s)
    else:
        with pytest.raises(BadTicket):
            read(a_ticket(), code="bcdfgh2345", now_s=NOW_S + after_s)


def test_it_opens_no_other_room() -> None:
    with pytest.raises(BadTicket):
        read(a_ticket(), code="bcdfgh2346", now_s=NOW_S)


def _tampered() -> str:
    head, _, signature = a_ticket().split(".")
    body = json.dumps({**good_claims(), "sub": "u-2"}).encode()
    return f"{head}.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}.{signature}"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "\u0000.é.🍿",
        pytest.param(a_ticket()[:-2], id="cut"),
        pytest.param(_tampered(), id="tampered"),
        pytest.param(signed(good_claims(), key="k" * 40), id="another key"),
        pytest.param(signed(good_claims(), key="", algorithm="none"), id="no algorithm"),
        pytest.param(signed(good_claims(), algorithm="HS384"), id="another algorithm"),
        pytest.param(signed({**good_claims(), "aud": "streamit"}), id="an access token"),
        pytest.param(signed({**good_claims(), "aud": "media"}), id="a media token"),
        *(
            pytest.param(
                signed({k: v for k, v in good_claims().items() if k != missing}),
                id=f"without {missing}",
            )
            for missing in ["aud", "room", "sub", "name", "jti", "iat", "exp"]
        ),
    ],
)
def test_nothing_else_is_a_ticket(token: str) -> None:
    with pytest.raises(BadTicket):
        read(token, code="bcdfgh2345", now_s=NOW_S)
