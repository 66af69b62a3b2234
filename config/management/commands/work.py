"""``./streamit work``: one worker, which converts films for browsers."""

import asyncio
import signal
from argparse import ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from config import wiring
from config.commands import OperatorCommand
from core import live
from library.storage import registry
from media.ffmpeg import Ffmpeg
from media.plan import FEWEST_LINES, Way
from processing import processors
from processing.queue import Choice
from processing.worker import Worker

NOTHING_TO_DO = 3
LAST_RESORT_S = 15
# Long enough for a job to be given back (processing.worker).
CANCELLED_AGAIN_S = 4.0


class Command(OperatorCommand):
    help = "Convert films for browsers, for servers on this or another machine."
    needs_redis = True

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--once",
            action="store_true",
            help=f"do one job and exit; code {NOTHING_TO_DO} if there was none",
        )
        parser.add_argument(
            "--idle",
            action="store_true",
            help="use only processor time that nothing else wants",
        )
        parser.add_argument(
            "--kinds",
            type=_ways,
            default=frozenset(Way),
            help=f"which jobs to take, comma-separated (default: {','.join(Way)})",
        )
        parser.add_argument(
            "--max-height", type=_lines, help="leave films with more lines than this to others"
        )

    def handle(
        self,
        *,
        once: bool,
        idle: bool,
        kinds: frozenset[Way],
        max_height: int | None,
        **_options: Any,
    ) -> None:
        wiring.check_secret_key()
        # Who wants to hear of what is made is told by whoever makes it.
        wiring.connect()
        ffmpeg = Ffmpeg.found(settings.FFMPEG, is_idle=idle)
        worker = Worker(settings.SCRATCH, ffmpeg, Choice(kinds, max_height), processors.chosen())
        if not asyncio.run(_work(worker, once=once)):
            raise SystemExit(NOTHING_TO_DO)


def _ways(text: str) -> frozenset[Way]:
    try:
        return frozenset(Way(word) for word in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{text} is not made of: {', '.join(Way)}") from None


def _lines(text: str) -> int:
    # No film is lower, so the worker would wait for ever.
    if not (text.isdecimal() and text.isascii() and int(text) >= FEWEST_LINES):
        raise ArgumentTypeError(f"{text} is not a number of lines from {FEWEST_LINES} on")
    return int(text)


async def _work(worker: Worker, *, once: bool) -> bool:
    """Work until SIGTERM or SIGINT, or once; tell whether there was anything to do."""
    working = asyncio.ensure_future(worker.work() if once else _always(worker))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end, working)
    try:
        return await working
    except asyncio.CancelledError:
        return True
    finally:
        await live.close()
        await registry.close()


def _end(working: asyncio.Future[bool]) -> None:
    # Nobody handles SIGALRM, so the kernel ends a process that hangs, and the lease of its job
    # ends by itself.
    signal.alarm(LAST_RESORT_S)
    _cancel(working)


def _cancel(working: asyncio.Future[bool]) -> None:
    """Cancel ``working``, and again later: redis-py can swallow it while it connects."""
    if not working.done():
        working.cancel()
        asyncio.get_running_loop().call_later(CANCELLED_AGAIN_S, _cancel, working)


async def _always(worker: Worker) -> bool:
    await worker.run()
    return True
