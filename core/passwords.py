"""Hashing passwords, two at a time: argon2 takes 46 MiB and 0.05 s for each.

In threads of their own, so that people who sign in keep nobody else from the database.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.contrib.auth import hashers

from core.turns import Turns

# Without a bound, 20 people signing in at once would take a gigabyte.
_AT_ONCE = 2
_threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="hashing")
# By address: a house, or a school, may sign in at the same time.
HASHING = Turns(at_once=_AT_ONCE, of_one=_AT_ONCE, most_waiting=500, most_waiting_of_one=60)


class Argon2Hasher(hashers.Argon2PasswordHasher):
    """argon2id in one thread, where Django takes eight: on two cores they are the rooms' too.

    The OWASP Password Storage Cheat Sheet takes this for as strong as its other choices:
    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
    """

    time_cost = 1
    memory_cost = 47104
    parallelism = 1


async def hash_password(password: str) -> str:
    """Return the hash of ``password`` as it is stored; raise Busy."""
    return await HASHING.do(partial(hashers.make_password, password), threads=_threads)


async def password_matches(password: str, stored: str | None) -> bool:
    """Tell whether ``password`` is the stored one; as slow when there is no stored one.

    Raises Busy.
    """
    # Django hashes once for an unusable stored value, to hide that there is nothing.
    stored = stored or hashers.UNUSABLE_PASSWORD_PREFIX
    check = partial(hashers.check_password, password, stored)
    return await HASHING.do(check, threads=_threads)
