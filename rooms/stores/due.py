"""Claiming what is due in a sorted set whose scores are times."""

from pathlib import Path

from core import live
from core.live_scripts import Scripts

# Something claimed by a process that died is due again after this.
CLAIM_MS = 5_000.0

_scripts = Scripts(Path(__file__).parent / "scripts")


async def claim(key: str, now_ms: float, at_most: int) -> list[str]:
    async with live.reaching_redis("deadlines") as redis:
        claimed = await _scripts.bind(redis, "claim")(
            keys=[key], args=[now_ms, now_ms + CLAIM_MS, at_most]
        )
    return [str(member) for member in claimed]
