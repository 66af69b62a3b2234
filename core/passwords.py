"""Hashing passwords, two at a time: argon2 takes 100 MB and 0.1 s for each.

In threads of their own, so that people who sign in keep nobody else from the database.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth import hashers

# Without a bound, 20 people signing in at once would take 2 GB.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="hashing")


async def hash_password(password: str) -> str:
    """Return the hash of ``password`` in the form in which it is stored."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, hashers.make_password, password)


async def password_matches(password: str, stored: str | None) -> bool:
    """Tell whether ``password`` is the stored one; as slow when there is no stored one."""
    # Django hashes once for an unusable stored value, to hide that there is nothing.
    stored = stored or hashers.UNUSABLE_PASSWORD_PREFIX
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, hashers.check_password, password, stored)
