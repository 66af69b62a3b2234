"""A real Azurite, Microsoft's emulator of Azure Blob Storage."""

import base64
import contextlib
import hashlib
import hmac
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

from core.processes import die_with_parent
from tests.support import npm, packages

ACCOUNT = "devstoreaccount1"
# A public key from the emulator's documentation.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
CONTAINER = "films"
START_TIMEOUT_S = 120
_ADDRESS = re.compile(rb"successfully listens on (http://[0-9.:]+)")


class AzuriteDidNotStart(AssertionError):
    """It exited or never listened; the text is its output."""


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run Azurite in memory; yield the address of an account that has CONTAINER."""
    packages.allow("azurite")
    npm.install(npm.TESTS)
    log = folder / "log"
    program = npm.TESTS / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    options = ["--blobPort", "0", "--inMemoryPersistence", "--silent", "--disableTelemetry"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            # obstore may use a newer version of the API than this Azurite knows.
            ["node", program, *options, "--skipApiVersionCheck"],
            cwd=folder,
            preexec_fn=die_with_parent(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        url = f"{_address(process, log)}/{ACCOUNT}"
        ask(url, "PUT", CONTAINER, {"restype": "container"})
        yield url
    finally:
        process.kill()
        process.wait()


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (said := _ADDRESS.search(log.read_bytes())):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AzuriteDidNotStart(log.read_text())
        time.sleep(0.05)
    return said[1].decode()


def ask(account_url: str, method: str, path: str, query: dict[str, str]) -> bytes:
    """Send a request without our own client, with Azure's Shared Key; return the body."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
    # https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
    resource = [f"/{ACCOUNT}/{ACCOUNT}/{path}", *(f"{k}:{query[k]}" for k in sorted(query))]
    fields = [method, *[""] * 11, *(f"{name}:{headers[name]}" for name in headers), *resource]
    mac = hmac.new(base64.b64decode(KEY), "\n".join(fields).encode(), hashlib.sha256)
    signature = base64.b64encode(mac.digest()).decode()
    request = urllib.request.Request(
        f"{account_url}/{path}?{urllib.parse.urlencode(query)}",
        method=method,
        headers={**headers, "Authorization": f"SharedKey {ACCOUNT}:{signature}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())
