"""Sessions in the database, looked up only by keys that could be ours."""

from typing import Any

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's, but a made-up key (a quoted cookie may hold NUL) never gets to PostgreSQL."""

    def _validate_session_key(self, key: Any) -> bool:
        return bool(super()._validate_session_key(key)) and key.isalnum()  # type: ignore[misc]
