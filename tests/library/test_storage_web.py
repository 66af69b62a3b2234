"""Asking servers that strangers named, where their name server itself is the trouble."""

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from library.storage.base import Missing, Refused, StorageUnavailable
from library.storage.local import LocalStorage
from library.storage.options import LocalOptions, RemoteOptions
from library.storage.remote import RemoteStorage


async def test_a_name_server_that_does_not_answer_keeps_nobody_elses_file_waiting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    remote = RemoteStorage(RemoteOptions(1000))
    answers = threading.Event()

    def getaddrinfo(*_asked: Any, **_options: Any) -> list[Any]:
        answers.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    # More than a loop has threads on any machine.
    urls = [f"http://{number}.example.org/film.mp4" for number in range(64)]
    asking = [asyncio.create_task(remote.stat(url)) for url in urls]
    try:
        local = LocalStorage(LocalOptions(tmp_path))
        async with asyncio.timeout(30):
            with pytest.raises(Missing):
                await local.stat("film")
    finally:
        answers.set()
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        await remote.close()
    assert {type(outcome) for outcome in outcomes} <= {Refused, StorageUnavailable}
