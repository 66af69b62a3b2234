"""Runs what docker-compose.yml describes as processes on this machine.

It uses the settings of that file, with only host names and ports replaced by local ones.
"""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.processes import die_with_parent
from tests.support import nginx, postgresql
from tests.support.failover import Node
from tests.support.name_server import NameServer
from tests.support.ports import free_port
from tests.support.servers import ROOT

START_TIMEOUT_S = 90
ADDRESSES = ("127.0.0.1", "127.0.0.2")
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@dataclass(frozen=True, slots=True)
class Web:
    """One container of the service ``web``: a supervisor with its server processes."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def stop(self) -> int:
        """Stop it as ``docker stop`` does; return its exit code."""
        self.process.terminate()
        return self.process.wait(20)


@dataclass(frozen=True, slots=True)
class Topology:
    """nginx and the servers behind it."""

    url: str
    webs: list[Web]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Topology]:
    """Run all services of the compose file, and end them afterwards."""
    data = folder / "data"
    data.mkdir()
    places = {"postgres:5432": free_port(), "web:8000": free_port(*ADDRESSES)}
    with contextlib.ExitStack() as stack:
        valkey = Node(folder / "valkey", *SERVICES["valkey"]["command"][1:])
        stack.callback(valkey.kill)
        places["valkey:6379"] = valkey.port
        stack.enter_context(_postgres(places["postgres:5432"]))
        names = stack.enter_context(NameServer(ADDRESSES))
        site = nginx.deployed(places["web:8000"], data, name_server_port=names.port)
        front = stack.enter_context(nginx.running(folder / "nginx", site))
        env = _environment(front.url, places) | {"STREAMIT_DATA": str(data)}
        assert len(ADDRESSES) == SERVICES["web"]["deploy"]["replicas"]
        webs = [_start(folder, address, places["web:8000"], env) for address in ADDRESSES]
        stack.callback(_end, webs)
        for web in webs:
            _wait(web)
        yield Topology(front.url, webs)


def _filled(value: str, public_url: str = "") -> str:
    """Fill in what people write into .env (docs/operations/install.md)."""
    written = {
        "STREAMIT_PUBLIC_URL": public_url,
        "STREAMIT_SECRET_KEY": "a secret for tests only, long enough to be accepted",
        "POSTGRES_PASSWORD": "letters4and4digits",
    }
    return re.sub(r"\$\{(\w+)[^}]*\}", lambda match: written[match[1]], value)


def _environment(public_url: str, places: Mapping[str, int]) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("STREAMIT_", "DJANGO_"))}
    found = {}
    for name, value in SERVICES["web"]["environment"].items():
        if value is None:
            # Passed through from .env, which does not have it here.
            continue
        text = _filled(value, public_url)
        for place, port in places.items():
            text = text.replace(place, f"127.0.0.1:{port}")
        found[name] = text
    return inherited | found


def _postgres(port: int) -> contextlib.AbstractContextManager[postgresql.Cluster]:
    settings = SERVICES["postgres"]["environment"]
    return postgresql.running(
        user=settings["POSTGRES_USER"],
        password=_filled(settings["POSTGRES_PASSWORD"]),
        database=settings["POSTGRES_DB"],
        port=port,
    )


def _start(folder: Path, address: str, port: int, env: Mapping[str, str]) -> Web:
    here = {"--host=0.0.0.0": f"--host={address}", "--port=8000": f"--port={port}"}
    program, *words = SERVICES["web"]["command"]
    assert program == ".venv/bin/python"
    assert set(here) <= set(words)
    log = folder / f"web-{address}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(here.get(word, word) for word in words)],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent(),
        )
    return Web(process, f"http://{address}:{port}", log)


def _end(webs: list[Web]) -> None:
    """Stop them in order, while the services that they need still run."""
    for web in webs:
        web.process.terminate()
    for web in webs:
        try:
            web.process.wait(20)
        except subprocess.TimeoutExpired:
            web.process.kill()
            raise


def _wait(web: Web) -> None:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while "StreamIt is ready" not in web.log.read_text():
        if web.process.poll() is not None or time.monotonic() > deadline_s:
            raise AssertionError(web.log.read_text())
        time.sleep(0.05)
