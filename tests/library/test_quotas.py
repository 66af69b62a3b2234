"""Room by address and for all guests together, at a real server, from several addresses."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.library.site import Answer, Person, Site
from tests.support import engines

ADDRESS_LIMIT = 10_000
GUESTS_LIMIT = 25_000
PART = 4_000
HOME, CAFE, WORK = "127.0.0.2", "127.0.0.3", "127.0.0.4"


@pytest.fixture(scope="module")
def bounded(
    migrated_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Site]:
    limits = {
        "STREAMIT_RATE_LIMITS": "off",
        "STREAMIT_MAX_ADDRESS_BYTES": str(ADDRESS_LIMIT),
        "STREAMIT_MAX_GUESTS_BYTES": str(GUESTS_LIMIT),
    }
    engine = request.config.getoption("--engine")
    folder = tmp_path_factory.mktemp("quotas") / "data"
    with engines.running(engine, folder, migrated_template) as running:
        yield Site(running.servers, running.servers.start(env=limits))


Reserve = Callable[[Person], Answer]


@pytest.fixture
def reserve() -> Iterator[Reserve]:
    """Begins uploads of PART bytes; they are given up in the end."""
    begun: list[tuple[Person, str]] = []

    def begin(person: Person) -> Answer:
        tus = {"Tus-Resumable": "1.0.0", "Upload-Length": str(PART)}
        answer = person.ask("POST", "/uploads", tus)
        if answer.status == 201:
            begun.append((person, urlsplit(answer.headers["location"]).path))
        return answer

    yield begin
    for person, path in begun:
        give_up(person, path)


def give_up(person: Person, path: str) -> None:
    tus = {"Tus-Resumable": "1.0.0"}
    answer = person.ask("DELETE", path.removeprefix("/api/v1"), tus)
    assert answer.status in (204, 404)


def test_guests_of_one_address_have_together_what_it_may_have(
    bounded: Site, reserve: Reserve
) -> None:
    guests = [bounded.new_guest(source=HOME) for _ in range(5)]
    answers = [reserve(guest) for guest in guests]
    assert [answer.status for answer in answers] == [201, 201, 413, 413, 413]
    assert answers[2].error == (413, "quota_exceeded")
    assert "your network may have 10.0 kB" in answers[2].json["error"]["message"]
    assert reserve(bounded.new_guest(source=CAFE)).status == 201


def test_so_have_accounts_while_anyone_may_make_one(bounded: Site, reserve: Reserve) -> None:
    accounts = [bounded.register(f"home{n}", source=HOME) for n in range(3)]
    assert [reserve(account).status for account in accounts] == [201, 201, 413]


def test_all_guests_together_have_a_bound_and_people_with_an_account_go_on(
    bounded: Site, reserve: Reserve
) -> None:
    sources = [HOME, HOME, CAFE, CAFE, WORK, WORK, WORK]
    answers = [reserve(bounded.new_guest(source=source)) for source in sources]
    assert [answer.status for answer in answers] == [201] * 6 + [413]
    stranger = reserve(bounded.new_guest(source="127.0.0.5"))
    assert "all guests may have 25.0 kB" in stranger.json["error"]["message"]
    assert reserve(bounded.register("free", source="127.0.0.5")).status == 201


def test_what_is_given_up_or_deleted_is_room_again(bounded: Site, reserve: Reserve) -> None:
    guest = bounded.new_guest(source=HOME)
    first, _, refused = (reserve(guest) for _ in range(3))
    assert refused.status == 413
    give_up(guest, urlsplit(first.headers["location"]).path)
    assert reserve(guest).status == 201


def test_a_crowd_that_comes_at_once_gets_no_more(bounded: Site, reserve: Reserve) -> None:
    guests = [bounded.new_guest(source=HOME) for _ in range(12)]
    with ThreadPoolExecutor(len(guests)) as threads:
        statuses = [answer.status for answer in threads.map(reserve, guests)]
    assert statuses.count(201) == ADDRESS_LIMIT // PART


def test_an_address_cannot_be_read_from_what_is_kept(bounded: Site, reserve: Reserve) -> None:
    reserve(bounded.new_guest(source=HOME))
    ((mark,),) = bounded.query("SELECT address_mark FROM library_upload")
    assert len(mark) == 32
    assert HOME not in mark
