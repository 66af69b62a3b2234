"""``./streamit admin``."""

import argparse
import asyncio
from typing import Any

from django.core.management.base import CommandParser

from config import wiring
from config.commands import OperatorCommand
from config.operator import invitations, people, rooms, videos
from config.operator.actions import Action
from core import live, recheck
from library.storage import registry

ACTIONS = [*people.ACTIONS, *videos.ACTIONS, *rooms.ACTIONS, *invitations.ACTIONS]


class Command(OperatorCommand):
    help = "Look after people, videos, rooms and invites, also while StreamIt runs."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for action in ACTIONS:
            each = actions.add_parser(action.name, help=action.help, description=action.help)
            self.add_data(each, default=argparse.SUPPRESS)
            for argument in action.arguments:
                each.add_argument(argument.name, **argument.options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; raise CommandError."""
        wiring.connect()
        asyncio.run(self._run(next(a for a in ACTIONS if a.name == options["action"]), options))

    async def _run(self, action: Action, options: dict[str, Any]) -> None:
        try:
            await action.run(self.say, options)
        finally:
            # Servers log what was done, and some of it nobody has to look for otherwise.
            await recheck.trigger()
            await live.close()
            await registry.close()
