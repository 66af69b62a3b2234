"""Sessions in the database, looked up only by valid keys."""

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
# The day on which a session was last renewed.
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
        """Make a new key; ``save`` inserts the row."""
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
        """Return the row to insert for a new session."""
        if not self._is_new:
            self.create()
        return cast("Session", self.create_model_instance(self._held()))

    def note_stored(self) -> None:
        """Note that its row is up to date."""
        self._is_new = False
        self._stored = self.session_key, copy.deepcopy(self._held())

    def is_stored(self) -> bool:
        """Tell whether its row is up to date."""
        return self._stored is not None and self._stored == (self.session_key, self._held())

    def _held(self) -> dict[str, Any]:
        return dict(self._get_session())  # type: ignore[attr-defined]

    def _get_new_session_key(self) -> str:
        # Inserting it shows whether it is free. Django asks the system for each letter.
        return secrets.token_hex(16)

    def _validate_session_key(self, key: Any) -> bool:
        return bool(super()._validate_session_key(key)) and key.isalnum()  # type: ignore[misc]


def insert(sessions: Iterable[SessionBase]) -> None:
    """Insert new sessions in one query. Blocks."""
    stores = [cast("SessionStore", each) for each in sessions]
    Session.objects.bulk_create([each.new_row() for each in stores])
    for each in stores:
        each.note_stored()


def renew(session: SessionBase) -> None:
    """Renew a session that is in use, once a day. Blocks.

    Otherwise a guest who comes every day would lose their account with their first session.
    """
    today = timezone.now().date().isoformat()
    if session.get(_RENEWED) == today:
        return
    session[_RENEWED] = today
    # The middleware must not store it again if this fails. Being signed out meanwhile is no error.
    session.modified = False
    with contextlib.suppress(UpdateError):
        session.save()
        session.modified = True


def source_of(session: SessionBase) -> str:
    """Return the name of a session as the source of grants; "" if nobody is signed in.

    It stays the same when the session gets a new key, and does not reveal the key.
    """
    if name := session.get(_NAME):
        return f"session:{name}"
    if session.session_key is None:
        return ""
    # A session from before these names existed.
    return "session:" + hashlib.sha256(session.session_key.encode()).hexdigest()[:32]


def name_anew(session: SessionBase, *, source: str = "") -> str:
    """Name a session, or let it keep the name ``source``; return what ``source_of`` will."""
    session[_NAME] = source.removeprefix("session:") or secrets.token_urlsafe(12)
    return source_of(session)
