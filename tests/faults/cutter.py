"""A line to Valkey that breaks in the middle of a reply."""

import asyncio
import contextlib
from pathlib import Path
from typing import Self


class Cutter:
    """A unix socket before Valkey's; an async context manager.

    Once ``marker`` is set, the next request that holds it gets half of its reply, and its
    connection ends.
    """

    def __init__(self, path: Path, target: Path) -> None:
        self._path = path
        self._target = target
        self._tasks: set[asyncio.Task[None]] = set()
        self.marker: bytes | None = None
        self.cuts = 0

    @property
    def url(self) -> str:
        return f"unix://{self._path}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        back, there = await asyncio.open_unix_connection(self._target)
        doomed = asyncio.Event()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            requests = asyncio.create_task(self._pass_requests(reader, there, doomed))
            try:
                await self._pass_replies(back, writer, doomed)
            finally:
                requests.cancel()
        for end in (writer, there):
            end.transport.abort()
        self._tasks.discard(task)

    async def _pass_requests(
        self, reader: asyncio.StreamReader, there: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while data := await reader.read(65536):
            if self.marker is not None and self.marker in data:
                self.marker = None
                self.cuts += 1
                doomed.set()
            there.write(data)
        there.close()

    async def _pass_replies(
        self, back: asyncio.StreamReader, writer: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while data := await back.read(65536):
            if doomed.is_set():
                writer.write(data[: len(data) // 2])
                await writer.drain()
                return
            writer.write(data)
