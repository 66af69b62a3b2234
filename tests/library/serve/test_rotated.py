"""What a film in another order costs the server, and whom it keeps waiting."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from asgiref.typing import HTTPScope

from core.fair_queue import Busy
from library.renditions import Place
from library.serve import rotated
from library.serve.rotated import RotatedFile, from_key_frame
from library.serve.stream import CORS, send_as_it_is, storage_for
from library.storage import registry, remote
from library.storage.base import READ_BYTES, StorageUnavailable
from library.storage.local import LocalStorage
from library.storage.options import LocalOptions, RemoteOptions
from library.storage.remote import RemoteStorage
from tests.support.clips import Clip, make_clip
from tests.support.loopback import LoopbackRules
from tests.support.raw_file import File
from tests.support.raw_server import raw_server


class Disk(LocalStorage):
    """The server's disk, counting reads; it hangs at what is under ``hung``."""

    opened = 0
    hung = ""

    @contextlib.asynccontextmanager
    async def open(self, key: str, start: int, stop: int) -> AsyncIterator[AsyncIterator[bytes]]:
        self.opened += 1
        if key == self.hung:
            await asyncio.Event().wait()
        async with super().open(key, start, stop) as chunks:
            yield chunks


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    clip = make_clip(tmp_path, Clip(duration_s=20))
    disk = Disk(LocalOptions(tmp_path / "videos"))
    (tmp_path / "videos").mkdir()
    for key in ("one", "two"):
        (tmp_path / "videos" / key).hardlink_to(clip)
    monkeypatch.setattr(registry, "provider", lambda _: disk)
    return disk


def place(key: str) -> Place:
    return Place("local", key, "video/mp4", 1)


async def test_an_index_is_read_once_for_all_who_come_at_once_and_after(disk: Disk) -> None:
    found = await asyncio.gather(*(from_key_frame(place("one"), at_s) for at_s in range(2, 20)))
    opened = disk.opened
    found.append(await from_key_frame(place("one"), 7.5))

    orders = [each._rotated for each in found if isinstance(each, RotatedFile)]
    assert len(orders) == len(found)
    # What begins with the head of the first box has the index, too.
    assert disk.opened == opened == 1
    assert len({id(order.index) for order in orders}) == 1


async def test_all_who_are_sent_a_film_share_its_index_when_others_were_asked_for(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotated, "_KEPT_FILMS", 1)
    first = await from_key_frame(place("one"), 4)
    await from_key_frame(place("two"), 4)
    second = await from_key_frame(place("one"), 8)

    assert isinstance(first, RotatedFile)
    assert isinstance(second, RotatedFile)
    assert first._rotated.index is second._rotated.index


async def test_a_disk_that_hangs_at_one_film_keeps_nobody_else(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotated, "PATIENCE_S", 0.2)
    disk.hung = "one"
    hung = asyncio.gather(
        *(from_key_frame(place("one"), at_s) for at_s in range(2, 20)), return_exceptions=True
    )
    assert isinstance(await from_key_frame(place("two"), 4), RotatedFile)
    assert {type(each) for each in await hung} == {rotated.Late}


async def test_the_index_behind_a_film_is_read_with_one_question_more(
    disk: Disk, tmp_path: Path
) -> None:
    path = tmp_path / "videos" / "one"
    path.unlink()
    path.hardlink_to(make_clip(tmp_path, Clip(duration_s=20, moov_first=False)))
    assert isinstance(await from_key_frame(place("one"), 11.5), RotatedFile)
    assert disk.opened == 2


async def test_who_would_wait_for_an_order_is_led_to_the_film_as_it_is() -> None:
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    asked = {"path": "/api/v1/videos/x/stream", "query_string": b"from=4&token=y%3D"}
    await send_as_it_is(cast("HTTPScope", asked), send, CORS)
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"location"]) == (307, b"stream?token=y%3D")


@pytest.mark.parametrize("longest_wait_s", [0.0, 20.0])
async def test_what_is_at_one_address_has_one_order_also_where_others_have_the_turn(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, longest_wait_s: float
) -> None:
    monkeypatch.setattr(rotated, "PATIENCE_S", 0.2)
    monkeypatch.setattr(rotated.TURNS, "longest_wait_s", longest_wait_s)
    asked: HTTPScope = cast(
        "HTTPScope",
        {"path": "/api/v1/videos/x/stream", "query_string": b"token=y&from=4", "headers": []},
    )
    async with rotated.TURNS.turn("somebody"):
        with pytest.raises(rotated.Late):
            await storage_for(place("one"), asked)
        # It has a part of it, perhaps from another process.
        asked["headers"] = [(b"range", b"bytes=30000-")]
        later = asyncio.create_task(storage_for(place("one"), asked))
        if not longest_wait_s:
            with pytest.raises(Busy):
                await later
    if longest_wait_s:
        assert isinstance(await later, RotatedFile)


async def test_the_index_of_a_link_is_read_again_once_the_file_there_has_changed(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Disk, "kind", "link")
    monkeypatch.setattr(Disk, "is_near", False)
    film = await from_key_frame(place("one"), 11.5)
    assert film.kind == "link"
    before = (await film.stat("one")).size_bytes
    path = tmp_path / "videos" / "one"
    path.unlink()
    path.hardlink_to(make_clip(tmp_path, Clip(duration_s=10)))
    after = await from_key_frame(place("one"), 5.5)
    assert isinstance(after, RotatedFile)
    assert (await after.stat("one")).size_bytes == path.stat().st_size < before


async def test_a_link_in_another_order_is_read_of_one_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(remote, "REMEMBERED", timedelta(0))
    file = File(make_clip(tmp_path, Clip(duration_s=20)).read_bytes())
    links = RemoteStorage(RemoteOptions(10**9), rules=LoopbackRules())
    monkeypatch.setattr(registry, "provider", lambda _: links)
    async with raw_server(file) as server:
        film = await from_key_frame(place(server.url), 11.5)
        assert isinstance(film, RotatedFile)
        stat, head_bytes = await film.stat(server.url), film._rotated.index.head_bytes
        content = bytearray()

        async def read() -> None:
            async with film.open(server.url, 0, stat.size_bytes) as chunks:
                async for chunk in chunks:
                    content.extend(chunk)
                    if len(content) > head_bytes:
                        file.etag = '"v2"'

        with pytest.raises(StorageUnavailable, match="changed"):
            await read()
        assert len(content) == head_bytes + film._spans[0].length
        assert await film.stat(server.url) == stat
    await links.close()


async def test_the_head_comes_in_reads_of_the_size_of_all_others(disk: Disk) -> None:
    film = await from_key_frame(place("one"), 11.5)
    size_bytes = (await film.stat("one")).size_bytes
    async with film.open("one", 0, size_bytes) as chunks:
        lengths = [len(chunk) async for chunk in chunks]

    assert sum(lengths) == size_bytes
    assert max(lengths) <= READ_BYTES
