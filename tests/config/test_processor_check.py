"""``./streamit check-processor`` against a real service, a server and a worker."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pydantic import SecretStr

from accounts.models import User
from config.processor_check import Check, CheckFailed
from core import signing
from library.models import Video
from library.storage import registry
from processing.models import Job
from processing.options import HttpOptions
from tests.processing.external_jobs import Elsewhere, elsewhere
from tests.processing.films import a_film
from tests.support.ports import free_port

pytestmark = [
    pytest.mark.films,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("live"),
]


async def check(place: Elsewhere, settings: Any) -> list[str]:
    """Play it all while a worker runs; return what was said."""
    said: list[str] = []
    one = Check(said.append, settings.PROCESSOR, 60)
    working = asyncio.ensure_future(place.worker.run())
    try:
        await one.run()
    finally:
        working.cancel()
        await asyncio.wait({working})
    return said


async def test_everything_is_played_shown_and_removed(tmp_path: Path, settings: Any) -> None:
    before = {key async for key in registry.provider("local").list()}
    async with elsewhere(tmp_path, settings) as place:
        said = await check(place, settings)
    shown = "\n".join(said)
    kinds = [line.split()[3] for line in said if " event " in line]
    made = ["queued", "claimed", "request", "handed_over", "callback_taken", "finish"]
    assert [kind for kind in made if kind not in kinds] == []
    assert ("give_up" in kinds, "again" in kinds) == (True, True)
    assert kinds[-3:] == ["callback_skipped", "callback_late", "callback_refused"]
    assert all(work.id in shown for work in place.vendor.jobs.values())
    assert "request_id=req_" in shown
    assert said[-1].startswith("All is well.")
    assert not await Video.objects.aexists()
    assert not await User.objects.aexists()
    assert {key async for key in registry.provider("local").list()} == before


async def test_a_service_that_makes_nothing_of_use_is_named(tmp_path: Path, settings: Any) -> None:
    async with elsewhere(tmp_path, settings) as place:
        place.vendor.habits.answers = [422]
        with pytest.raises(CheckFailed, match="The processing service answered 422"):
            await check(place, settings)


async def test_a_wrong_key_is_named_at_once(tmp_path: Path, settings: Any) -> None:
    async with elsewhere(tmp_path, settings) as place:
        place.vendor.habits.answers = [401]
        with pytest.raises(CheckFailed, match="does not let us in"):
            await check(place, settings)


async def test_callbacks_that_do_not_arrive_are_told_with_the_address_they_are_sent_to(
    tmp_path: Path, settings: Any
) -> None:
    async with elsewhere(tmp_path, settings) as place:
        place.vendor.habits.is_silent = True
        video = await a_film()
        assert await place.worker.work()
        one = Check(print, settings.PROCESSOR, 0)
        with pytest.raises(CheckFailed, match=r"no callback has come.*/processing/callback/http"):
            await one._over(video)


async def test_a_server_that_is_not_at_its_own_address_is_told(
    tmp_path: Path, settings: Any
) -> None:
    settings.PUBLIC_URL = f"http://127.0.0.1:{free_port()}"
    options = HttpOptions("https://films.example", (SecretStr(signing.new_secret()),))
    one = Check(print, options, 2)
    with pytest.raises(CheckFailed, match="cannot be reached at http://127"):
        await one._call_back(Job(pk=1))


def test_without_a_service_there_is_nothing_to_check() -> None:
    with pytest.raises(CommandError, match="STREAMIT_PROCESSOR: is local"):
        call_command("check_processor")
