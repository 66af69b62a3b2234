"""Runs a real nginx (Debian's) for tests and benches."""

import contextlib
import http.client
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.processes import die_with_parent
from tests.support import packages
from tests.support.ports import free_port
from tests.support.servers import ROOT

START_TIMEOUT_S = 30
PORT_TRIES = 5


class NginxDidNotStart(AssertionError):
    """It exited or never answered; the text is its log."""


@dataclass(frozen=True, slots=True)
class Nginx:
    """One running nginx."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kept_bytes(self) -> int:
        """Return how many bytes of request bodies it has on disk, in files without names."""
        kept = 0
        for descriptor in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                if descriptor.readlink().is_relative_to(self.folder / "client_body"):
                    kept += descriptor.stat().st_size
        return kept


@contextlib.contextmanager
def running(folder: Path, http: str) -> Iterator[Nginx]:
    """Run nginx with ``http`` as the content of its http block.

    ``PORT`` in it is replaced by the port to listen on. nginx writes all its files to ``folder``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    nginx = _start(folder, http)
    try:
        yield nginx
    finally:
        nginx.process.kill()
        nginx.process.wait()


def _start(folder: Path, http: str) -> Nginx:
    program = packages.find("nginx-light")
    for _ in range(PORT_TRIES):
        port = free_port()
        (folder / "nginx.conf").write_text(_configuration(http.replace("PORT", str(port))))
        command = [str(program), "-p", str(folder), "-e", "error.log", "-c", "nginx.conf"]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),
        )
        if _answers(process, port):
            return Nginx(process, port, folder)
        process.kill()
        process.wait()
    raise NginxDidNotStart((folder / "error.log").read_text())


def _configuration(http: str) -> str:
    # One process in the foreground, which we can end and which has our file permissions.
    temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    paths = "\n".join(f"{name}_temp_path {name};" for name in temporary)
    return f"""
daemon off;
master_process off;
pid nginx.pid;
events {{ worker_connections 4096; }}
http {{
    types {{ video/mp4 mp4; }}
    {paths}
    {http}
}}
"""


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until nginx answers on ``port``; return False if it has exited."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)
        else:
            return True
        finally:
            connection.close()
    return False


def deployed(server_port: int, data: Path, *, name_server_port: int | None = None) -> str:
    """Return the http block of deploy/nginx.conf for one local server.

    With a name server, it proxies to all addresses of the name ``web``.
    """
    resolver = f"resolver 127.0.0.1:{name_server_port} valid=5s ipv6=off;"
    web = "web" if name_server_port else "127.0.0.1"
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = text.partition("http {")[2].rpartition("}")[0]
    here = {
        "listen 80;": "listen 127.0.0.1:PORT;",
        "resolver 127.0.0.11 valid=5s ipv6=off;": resolver if name_server_port else "",
        "web:8000;": f"{web}:{server_port};",
        "access_log /dev/stdout plain;": "access_log access.log plain;",
        "error_log /dev/stderr crit;": "error_log error.log;",
        "alias /data/": f"alias {data}/",
    }
    for there, ours in here.items():
        assert there in text, there
        text = text.replace(there, ours)
    return text
