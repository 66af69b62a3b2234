"""``./streamit admin``: invite codes, which people need to sign up on an invite-only server."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandError

from accounts import invites
from accounts.models import KEY_NAME_MAX
from config.operator.actions import Action, Argument, Say, show
from config.setting_types import parse_positive_duration
from core.database import in_database
from core.text import clean_line

Options = dict[str, Any]


async def _make(say: Say, options: Options) -> None:
    if not 1 <= options["uses"] <= 10_000:
        raise CommandError("--uses: must be from 1 to 10000")
    try:
        lasting = parse_positive_duration(options["valid"])
    except ValueError as error:
        raise CommandError(f"--valid: {error}") from None
    note = options["note"]
    try:
        note = note and clean_line(note, at_most=KEY_NAME_MAX)
    except ValueError as error:
        raise CommandError(f"--note: {error}") from None
    _, code = await in_database(invites.make)(uses=options["uses"], valid=lasting, note=note)
    say(code)
    where = settings.PUBLIC_URL
    if not where:
        where = "STREAMIT_PUBLIC_URL is not set; add this to the address that people use: "
    say(f"{where}/sign-in?invite={code}")
    if settings.SIGN_UP == "open":
        say("STREAMIT_SIGN_UP is open, so nobody needs a code")
    elif settings.SIGN_UP == "closed":
        say("STREAMIT_SIGN_UP is closed, so nobody can use a code")


async def _list(say: Say, options: Options) -> None:
    rows = await in_database(lambda: list(invites.good()))()
    show(
        say,
        (
            (
                str(invite.pk),
                f"{invite.uses_left} left",
                f"{invite.expires_at:%Y-%m-%d %H:%M} UTC",
                invite.note,
            )
            for invite in rows
        ),
        none="There are no invites.",
    )


async def _revoke(say: Say, options: Options) -> None:
    try:
        found = await in_database(invites.revoke)(UUID(options["id"]))
    except ValueError:
        found = False
    if not found:
        raise CommandError(f"There is no invite {options['id']}.")
    say(f"revoke-invite: {options['id']}")


ACTIONS = [
    Action(
        "invite",
        "make an invite code and print it; it is shown once",
        _make,
        (
            Argument(
                "--uses",
                {"type": int, "default": 1, "help": "how many accounts it can make (%(default)s)"},
            ),
            Argument("--valid", {"default": "7d", "help": "how long it can be used (%(default)s)"}),
            Argument("--note", {"default": "", "help": "who it is for, shown by invites"}),
        ),
    ),
    Action("invites", "list the invites that can still be used", _list),
    Action(
        "revoke-invite",
        "revoke an invite, so that nobody can use it",
        _revoke,
        (Argument("id", {"metavar": "ID"}),),
    ),
]
