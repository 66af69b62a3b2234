"""One scheduler per process: it does what is due in any room, whichever process has its sockets.

That is deadlines that have passed, leases that were not renewed, changes that were interrupted, and
restoring deadlines that Redis has lost. All of it needs the database, which may hang. So it runs in
a task of its own; the hub, which renews the leases of its sockets, only waits for Redis.
"""

import asyncio

import structlog
from django.conf import settings
from django.db import Error as DatabaseFailure

from core.errors import StreamItError
from playback.clock import monotonic_s, room_clock
from rooms.stores import rebuild_marker
from rooms.upkeep import reconcile, transitions, wrong_types

log = structlog.get_logger(__name__)

EVERY_S = 1.0
REBUILD_CHECK_EVERY_S = 10.0


class Scheduler:
    """Works while Redis answers; the hub says when it does."""

    def __init__(self) -> None:
        # When Redis began to answer without a break. Leases may expire only after it has
        # answered for the length of a lease: before that nobody could renew them.
        self._reachable_since_s: float | None = None
        # When the hub last renewed the leases of our own sockets. If the whole process was
        # frozen, or the machine suspended, the hub must renew them before we expire any.
        self._renewed_at_s = float("-inf")
        self._is_rebuild_due = True
        self._is_marker_missing = False
        self._marker_checked_at_s = float("-inf")

    def leases_are_renewed(self, *, at_s: float) -> None:
        """Note that our own leases were renewed at ``at_s`` (``monotonic_s``)."""
        self._renewed_at_s = at_s

    def redis_answers(self) -> None:
        """Note that Redis answers."""
        if self._reachable_since_s is None:
            self._reachable_since_s = monotonic_s()

    def redis_is_away(self) -> None:
        """Note that Redis does not answer. It may have lost everything."""
        self._reachable_since_s = None
        self._is_rebuild_due = True

    async def work(self) -> None:
        """Do what is due once a second, for ever."""
        while True:
            try:
                if await wrong_types.discard():
                    self._is_rebuild_due = True
                await self.run_due()
            except asyncio.CancelledError:
                raise
            except StreamItError:
                # The hub says that Redis is away.
                pass
            except DatabaseFailure:
                log.warning("due work postponed, the database is away")
            except Exception:
                log.exception("due work failed")
            await asyncio.sleep(EVERY_S)

    async def run_due(self) -> None:
        """Do everything that is due, or nothing while Redis is away."""
        if self._reachable_since_s is None:
            return
        clock = await room_clock()
        if self._is_rebuild_due or await self._is_marker_lost():
            self._is_rebuild_due = False
            try:
                await transitions.rebuild_deadlines()
            except BaseException:
                self._is_rebuild_due = True
                raise
        may_expire_leases = self._may_expire_leases()
        await transitions.sweep(now_ms=clock.now_ms(), may_expire_leases=may_expire_leases)
        await reconcile.sweep(now_ms=clock.now_ms())

    def _may_expire_leases(self) -> bool:
        lease_s, since_s = settings.PRESENCE_LEASE.total_seconds(), self._reachable_since_s
        return (
            since_s is not None
            and monotonic_s() - since_s > lease_s
            and monotonic_s() - self._renewed_at_s < lease_s
        )

    async def _is_marker_lost(self) -> bool:
        """Tell whether Redis was emptied, and everyone has had time to renew their leases since."""
        if monotonic_s() - self._marker_checked_at_s < REBUILD_CHECK_EVERY_S:
            return False
        self._marker_checked_at_s = monotonic_s()
        was_missing, self._is_marker_missing = (
            self._is_marker_missing,
            not await rebuild_marker.is_set(),
        )
        return was_missing and self._is_marker_missing
