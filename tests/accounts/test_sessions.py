"""Sessions are stored once, and only under keys that could be ours."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.sessions import SessionStore

pytestmark = pytest.mark.django_db


def changes(queries: CaptureQueriesContext) -> list[str]:
    """Return the first word of each statement that changes rows."""
    words = [query["sql"].split()[0] for query in queries.captured_queries]
    return [word for word in words if word in ("INSERT", "UPDATE", "DELETE")]


def test_a_new_session_is_inserted_once_with_what_it_holds() -> None:
    session = SessionStore()
    with CaptureQueriesContext(connection) as queries:
        session["planted"] = 1
        session.cycle_key()
        session["user"] = "Ann"
        session.save()
        session.save()
    assert changes(queries) == ["INSERT"]
    assert dict(SessionStore(session.session_key).items()) == {"planted": 1, "user": "Ann"}


def test_what_changes_after_it_was_stored_is_stored() -> None:
    session = SessionStore()
    session.save()
    session["seen"] = ["a"]
    session.save()
    session["seen"].append("b")
    session.save()
    assert SessionStore(session.session_key)["seen"] == ["a", "b"]


def test_a_new_key_takes_the_place_of_the_old_one() -> None:
    session = SessionStore()
    session["user"] = "Ann"
    session.save()
    old = session.session_key
    session.cycle_key()
    session.save()
    assert session.session_key != old
    assert list(Session.objects.values_list("session_key", flat=True)) == [session.session_key]


def test_a_key_that_is_taken_gives_way_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    first = SessionStore()
    first.save()
    taken = str(first.session_key)
    keys = iter([taken, "b" * 32])

    def next_key(_bytes: int) -> str:
        return next(keys)

    monkeypatch.setattr("accounts.sessions.secrets.token_hex", next_key)
    second = SessionStore()
    second["user"] = "Ben"
    second.save()
    assert second.session_key == "b" * 32
    assert list(SessionStore(taken).items()) == []


@pytest.mark.parametrize("key", ["a" * 31 + "\0", "short", '"' + "a" * 32, None])
def test_a_key_that_cannot_be_ours_is_not_looked_up(key: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert list(SessionStore(key).items()) == []
    assert not queries.captured_queries
