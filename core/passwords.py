"""Hashing passwords, two at a time, because argon2 takes 46 MiB and 0.05 s for each.

It has its own threads, so that people who sign in do not keep others from the database.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.contrib.auth import hashers

from core.fair_queue import FairQueue

# Without a limit, 20 people signing in at once would take a gigabyte.
_AT_ONCE = 2
_threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="hashing")
# The owner of a hash is an address, and a whole school may sign in at the same time.
HASHING = FairQueue(at_once=_AT_ONCE, of_one=_AT_ONCE, most_waiting=500, most_waiting_of_one=60)


class Argon2Hasher(hashers.Argon2PasswordHasher):
    """argon2id in one thread instead of Django's eight, because rooms need the cores too.

    The OWASP Password Storage Cheat Sheet lists this as one of several equally strong choices:
    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
    """

    time_cost = 1
    memory_cost = 47104
    parallelism = 1


async def hash_password(password: str) -> str:
    """Return the hash of ``password`` for storing; raise Busy."""
    return await HASHING.do(partial(hashers.make_password, password), threads=_threads)


async def password_matches(password: str, stored: str | None) -> bool:
    """Tell whether ``password`` matches the stored hash; takes as long if there is no hash.

    Raises Busy.
    """
    # Django also hashes once for an unusable stored value, to hide that there is none.
    stored = stored or hashers.UNUSABLE_PASSWORD_PREFIX
    check = partial(hashers.check_password, password, stored)
    return await HASHING.do(check, threads=_threads)
