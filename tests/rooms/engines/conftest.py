"""The pair of servers on something else than the embedded default; modules say on what."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rooms.conftest import Pair, a_pair


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.engines)


@pytest.fixture(scope="session")
def pair(
    migrated_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp(request.param)
    with a_pair(request.param, migrated_template, folder) as pair:
        yield pair
