"""Who is let in by what: the same for ninja operations and raw ASGI apps."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
import pytest
from asgiref.sync import sync_to_async
from channels.testing import HttpCommunicator
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path
from ninja import Router

from accounts import keys, tokens
from accounts.authentication import (
    SignedInRequest,
    VisitorRequest,
    authenticate_scope,
    optional,
    required,
)
from accounts.models import ApiKey, User
from accounts.principal import Principal
from config.api import Api
from core.errors import NotAuthenticated, StreamItError
from core.http import send_error
from tests.accounts import people
from tests.accounts.people import CSRF
from tests.support.patience import PATIENCE_S

pytestmark = pytest.mark.django_db(transaction=True)

router = Router()


@router.api_operation(["GET", "POST"], "required", auth=required)
async def for_members(request: SignedInRequest) -> dict[str, str]:
    return {"name": request.auth.display_name, "via": request.auth.via}


@router.api_operation(["GET", "POST"], "optional", auth=optional)
async def for_anyone(request: VisitorRequest) -> dict[str, str] | None:
    if request.auth is None:
        return None
    return {"name": request.auth.display_name, "via": request.auth.via}


api = Api(urls_namespace="probe", docs_url=None, openapi_url=None)
api.add_router("", router)
urlpatterns = [path("probe/", api.urls)]


async def raw_app(scope: Any, receive: Any, send: Any) -> None:
    """Answer as ``for_members`` does, without Django's request cycle."""
    try:
        principal = await authenticate_scope(scope)
        if principal is None:
            raise NotAuthenticated
    except StreamItError as error:
        await send_error(send, error)
        return
    body = json.dumps({"name": principal.display_name, "via": principal.via}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Visitor:
    """One caller; ``knock`` says what they are told: name and way in, or the error's code."""

    headers: dict[str, str]

    async def knock(self, app: Any, method: str, door: str = "required") -> str:
        headers = {"host": "localhost", **self.headers}
        communicator = HttpCommunicator(
            app,
            method,
            f"/probe/{door}",
            headers=[(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
        )
        response = await communicator.get_response(timeout=PATIENCE_S)
        await communicator.wait(timeout=PATIENCE_S)
        body = json.loads(response["body"])
        if response["status"] == 200:
            return "nobody" if body is None else f"{body['name']} by {body['via']}"
        return f"{response['status']} {body['error']['code']}"


@pytest.fixture(params=["ninja", "raw"])
def app(request: pytest.FixtureRequest, settings: Any) -> Any:
    """Each of the two kinds of application that must agree."""
    if request.param == "raw":
        return raw_app
    settings.ROOT_URLCONF = __name__
    return get_asgi_application()


async def credentials(which: str) -> dict[str, str]:
    """Return the headers of Ann's session and Bob's tokens that ``which`` names."""
    ann, bob = await people.guest("Ann"), await people.registered(name="Bob")
    session = await people.session_of(ann)
    cookie = f"sessionid={session}; csrftoken={CSRF}"
    key = (await make_key(bob))[1]
    good, expired = tokens.issue(bob), _token(bob, exp_in=timedelta(seconds=-1))
    return {
        "nothing": {},
        "session": {"cookie": cookie},
        "session, CSRF": {"cookie": cookie, "x-csrftoken": CSRF},
        "session, wrong CSRF": {"cookie": cookie, "x-csrftoken": "d" * 32},
        "session, CSRF, no cookie for it": {"cookie": f"sessionid={session}", "x-csrftoken": CSRF},
        "session, CSRF, our origin": {
            "cookie": cookie,
            "x-csrftoken": CSRF,
            "origin": "http://localhost",
        },
        "session, CSRF, foreign origin": {
            "cookie": cookie,
            "x-csrftoken": CSRF,
            "origin": "http://evil.example",
        },
        "session, CSRF, a form's type": {
            "cookie": cookie,
            "x-csrftoken": CSRF,
            "content-type": "multipart/form-data; boundary=x",
            "content-length": "0",
        },
        "unknown session": {"cookie": f"sessionid={'x' * 32}; csrftoken={CSRF}"},
        "bearer": {"authorization": f"Bearer {good}"},
        "bearer in lower case": {"authorization": f"bearer {good}"},
        "bearer beside session": {"authorization": f"Bearer {good}", "cookie": cookie},
        "expired bearer": {"authorization": f"Bearer {expired}"},
        "expired bearer beside session": {
            "authorization": f"Bearer {expired}",
            "cookie": cookie,
            "x-csrftoken": CSRF,
        },
        "empty bearer beside session": {"authorization": "Bearer", "cookie": cookie},
        "binary bearer": {"authorization": "Bearer \xff\xfe.\x80.\xe9"},
        "a proxy's Basic beside session": {"authorization": "Basic eDp5", "cookie": cookie},
        "key": {"x-api-key": key},
        "key beside session": {"x-api-key": key, "cookie": cookie},
        "key behind a proxy's Basic": {"x-api-key": key, "authorization": "Basic eDp5"},
        "wrong key beside session": {"x-api-key": key + "x", "cookie": cookie, "x-csrftoken": CSRF},
        "empty key": {"x-api-key": ""},
        "binary key": {"x-api-key": "\xff\xfe\x80"},
        "key and bearer": {"x-api-key": key, "authorization": f"Bearer {good}"},
    }[which]


@sync_to_async
def make_key(user: User) -> tuple[ApiKey, str]:
    owner = Principal(user.pk, user.display_name, user.is_guest, via="session")
    return keys.create(owner=owner, name="A program")


def _token(user: User, *, exp_in: timedelta = timedelta(hours=1), **changes: Any) -> str:
    """Return a token like ours but for ``changes``; None drops a claim."""
    claims = jwt.decode(tokens.issue(user), options={"verify_signature": False})
    claims["exp"] = claims["iat"] + exp_in.total_seconds()
    claims.update(changes)
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, settings.SECRET_KEY, algorithm="HS256")


@pytest.mark.parametrize(
    ("which", "on_get", "on_post"),
    [
        ("nothing", "401 not_authenticated", "401 not_authenticated"),
        ("session", "Ann by session", "403 csrf_failed"),
        ("session, CSRF", "Ann by session", "Ann by session"),
        ("session, wrong CSRF", "Ann by session", "403 csrf_failed"),
        ("session, CSRF, no cookie for it", "Ann by session", "403 csrf_failed"),
        ("session, CSRF, our origin", "Ann by session", "Ann by session"),
        ("session, CSRF, foreign origin", "Ann by session", "403 csrf_failed"),
        ("session, CSRF, a form's type", "Ann by session", "Ann by session"),
        ("unknown session", "401 not_authenticated", "401 not_authenticated"),
        ("bearer", "Bob by bearer", "Bob by bearer"),
        ("bearer in lower case", "Bob by bearer", "Bob by bearer"),
        ("bearer beside session", "Bob by bearer", "Bob by bearer"),
        ("expired bearer", "401 bad_token", "401 bad_token"),
        ("expired bearer beside session", "401 bad_token", "401 bad_token"),
        ("empty bearer beside session", "401 bad_token", "401 bad_token"),
        ("binary bearer", "401 bad_token", "401 bad_token"),
        ("a proxy's Basic beside session", "Ann by session", "403 csrf_failed"),
        ("key", "Bob by api_key", "Bob by api_key"),
        ("key beside session", "Bob by api_key", "Bob by api_key"),
        ("key behind a proxy's Basic", "Bob by api_key", "Bob by api_key"),
        ("wrong key beside session", "401 bad_key", "401 bad_key"),
        ("empty key", "401 bad_key", "401 bad_key"),
        ("binary key", "401 bad_key", "401 bad_key"),
        ("key and bearer", "401 not_authenticated", "401 not_authenticated"),
    ],
)
async def test_every_way_in_is_judged_alike_by_every_kind_of_app(
    app: Any, which: str, on_get: str, on_post: str
) -> None:
    visitor = Visitor(await credentials(which))
    assert await visitor.knock(app, "GET") == on_get
    assert await visitor.knock(app, "POST") == on_post


@pytest.mark.parametrize(
    ("which", "told"),
    [
        ("nothing", "nobody"),
        ("unknown session", "nobody"),
        ("session, CSRF", "Ann by session"),
        ("session", "403 csrf_failed"),
        ("bearer", "Bob by bearer"),
        ("expired bearer", "401 bad_token"),
    ],
)
async def test_where_signing_in_is_optional_only_nobody_is_treated_differently(
    settings: Any, which: str, told: str
) -> None:
    settings.ROOT_URLCONF = __name__
    visitor = Visitor(await credentials(which))
    assert await visitor.knock(get_asgi_application(), "POST", "optional") == told


def _unsigned(user: User) -> str:
    return jwt.encode({"sub": str(user.pk)}, "", algorithm="none")


TAMPERED: dict[str, Callable[[User], str]] = {
    "another signature": lambda user: tokens.issue(user).rpartition(".")[0] + "." + "A" * 43,
    "no signature": _unsigned,
    "another audience": lambda user: _token(user, aud="another"),
    "no audience": lambda user: _token(user, aud=None),
    "no expiry": lambda user: _token(user, exp=None),
    "no fingerprint": lambda user: _token(user, fp=None),
    "another fingerprint": lambda user: _token(user, fp="0" * 16),
    "a malformed id": lambda user: _token(user, sub="0"),
    "an unknown id": lambda user: _token(user, sub="00000000-0000-4000-8000-000000000000"),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
async def test_a_tampered_token_opens_nothing(tamper: Callable[[User], str]) -> None:
    bob = await people.registered()
    visitor = Visitor({"authorization": f"Bearer {tamper(bob)}"})
    assert await visitor.knock(raw_app, "GET") == "401 bad_token"


async def test_a_new_password_ends_every_token_and_session_given_out_before(app: Any) -> None:
    bob = await people.registered()
    token = Visitor({"authorization": f"Bearer {tokens.issue(bob)}"})
    session = Visitor({"cookie": f"sessionid={await people.session_of(bob)}"})
    assert await token.knock(app, "GET") == "Bob by bearer"
    assert await session.knock(app, "GET") == "Bob by session"
    bob.set_password("another long password")
    await bob.asave()
    assert await token.knock(app, "GET") == "401 bad_token"
    assert await session.knock(app, "GET") == "401 not_authenticated"


async def test_a_deleted_user_is_let_in_by_nothing(app: Any) -> None:
    ann = await people.guest()
    token = Visitor({"authorization": f"Bearer {tokens.issue(ann)}"})
    session = Visitor({"cookie": f"sessionid={await people.session_of(ann)}"})
    await ann.adelete()
    assert await token.knock(app, "GET") == "401 bad_token"
    assert await session.knock(app, "GET") == "401 not_authenticated"


async def test_a_revoked_key_opens_nothing_and_only_its_digest_is_kept(app: Any) -> None:
    bob = await people.registered()
    row, text = await make_key(bob)
    visitor = Visitor({"x-api-key": text})
    assert await visitor.knock(app, "GET") == "Bob by api_key"
    kept = await ApiKey.objects.filter(pk=row.pk).values().aget()
    assert kept["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert text.startswith(kept["prefix"])
    assert len(text) - len(kept["prefix"]) > 32
    assert text not in map(str, kept.values())
    await row.adelete()
    assert await visitor.knock(app, "GET") == "401 bad_key"


async def test_using_a_key_is_noted_but_not_every_time() -> None:
    row, text = await make_key(await people.registered())
    await Visitor({"x-api-key": text}).knock(raw_app, "GET")
    await row.arefresh_from_db()
    first = row.last_used_at
    assert first is not None
    await Visitor({"x-api-key": text}).knock(raw_app, "GET")
    await row.arefresh_from_db()
    assert row.last_used_at == first
    await ApiKey.objects.filter(pk=row.pk).aupdate(last_used_at=first - timedelta(hours=1))
    await Visitor({"x-api-key": text}).knock(raw_app, "GET")
    await row.arefresh_from_db()
    assert row.last_used_at is not None
    assert row.last_used_at >= first


async def test_one_guests_token_does_not_fit_another() -> None:
    ann, eve = await people.guest("Ann"), await people.guest("Eve")
    of_eve = jwt.decode(tokens.issue(eve), options={"verify_signature": False})
    visitor = Visitor({"authorization": f"Bearer {_token(ann, fp=of_eve['fp'])}"})
    assert await visitor.knock(raw_app, "GET") == "401 bad_token"
