"""``manage.py audit``: whether storage and database agree on which videos there are."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from library.audit import Findings, audit
from library.storage import registry


class Command(BaseCommand):
    help = "List bytes that belong to no video, and videos whose bytes are gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--remove", action="store_true", help="delete the bytes that belong to no video"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found; exit with 1 when something is left that does not fit."""
        found = asyncio.run(self._audit(remove=options["remove"]))
        verb = "removed" if options["remove"] else "belongs to no video"
        for name, key in found.orphans:
            self.stdout.write(f"{verb}: {name} {key}")
        for part in found.parts:
            self.stdout.write(f"{verb}: uploads/{part}")
        for name, key in found.missing:
            self.stdout.write(f"bytes are gone: {name} {key}")
        for name in found.silent:
            self.stdout.write(f"does not answer: {name}")
        if not found:
            self.stdout.write("storage and database agree")
        left = found.missing or found.silent or (found and not options["remove"])
        if left:
            raise SystemExit(1)

    async def _audit(self, *, remove: bool) -> Findings:
        try:
            return await audit(remove=remove)
        finally:
            await registry.close()
