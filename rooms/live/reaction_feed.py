"""Reactions of one room: counted here, sent to everyone four times a second, never stored."""

import json
import time
from collections import Counter

from django.conf import settings

from core.coalescing import Coalesced
from core.errors import RateLimited
from rooms import bus
from rooms.protocol import MAX_REACTION_KINDS
from rooms.server_messages import Reactions
from server.token_bucket import TokenBucket

SEND_EVERY_S = 0.25
# Pressing is quicker than writing: twice the burst of the chat, and one a second.
BURST = 10
PER_SECOND = 1.0
# After this long without a reaction, the bucket is full again.
FORGOTTEN_AFTER_S = BURST / PER_SECOND


class TooManyReactions(RateLimited):
    message = "You are reacting too fast. Try again in a moment."


class ReactionFeed:
    """The reactions of one room, as one process counts and receives them."""

    def __init__(self, code: str) -> None:
        self._code = code
        # Pressed here and not published yet; received from all processes and not sent yet.
        self._pressed: Counter[str] = Counter()
        self._heard: Counter[str] = Counter()
        self._buckets: dict[str, tuple[float, TokenBucket]] = {}

    def press(self, person: str, emoji: str, *, publishing: Coalesced) -> None:
        """Count one reaction and have it published; raise TooManyReactions.

        The limit is kept in this process: a round trip to Redis for each reaction would cost
        more than sending it.
        """
        if settings.RATE_LIMITS:
            now_s = time.monotonic()
            fresh = TokenBucket(burst=BURST, per_second=PER_SECOND, now_s=now_s)
            bucket = self._buckets.get(person, (now_s, fresh))[1]
            self._buckets[person] = (now_s, bucket)
            if not bucket.take(now_s):
                raise TooManyReactions(retry_after_s=1 / PER_SECOND)
        self._pressed[emoji] += 1
        publishing.request()

    async def publish(self) -> None:
        """Publish what was pressed here to all processes, including this one."""
        counts, self._pressed = self._pressed, Counter()
        self._drop_idle()
        await bus.publish(self._code, "reactions", text=json.dumps(counts))

    def receive(self, text: str) -> None:
        """Add the counts that a process has published."""
        self._heard.update(json.loads(text))

    def news(self) -> Reactions:
        """Return what was received since the last call, to be sent now."""
        counts, self._heard = self._heard, Counter()
        return Reactions(counts=dict(counts.most_common(MAX_REACTION_KINDS)))

    def _drop_idle(self) -> None:
        before_s = time.monotonic() - FORGOTTEN_AFTER_S
        self._buckets = {who: kept for who, kept in self._buckets.items() if kept[0] > before_s}
