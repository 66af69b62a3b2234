"""The rows of rooms. What is live (position, who is present) is in Redis."""

import re
import secrets
import uuid

from django.conf import settings
from django.db import models

from accounts.address import MARK_LENGTH
from core.folded_columns import FoldedField, length_beside
from core.text import TITLE_MAX, normalized
from playback.commands import Control, Wait
from playback.sources.base import MediaType, SourceKey
from rooms.lifecycle import Status
from rooms.protocol import QueueAdding, QueueOrder

# No vowels and no look-alikes: a code can be read aloud and spells no words.
CODE_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
CODE_LENGTH = 10
NAME_FOLDED_MAX = length_beside(TITLE_MAX)


def new_code() -> str:
    """Return a fresh room code: 10 of 27 characters, about 47 bits."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def read_code(text: str) -> str:
    """Read a code as people write it: in capitals, in groups, in full width, with text beside it.

    web/src/router.ts does the same; tests/vectors/codes.json has examples.
    """
    return re.sub("[^a-z0-9]", "", normalized("NFKC", text).lower())


class Visibility(models.TextChoices):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class EntryRule(models.TextChoices):
    OPEN = "open"
    PASSWORD = "password"  # noqa: S105 - the rule's name
    APPROVAL = "approval"


class Room(models.Model):
    """One room. ``version`` grows with every change that its sockets must get."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=TITLE_MAX)
    name_folded = FoldedField(max_length=NAME_FOLDED_MAX, of="name")
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hosted_rooms"
    )
    visibility = models.CharField(
        max_length=8, choices=Visibility.choices, default=Visibility.UNLISTED
    )
    entry = models.CharField(max_length=8, choices=EntryRule.choices, default=EntryRule.OPEN)
    password_hash = models.CharField(max_length=128, blank=True)
    capacity = models.PositiveIntegerField()
    chat_open = models.BooleanField(default=True)
    slow_mode_s = models.PositiveSmallIntegerField(default=0)
    succession = models.BooleanField(default=True)
    # Kept rooms stay with their host and do not end by themselves.
    kept = models.BooleanField(default=False)
    # The start time, if the host has set one.
    starts_at = models.DateTimeField(null=True)
    status = models.CharField(
        max_length=7, choices=[(s.value, s.value) for s in Status], default=Status.CREATED
    )
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    # When it ended; it is removed some time later (rooms.upkeep.retention).
    ended_at = models.DateTimeField(null=True, db_index=True)

    playback_provider = models.CharField(max_length=32, blank=True)
    playback_external_id = models.CharField(max_length=128, blank=True)
    playback_media_type = models.CharField(
        max_length=5, blank=True, choices=[(m.value, m.value) for m in MediaType]
    )
    playback_season = models.PositiveIntegerField(null=True)
    playback_episode = models.PositiveIntegerField(null=True)

    control = models.CharField(
        max_length=8, choices=[(c.value, c.value) for c in Control], default=Control.HOST
    )
    wait = models.CharField(
        max_length=6, choices=[(w.value, w.value) for w in Wait], default=Wait.OFF
    )
    wait_timeout_s = models.PositiveSmallIntegerField(default=10)
    # The version of the queue that is kept in QueuedWork; the queue itself is in Redis.
    queue_version = models.PositiveBigIntegerField(default=0)
    queue_order = models.CharField(
        max_length=8, choices=[(o.value, o.value) for o in QueueOrder], default=QueueOrder.MANUAL
    )
    queue_adding = models.CharField(
        max_length=12,
        choices=[(a.value, a.value) for a in QueueAdding],
        default=QueueAdding.CONTROLLERS,
    )
    queue_skipping = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["status", "visibility", "-created_at"], name="room_public_list")
        ]

    @property
    def source_key(self) -> SourceKey | None:
        """The work this room plays, or None when nothing is chosen."""
        if not self.playback_provider:
            return None
        return SourceKey(
            provider=self.playback_provider,
            media_type=MediaType(self.playback_media_type),
            external_id=self.playback_external_id,
            season=self.playback_season,
            episode=self.playback_episode,
        )

    def set_source_key(self, key: SourceKey | None) -> None:
        """Choose the work this room plays; the caller saves."""
        self.playback_provider = key.provider if key else ""
        self.playback_external_id = key.external_id if key else ""
        self.playback_media_type = key.media_type if key else ""
        self.playback_season = key.season if key else None
        self.playback_episode = key.episode if key else None


class MembershipStatus(models.TextChoices):
    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"
    KICKED = "kicked"
    BANNED = "banned"


class Membership(models.Model):
    """What a room has decided about one person."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    admission = models.CharField(max_length=8, choices=MembershipStatus.choices)
    cohost = models.BooleanField(default=False)
    muted = models.BooleanField(default=False)
    # Tickets and resume tokens from before this time no longer open the room.
    expelled_at = models.DateTimeField(null=True)
    # When someone who waits is taken off the list unless they ask again; in room time.
    waits_until = models.DateTimeField(null=True)
    # A mark of the address they asked from (``accounts.address.mark_of``), if guests may join.
    came_from = models.CharField(max_length=MARK_LENGTH, default="")
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_membership_each")]
        # There are few co-hosts, and they are looked up after every revocation.
        indexes = [models.Index("user", name="cohosts", condition=models.Q(cohost=True))]


class QueuedWork(models.Model):
    """An item of a room's queue: its work, its place, and who added it."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="queue")
    item = models.CharField(max_length=64)
    number = models.PositiveSmallIntegerField()
    # Deleting an account also deletes what it has added.
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    provider = models.CharField(max_length=32)
    external_id = models.CharField(max_length=128)
    media_type = models.CharField(max_length=5, choices=[(m.value, m.value) for m in MediaType])
    season = models.PositiveIntegerField(null=True)
    episode = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["provider", "external_id"], name="room_queue_by_work")]
