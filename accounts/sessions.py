"""Sessions in the database, looked up only by keys that could be ours."""

import contextlib
import copy
import hashlib
import secrets
from collections.abc import Iterable
from typing import Any, cast

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.contrib.sessions.models import Session
from django.utils import timezone

_NAME = "grant"
# The day on which a session got its full time last.
_RENEWED = "renewed"


class SessionStore(db.SessionStore):
    """Django's, but a made-up key (a quoted cookie may hold NUL) never gets to PostgreSQL.

    A new session is inserted once, with what it holds, and not stored again unchanged. Django
    looks whether its random key is free, inserts it empty, changes it when somebody signs in,
    and changes it once more at the end of the request.
    """

    _is_new = False
    # The key and what was stored under it.
    _stored: tuple[str | None, dict[str, Any]] | None = None

    def create(self) -> None:
        """Take a new key; ``save`` inserts the row."""
        self._session_key = self._get_new_session_key()
        self._is_new = True
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Store what it holds unless that is stored; raise UpdateError when its row is gone.

        ``must_create`` is Django's own, and raises CreateError for a key that is taken.
        """
        if self.session_key is None:
            self.create()
        while not self.is_stored():
            try:
                super().save(must_create=must_create or self._is_new)
            except CreateError:
                if not self._is_new:
                    raise
                self.create()
            else:
                self.note_stored()

    def new_row(self) -> Session:
        """Return what to insert of a session that is to get a row of its own."""
        if not self._is_new:
            self.create()
        return cast("Session", self.create_model_instance(self._held()))

    def note_stored(self) -> None:
        """Note that its row holds what it does now."""
        self._is_new = False
        self._stored = self.session_key, copy.deepcopy(self._held())

    def is_stored(self) -> bool:
        """Tell whether its row holds what it does."""
        return self._stored is not None and self._stored == (self.session_key, self._held())

    def _held(self) -> dict[str, Any]:
        return dict(self._get_session())  # type: ignore[attr-defined]

    def _get_new_session_key(self) -> str:
        # Whether it is free is found out by inserting it. Django asks the system for each letter.
        return secrets.token_hex(16)

    def _validate_session_key(self, key: Any) -> bool:
        return bool(super()._validate_session_key(key)) and key.isalnum()  # type: ignore[misc]


def insert(sessions: Iterable[SessionBase]) -> None:
    """Store sessions that have just got their keys, in one question. Blocks."""
    stores = [cast("SessionStore", each) for each in sessions]
    Session.objects.bulk_create([each.new_row() for each in stores])
    for each in stores:
        each.note_stored()


def renew(session: SessionBase) -> None:
    """Give a session that is in use its full time again, once a day. Blocks.

    Else a guest who comes every day would lose themselves with their first session.
    """
    today = timezone.now().date().isoformat()
    if session.get(_RENEWED) == today:
        return
    session[_RENEWED] = today
    # What fails here the middleware is not to try again. Signed out meanwhile is no failure.
    session.modified = False
    with contextlib.suppress(UpdateError):
        session.save()
        session.modified = True


def source_of(session: SessionBase) -> str:
    """Return the name of a session among what grants come from; "" when it holds nobody.

    It stays when the session gets another key, and tells nothing of the key.
    """
    if name := session.get(_NAME):
        return f"session:{name}"
    if session.session_key is None:
        return ""
    # Of a session that is older than these names.
    return "session:" + hashlib.sha256(session.session_key.encode()).hexdigest()[:32]


def name_anew(session: SessionBase, *, source: str = "") -> str:
    """Name a session, or let it keep the name ``source``; return what ``source_of`` will."""
    session[_NAME] = source.removeprefix("session:") or secrets.token_urlsafe(12)
    return source_of(session)
