"""A primary, its replica and a Sentinel that fails over: real processes on loopback."""

import subprocess
import time
from pathlib import Path
from typing import Any

import redis

from core.processes import die_with_parent
from launch import valkey
from tests.support.patience import PATIENCE_S
from tests.support.ports import free_port
from tests.support.waiting import wait_until

SERVICE = "rooms"
_TRIES = 5


class Node:
    """One Valkey process, a Sentinel or not, on a free TCP port."""

    def __init__(self, folder: Path, *arguments: str, config: str = "") -> None:
        folder.mkdir(parents=True)
        self.log = folder / "log"
        for _ in range(_TRIES):
            self.port = free_port()
            file = folder / "valkey.conf"
            file.write_text(f"port {self.port}\nbind 127.0.0.1\ndir {folder}\n{config}")
            self.process = subprocess.Popen(
                [valkey.find_binary(), file, *arguments, "--logfile", self.log],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                preexec_fn=die_with_parent(),
            )
            if self._answers():
                return
        raise AssertionError(self.log.read_text())

    def ask(self, *words: str) -> Any:
        """Send one command over a new connection, without our own client."""
        with redis.Redis(port=self.port, decode_responses=True, socket_timeout=5) as client:
            return client.execute_command(*words)

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        """Wait until it answers; return False if it exited, e.g. because the port is taken."""
        deadline_s = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline_s:
            try:
                # Another process may own the port.
                return bool(self.ask("INFO", "server")["process_id"] == self.process.pid)
            except redis.RedisError:
                time.sleep(0.01)
        self.kill()
        return False


class Watched:
    """Two nodes and their Sentinel.

    A node that is silent for ``down_after_ms`` is considered dead. The default is long enough that
    a slow machine does not trigger that.
    """

    def __init__(self, folder: Path, *, down_after_ms: int = 60_000) -> None:
        quick = "repl-diskless-sync-delay 0\nsave ''\n"
        self.first = Node(folder / "first", config=quick)
        self.second = Node(
            folder / "second", config=f"{quick}replicaof 127.0.0.1 {self.first.port}\n"
        )
        wait_until(lambda: self.second.ask("ROLE")[3] == "connected", "the replica is not in step")
        self.sentinel = Node(
            folder / "sentinel",
            "--sentinel",
            config=f"sentinel monitor {SERVICE} 127.0.0.1 {self.first.port} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} {down_after_ms}\n"
            f"sentinel failover-timeout {SERVICE} 5000\n",
        )
        wait_until(self.can_fail_over, "the sentinel does not see the replica")

    @property
    def url(self) -> str:
        """REDIS_URL, with the address of a dead Sentinel before that of the live one."""
        return f"redis+sentinel://127.0.0.1:1,127.0.0.1:{self.sentinel.port}/{SERVICE}"

    @property
    def primary(self) -> Node:
        """The node that the Sentinel considers the primary."""
        _, port = self.sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        return self.first if int(port) == self.first.port else self.second

    @property
    def was_held_up(self) -> bool:
        """Tell whether the Sentinel is in TILT mode because it was not scheduled for too long.

        It then only observes for 30 s and does nothing.
        """
        return "+tilt" in self.sentinel.log.read_text()

    def can_fail_over(self) -> bool:
        """Tell whether the Sentinel knows a replica that is up and in sync."""
        replicas = self.sentinel.ask("SENTINEL", "REPLICAS", SERVICE)
        return any(
            "disconnected" not in replica["flags"] and replica["master-link-status"] == "ok"
            for replica in replicas
        )

    def end(self) -> None:
        for node in (self.sentinel, self.second, self.first):
            node.kill()
