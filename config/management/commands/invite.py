"""``manage.py invite``: codes by which people make an account where sign-up is by invitation."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import invites
from accounts.models import KEY_NAME_MAX
from config.setting_types import parse_duration
from core.text import clean_line


class Command(BaseCommand):
    help = "Make an invite code, list those that are good, or revoke one."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        make = actions.add_parser("make", help="make a code and print it; it is shown once")
        make.add_argument("--uses", type=int, default=1, help="for so many accounts (%(default)s)")
        make.add_argument("--valid", default="7d", help="for so long (%(default)s)")
        make.add_argument("--note", default="", help="for whom it is")
        actions.add_parser("list", help="list the invites that can still be used")
        revoke = actions.add_parser("revoke", help="let nobody use an invite any more")
        revoke.add_argument("id", help="as list shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; raise CommandError for what makes no sense."""
        match options["action"]:
            case "make":
                self._make(options["uses"], options["valid"], options["note"])
            case "list":
                for invite in invites.good():
                    until = f"{invite.expires_at:%Y-%m-%d %H:%M} UTC"
                    self.stdout.write(
                        f"{invite.pk}  {invite.uses_left} left  {until}  {invite.note}"
                    )
            case "revoke":
                self._revoke(options["id"])

    def _make(self, uses: int, valid: str, note: str) -> None:
        if not 1 <= uses <= 10_000:
            raise CommandError("--uses: must be from 1 to 10000")
        try:
            lasting: timedelta = parse_duration(valid)
        except ValueError as error:
            raise CommandError(f"--valid: {error}") from None
        try:
            note = note and clean_line(note, at_most=KEY_NAME_MAX)
        except ValueError as error:
            raise CommandError(f"--note: {error}") from None
        _, code = invites.make(uses=uses, valid=lasting, note=note)
        self.stdout.write(code)
        self.stdout.write(f"{settings.PUBLIC_URL}/sign-in?invite={code}")
        if settings.SIGN_UP != "invite":
            self.stderr.write(f"STREAMIT_SIGN_UP is {settings.SIGN_UP}: nobody is asked for a code")

    def _revoke(self, text: str) -> None:
        try:
            found = invites.revoke(UUID(text))
        except ValueError:
            found = False
        if not found:
            raise CommandError(f"There is no invite {text}.")
