"""``./streamit check-processor``."""

import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from config import wiring
from config.commands import OperatorCommand
from config.processor_check import Check, CheckFailed
from core import live
from library.storage import registry
from processing.options import HttpOptions


class Command(OperatorCommand):
    help = (
        "Test the processing service of STREAMIT_PROCESSOR=http: convert a film, fail, retry, and"
        " print all events. A server and a worker must run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--patience-s",
            type=float,
            default=600,
            help="how many seconds each film may take (default: 600)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; raise CommandError when something is not as it should be."""
        service: HttpOptions | None = settings.PROCESSOR
        if service is None:
            raise CommandError("STREAMIT_PROCESSOR: is local, so there is no service to check")
        wiring.connect()
        try:
            asyncio.run(self._run(service, options["patience_s"]))
        except CheckFailed as error:
            raise CommandError(str(error)) from None

    async def _run(self, service: HttpOptions, patience_s: float) -> None:
        check = Check(self.say, service, patience_s)
        try:
            await check.run()
        finally:
            await live.close()
            await registry.close()
