"""People. Nothing about what they watch is stored here."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.folded_columns import FoldedField, length_beside
from core.folding import searched
from core.text import DISPLAY_NAME_MAX

KEY_NAME_MAX = 60
AGENT_MAX = 200
ADDRESS_MAX = 64


NAME_FOLDED_MAX = length_beside(DISPLAY_NAME_MAX)


def name_columns(display_name: str) -> dict[str, str]:
    """Return the columns of a name, for ``QuerySet.update``."""
    return {"display_name": display_name, "name_folded": searched(display_name, NAME_FOLDED_MAX)}


class User(AbstractBaseUser):
    """A guest, known by name only, or someone with email address and password.

    ``email`` is stored in lower case, so that its uniqueness ignores case.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(null=True, unique=True)
    display_name = models.CharField(max_length=DISPLAY_NAME_MAX)
    name_folded = FoldedField(max_length=NAME_FOLDED_MAX, of="display_name")
    is_guest = models.BooleanField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_active = models.BooleanField(default=True)
    # May use the whole admin site at /admin/.
    is_staff = models.BooleanField(default=False)
    # Raised when the owner signs out everywhere, which revokes everything issued before.
    epoch = models.PositiveIntegerField(default=0)
    # Since when the account is being deleted with everything it owns.
    leaving_at = models.DateTimeField(null=True, db_index=True)
    # Removes a column of AbstractBaseUser that nobody reads.
    last_login = None

    objects = BaseUserManager()

    USERNAME_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(is_guest=True, email__isnull=True)
                | models.Q(is_guest=False, email__isnull=False),
                name="user_is_guest_or_has_email",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Tell the admin site whether it may be used; there are no finer permissions."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """Tell the admin site the same about a whole package."""
        return self.is_active and self.is_staff

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Sessions and access tokens contain it, and end when it changes.
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        value = f"{self.password}#{self.epoch}" if self.epoch else self.password
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()


class ApiKey(models.Model):
    """An API key of a program; only its SHA-256 is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=KEY_NAME_MAX)
    # Its first characters, so that its owner can tell it from others.
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"


class Invite(models.Model):
    """An invite for making an account; only the SHA-256 of its code is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    # The operator's note about who it is for.
    note = models.CharField(max_length=KEY_NAME_MAX, blank=True)
    uses_left = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.note or str(self.id)


class SignIn(models.Model):
    """A browser in which a person is signed in, as shown in their list of devices."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    # The name of its session as the source of grants.
    source = models.CharField(max_length=100, unique=True)
    session_key = models.CharField(max_length=40)
    # The browser's user agent, and the address where it was last seen.
    agent = models.CharField(max_length=AGENT_MAX, blank=True)
    address = models.CharField(max_length=ADDRESS_MAX, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-last_used_at", "-id"]

    def __str__(self) -> str:
        return self.source


class EndedGrant(models.Model):
    """A session, API key or account epoch that has ended, with everything that depends on it."""

    name = models.CharField(max_length=100, primary_key=True)
    ended_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class SecurityLine(models.Model):
    """A line for the security log, stored in the transaction of the change."""

    event = models.CharField(max_length=40)
    facts = models.JSONField()

    def __str__(self) -> str:
        return self.event
