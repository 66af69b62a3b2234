"""Runs Moto, an S3 server for tests, and makes buckets on it."""

import contextlib
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from core.processes import die_with_parent
from tests.support.ports import free_port

START_TIMEOUT_S = 60
TRIES = 3


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run the server, with its log in ``folder``; yield its address."""
    log = folder / "moto.log"
    for _ in range(TRIES):
        port = free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [Path(sys.executable).parent / "moto_server", "-H", "127.0.0.1", "-p", str(port)],
                preexec_fn=die_with_parent(),
                stdout=output,
                stderr=output,
            )
        try:
            if _answers(process, port):
                yield f"http://127.0.0.1:{port}"
                return
        finally:
            process.kill()
            process.wait()
    raise AssertionError(log.read_text())


@contextlib.contextmanager
def new_bucket(url: str) -> Iterator[Any]:
    """Make a new bucket on the server at ``url``; yield boto3's object for it."""
    resource = boto3.resource(
        "s3",
        endpoint_url=url,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        region_name="us-east-1",
    )
    bucket = resource.Bucket(f"films-{uuid.uuid4().hex}")
    bucket.create()
    yield bucket
    resource.meta.client.close()


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    """Wait until it answers; return False if it exited, for example because the port is taken."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
