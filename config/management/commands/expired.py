"""``./streamit expired``."""

import asyncio
from typing import Any

from django.core.management.base import CommandParser

from config import retention, wiring
from config.commands import OperatorCommand
from core import live
from library.storage import registry


class Command(OperatorCommand):
    help = "Show what is no longer needed and will be removed within an hour; --remove does it now."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--remove", action="store_true", help="remove it now")

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell of each rule what is due by it; raise CommandError."""
        for rule in retention.RULES:
            due = rule.due()
            self.say(f"{due.count:6}  {rule.name} ({rule.when})")
            for example in due.examples:
                self.say(f"        {example}")
            if due.count > len(due.examples):
                self.say(f"        and {due.count - len(due.examples)} more")
        if options["remove"]:
            wiring.connect()
            for name, count in asyncio.run(_remove()).items():
                self.say(f"Removed {count}: {name}")


async def _remove() -> dict[str, int]:
    try:
        return await retention.remove_all()
    finally:
        await live.close()
        await registry.close()
