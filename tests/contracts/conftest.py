"""The servers that storage providers talk to, each started once and only when needed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from tests.contracts.storages import registered
from tests.support import azurite, buckets, postgresql
from tests.support.databases import using_database


@pytest.fixture(scope="session")
def sqlite_url(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated SQLite of this test process's own."""
    own = tmp_path_factory.mktemp("sqlite") / "streamit.sqlite3"
    shutil.copy(migrated_file, own)
    return f"sqlite:///{own}"


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A migrated database in a PostgreSQL of this test process's own."""
    with postgresql.running(is_migrated=True) as cluster:
        yield cluster.url
        with registered("postgresql", cluster.url):
            connections["postgresql"].close_pool()  # type: ignore[attr-defined]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engines)])
def kind_of_database(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[str]:
    """What the models of this process stand on during a test."""
    if request.param == "sqlite":
        yield request.param
        return
    with using_database(request.getfixturevalue("postgresql_url")):
        yield request.param


@pytest.fixture
def each_database(kind_of_database: str, transactional_db: None) -> str:
    """The same, empty; a test of it commits for real."""
    return kind_of_database


@pytest.fixture(scope="session")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server that speaks S3, in a process of its own."""
    with buckets.serving(tmp_path_factory.mktemp("moto")) as url:
        yield url


@pytest.fixture(scope="session")
def azure_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server that speaks Azure's blobs, in a process of its own."""
    with azurite.running(tmp_path_factory.mktemp("azurite")) as url:
        yield url
