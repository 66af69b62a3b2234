"""Makes accounts directly in the database, so that benches do not measure that.

Run as ``python -m bench.rig.people COUNT`` with the server's settings. Prints a JSON array of
``[id, access token]``.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from bench.rig import beside


@dataclass(frozen=True, slots=True)
class Somebody:
    """One account and its access token."""

    id: str
    token: str


def make(
    count: int, environment: Mapping[str, str], run: beside.Run = beside.run_anew
) -> list[Somebody]:
    """Make ``count`` guests in the database that ``environment`` names."""
    made = beside.told("bench.rig.people", count, environment=environment, run=run)
    return [Somebody(*pair) for pair in made]


def main() -> None:
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password

    from accounts import tokens
    from accounts.models import User

    users = [
        User(display_name=f"Guest {n}", is_guest=True, password=make_password(None))
        for n in range(int(sys.argv[1]))
    ]
    User.objects.bulk_create(users, batch_size=500)
    json.dump([[str(user.pk), tokens.issue(user)] for user in users], sys.stdout)


if __name__ == "__main__":
    main()
