"""A worker, a service elsewhere and a server that it calls back, in the test's own process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr

from config.asgi import route
from core import signing
from library.models import Video
from media.ffmpeg import Ffmpeg
from processing import processors
from processing.models import Job
from processing.options import HttpOptions
from processing.states import Status
from processing.worker import Worker
from tests.processing.rows import lapse
from tests.support import vendor
from tests.support.patience import PATIENCE_S
from tests.support.vendor import Vendor, Work

OVER = {Status.COMPLETED, Status.FAILED}


@dataclass(slots=True)
class Elsewhere:
    """``called_back`` is set whenever a callback was answered."""

    vendor: Vendor
    worker: Worker
    called_back: asyncio.Event

    def job(self) -> Work:
        """Return what was submitted last."""
        return list(self.vendor.jobs.values())[-1]

    async def call(self, told: dict[str, Any], **how: Any) -> tuple[int, dict[str, Any]]:
        """Have the service call back about what was submitted last."""
        return await asyncio.to_thread(self.vendor.call_back, self.job(), told, **how)

    async def play(self, video: Video) -> Job:
        """Work until the job of ``video`` is over, without waiting for leases and delays."""
        while True:
            self.called_back.clear()
            job = await Job.objects.aget(video=video)
            if job.status in OVER:
                return job
            if job.status == Status.RETRYING or job.outputs is not None:
                await lapse(job)
            if not await self.worker.work():
                async with asyncio.timeout(PATIENCE_S):
                    await self.called_back.wait()


def tell(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set ``event`` from another thread."""
    loop.call_soon_threadsafe(event.set)


@contextlib.asynccontextmanager
async def elsewhere(folder: Path, settings: Any) -> AsyncIterator[Elsewhere]:
    """Run all three, the keys in the middle of being replaced."""
    new, old = signing.new_secret(), signing.new_secret()
    (folder / "vendor").mkdir()
    async with served() as url:
        with vendor.running(folder / "vendor", new, old) as service:
            settings.PUBLIC_URL = url
            settings.PROCESSOR = HttpOptions(service.url, (SecretStr(new), SecretStr(old)))
            worker = Worker(folder / "scratch", Ffmpeg.found(), processor=processors.chosen())
            called_back, loop = asyncio.Event(), asyncio.get_running_loop()
            service.answered = lambda: tell(loop, called_back)
            try:
                yield Elsewhere(service, worker, called_back)
            finally:
                await asyncio.to_thread(service.wait)


@contextlib.asynccontextmanager
async def served() -> AsyncIterator[str]:
    """Serve the whole of StreamIt on this event loop; give its address."""
    config = uvicorn.Config(route, port=0, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    ticking = asyncio.ensure_future(server.main_loop())
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await ticking
        await server.shutdown()
