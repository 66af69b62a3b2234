"""Moto as a process: a real server that speaks S3, and buckets on it."""

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

from config.processes import die_with_parent

START_TIMEOUT_S = 60


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run the server, with its log in ``folder``; give its address."""
    log = folder / "moto.log"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "moto_server", "-H", "127.0.0.1", "-p", str(port)],
            preexec_fn=die_with_parent(),
            stdout=output,
            stderr=output,
        )
    try:
        _wait_for(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def new_bucket(url: str) -> Iterator[Any]:
    """Make a bucket of one's own on the server at ``url``; give boto3's idea of it."""
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


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return
