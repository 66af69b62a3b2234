"""A TCP proxy that simulates a slow or broken network between a browser and its server."""

import asyncio
import random
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

CHUNK_BYTES = 64 * 1024
# Chunk size on a slow line, on which connections take turns.
NARROW_BYTES = 4 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """The properties of the network: delay ± jitter in ms for each direction, without reordering.

    All connections share ``bytes_per_s`` towards the browser, and each takes ``connect_ms`` to
    open. 0 means unlimited, or at once.
    """

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    bytes_per_s: float = 0.0
    connect_ms: float = 0.0


class Proxy:
    """Forwards ``port`` to ``target_port`` on loopback, in its own thread.

    Use as a context manager. ``cut`` resets open connections and refuses new ones until
    ``restore``. After ``silence``, connections are accepted but nothing is forwarded.
    """

    def __init__(self, target_port: int, line: Line, *, seed: int = 1) -> None:
        self.port = 0
        self._target_port = target_port
        self._line = line
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._is_silent = False
        # When all bytes that are waiting will have been sent.
        self._free_s = 0.0
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(self, *_exc: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        self._do(self._cut())

    def restore(self) -> None:
        """Forward new connections and data again."""
        self._is_cut = self._is_silent = False

    def silence(self) -> None:
        """Stop forwarding until ``restore``, without closing any connection."""
        self._is_silent = True

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._cut()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _cut(self) -> None:
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        self._writers.add(writer)
        if self._is_silent:
            return
        await asyncio.sleep(self._line.connect_ms / 1000)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            self._writers.remove(writer)
            writer.transport.abort()
            return
        self._writers.add(back)
        # Cancelled only when the proxy ends.
        with suppress(asyncio.CancelledError):
            down = self._line.bytes_per_s
            await asyncio.gather(self._pump(reader, back, 0), self._pump(there, writer, down))
        self._writers -= {writer, back}

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bytes_per_s: float
    ) -> None:
        """Forward one direction: each chunk is sent ``delay ± jitter`` after it arrived."""
        chunk_bytes = NARROW_BYTES if bytes_per_s else CHUNK_BYTES
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)
        carrier = asyncio.ensure_future(self._carry(waiting, writer))
        leaves_s = 0.0
        with suppress(OSError):
            while chunk := await reader.read(chunk_bytes):
                if self._is_silent:
                    continue
                if writer.transport.is_closing():
                    # The receiver is gone; do not use up the others' bandwidth.
                    break
                now_s = self._loop.time()
                if bytes_per_s:
                    # One chunk at a time, so that connections share the bandwidth evenly.
                    now_s = self._free_s = max(self._free_s, now_s) + len(chunk) / bytes_per_s
                    await asyncio.sleep(now_s - self._loop.time())
                delay_ms = self._line.delay_ms + self._random.uniform(-1, 1) * self._line.jitter_ms
                leaves_s = max(leaves_s, now_s + delay_ms / 1000)
                await waiting.put((leaves_s, chunk))
        await waiting.put((leaves_s, b""))
        await carrier

    async def _carry(
        self, waiting: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while True:
                leaves_s, chunk = await waiting.get()
                await asyncio.sleep(leaves_s - self._loop.time())
                if not chunk:
                    break
                writer.write(chunk)
                await writer.drain()
        # Drain the queue, so that a writer does not wait for a reader that is gone.
        while not waiting.empty():
            waiting.get_nowait()
        writer.close()
