"""Hashing passwords, a few at a time: argon2 takes 100 MB and 0.1 s for each.

Call these from a worker thread, never from the event loop.
"""

import threading

from django.contrib.auth import hashers

# Without this, 20 people signing in at once would take 2 GB.
_slots = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """Return the hash of ``password`` in the form in which it is stored."""
    with _slots:
        return hashers.make_password(password)


def password_matches(password: str, stored: str | None) -> bool:
    """Tell whether ``password`` is the stored one; as slow when there is no stored one."""
    with _slots:
        # Django hashes once for an unusable stored value, to hide that there is nothing.
        return hashers.check_password(password, stored or hashers.UNUSABLE_PASSWORD_PREFIX)
