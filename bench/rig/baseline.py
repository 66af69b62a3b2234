"""Runs the servers that ours is compared with, on the server's core."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.rig import cores
from bench.rig.account import Account
from bench.rig.report import ROOT
from core.processes import die_with_parent
from tests.support import npm

NODE = ROOT / "bench"


@dataclass(frozen=True, slots=True)
class Baseline:
    """One running server process."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"

    def account(self) -> Account:
        """Return what the process has used."""
        return Account.of(self.process.pid)


@contextlib.contextmanager
def module(name: str, environment: Mapping[str, str], *arguments: str) -> Iterator[Baseline]:
    """Run ``python -m bench.rig.NAME FD ARGUMENTS`` on a free port."""
    command = [sys.executable, "-m", f"bench.rig.{name}"]
    with _listening(command, arguments, environment) as baseline:
        yield baseline


@contextlib.contextmanager
def node(name: str, environment: Mapping[str, str]) -> Iterator[Baseline]:
    """Install the packages, and run ``node bench/node/NAME.mjs FD`` on a free port."""
    npm.install(NODE)
    command = ["node", str(NODE / "node" / f"{name}.mjs")]
    with _listening(command, (), environment) as baseline:
        yield baseline


@contextlib.contextmanager
def _listening(
    command: Sequence[str], arguments: Sequence[str], environment: Mapping[str, str]
) -> Iterator[Baseline]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4096)
        descriptor, port = listener.fileno(), listener.getsockname()[1]
        full = [*command, str(descriptor), *arguments]
        with _process(full, environment, pass_fds=[descriptor]) as process:
            yield Baseline(process, port)


@contextlib.contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str], *, pass_fds: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    with cores.on(cores.SERVER):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
