"""API keys for programs: shown once; only their SHA-256 is stored.

A key has 256 random bits, so a plain digest is enough: unlike a password it cannot be guessed.
Everything here blocks: call it from a worker thread.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import grants, security_log, services
from accounts.models import ApiKey, User
from accounts.principal import Principal, refuse_keys
from core.database import unless_full
from core.errors import Conflict, NotAuthenticated, NotFound

_MARK = "streamit_"
_SHOWN_CHARACTERS = len(_MARK) + 6
MAX_KEYS = 50
# The last use is stored only this often, to save writes for busy programs.
_COARSE = timedelta(minutes=10)


class BadKey(NotAuthenticated):
    code = "bad_key"
    message = "The API key is wrong or was revoked."


class KeyNotFound(NotFound):
    message = "There is no such API key."


class TooManyKeys(Conflict):
    code = "too_many_keys"
    message = f"There are {MAX_KEYS} API keys already, which is the limit. Revoke one first."


def create(*, owner: Principal, name: str) -> tuple[ApiKey, str]:
    """Make a key; return its row, and the key, which cannot be read again.

    Raises Forbidden if the request itself uses a key.
    """
    refuse_keys(owner, "make another")
    text = _MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        # Locks out other requests of the same person, so that the limit is exact.
        services.hold(owner.user_id)
        if ApiKey.objects.filter(owner_id=owner.user_id).count() >= MAX_KEYS:
            raise TooManyKeys
        row = ApiKey.objects.create(
            owner_id=owner.user_id,
            name=name,
            prefix=text[:_SHOWN_CHARACTERS],
            digest=_digest(text),
        )
        security_log.note("API key made", account=owner.user_id, key=str(row.pk))
    return row, text


def of(owner: Principal) -> list[ApiKey]:
    """Return a person's keys, newest first."""
    return list(ApiKey.objects.filter(owner_id=owner.user_id))


def revoke(*, owner: Principal, key_id: UUID) -> None:
    """Revoke a key; raise KeyNotFound, also for someone else's key.

    Call ``core.recheck.trigger`` afterwards, so that everything issued for it ends. Raises
    Forbidden if the request uses another key: a stolen key must not revoke the others.
    """
    if owner.grant.source != source_of(key_id):
        refuse_keys(owner, "revoke another")
    with transaction.atomic():
        if not ApiKey.objects.filter(pk=key_id, owner_id=owner.user_id).delete()[0]:
            raise KeyNotFound
        grants.end(source_of(key_id))
        security_log.note("API key revoked", account=owner.user_id, key=str(key_id))


def source_of(key_id: UUID) -> str:
    """Return the name of a key as the source of grants."""
    return f"key:{key_id}"


def holder(text: str) -> tuple[User, str]:
    """Return the user of a key, and its source; raise BadKey."""
    keys = ApiKey.objects.select_related("owner")
    key = keys.filter(digest=_digest(text), owner__is_active=True).first()
    if key is None:
        raise BadKey
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - _COARSE:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _COARSE)
        with unless_full():
            ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    return key.owner, source_of(key.pk)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
