"""Who appears in the tests of accounts, and what they carry."""

from asgiref.sync import sync_to_async
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts import services
from accounts.models import User

PASSWORD = "a long enough password"
CSRF = "c" * 32


@sync_to_async
def guest(name: str = "Ann") -> User:
    """Create a guest."""
    return services.create_guest(display_name=name)


async def registered(email: str = "bob@example.org", name: str = "Bob") -> User:
    """Create an account whose password is PASSWORD."""
    return await services.register(email=email, password=PASSWORD, display_name=name, guest_id=None)


@sync_to_async
def session_of(user: User) -> str:
    """Return the key of a new session in which ``user`` is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
