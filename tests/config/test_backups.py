"""Backups made while people upload and delete, and put back into a fresh folder."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
import pytest

from tests.library.site import TINY_MP4, Site
from tests.support import engines, postgresql, warm
from tests.support.servers import ROOT, Servers, own_valkey
from tests.support.waiting import wait_until

FREE = {"STREAMIT_RATE_LIMITS": "off", "STREAMIT_STORAGES": "local,database,remote"}
LARGE_BYTES = 6_000_000


def call(
    name: str,
    *arguments: str | Path,
    servers: Servers,
    at_most_bytes: int | None = None,
    program: Path = ROOT / "manage.py",
    env: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Run a command with the settings of ``servers``; return its exit code and what it said.

    With ``at_most_bytes`` it can write no larger file, as if there was no more room.
    """

    environment = {**os.environ, "STREAMIT_DATA": str(servers.data), **servers.env, **(env or {})}
    # Where tests have a key of their own, operators have the one in the folder.
    environment.pop("STREAMIT_SECRET_KEY")
    if not at_most_bytes:
        done = warm.run([program, name, *arguments], environment)
        return done.returncode, done.stdout + done.stderr
    done = subprocess.run(
        [sys.executable, program, name, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (at_most_bytes, at_most_bytes)
        ),
    )
    return done.returncode, done.stdout


def empty_database(servers: Servers) -> dict[str, str]:
    """Return the settings of servers that have another, empty database of the same kind."""
    if not (url := servers.env.get("DATABASE_URL")):
        return {}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    return {"DATABASE_URL": urlunsplit(urlsplit(url)._replace(path="/restored"))}


@pytest.fixture(
    params=[engines.EMBEDDED, pytest.param("postgresql", marks=pytest.mark.engines)],
)
def own(request: pytest.FixtureRequest, migrated_template: Path, tmp_path: Path) -> Iterator[Site]:
    """A site of its own, whose secret key is in its data folder."""
    with engines.running(request.param, tmp_path / "data", migrated_template) as running:
        (running.servers.data / "secret_key").write_text(os.environ["STREAMIT_SECRET_KEY"])
        yield Site(running.servers, running.servers.start(env=FREE))


class Crowd:
    """People who upload and delete until told to stop."""

    def __init__(self, site: Site) -> None:
        self._over = threading.Event()
        self.rounds = 0
        self._threads = [threading.Thread(target=self._come_and_go, args=[site]) for _ in range(2)]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def go_on(self) -> None:
        """Wait until some more have come and gone."""
        seen = self.rounds
        wait_until(lambda: self.rounds > seen + 2, "nobody uploads")

    def _come_and_go(self, site: Site) -> None:
        kept: list[str] = []
        while not self._over.is_set():
            kept.append(site.bob.upload(title="Comes and goes"))
            if len(kept) > 1:
                assert site.bob.ask("DELETE", f"/videos/{kept.pop(0)}").status == 200
            self.rounds += 1


@pytest.mark.long
def test_two_backups_under_load_are_each_whole_and_play_in_a_fresh_folder(
    own: Site, tmp_path: Path
) -> None:
    films = {own.alice.upload(title=f"Film {n}"): TINY_MP4 for n in range(3)}
    with Crowd(own) as crowd:
        for name in ("first", "second"):
            crowd.go_on()
            code, said = call("backup", tmp_path / name, servers=own.servers)
            assert code == 0, said
            assert said.endswith("Finished\n")
    later = own.alice.upload(title="After the backup")
    own.server.stop()

    restored = Servers(tmp_path / "fresh", "", empty_database(own.servers))
    code, said = call("restore", tmp_path / "second", servers=restored)
    assert (code, said.splitlines()[-1]) == (0, "Finished: start StreamIt"), said

    with own_valkey(tmp_path / "valkey") as socket:
        restored.redis_url = f"unix://{socket}"
        server = restored.start(env=FREE)
        again = Site.__new__(Site)
        again.servers, again.server = restored, server
        for person in (own.alice, own.bob):
            # The token of before: the secret key came along.
            object.__setattr__(person, "site", again)
        listed = own.alice.ask("GET", "/videos").json["videos"]
        assert {video["id"] for video in listed} == set(films)
        assert later not in films
        for video in [*listed, *own.bob.ask("GET", "/videos?limit=100").json["videos"]]:
            owner = own.alice if video["id"] in films else own.bob
            answer = owner.ask("GET", f"/videos/{video['id']}/stream")
            assert (answer.status, answer.body) == (200, TINY_MP4)
        assert call("admin", "audit", servers=restored) == (0, "storage and database agree\n")
        own.alice.upload(title="Life goes on")
        server.stop()


@pytest.mark.parametrize("own", [engines.EMBEDDED], indirect=True)
def test_a_film_deleted_while_files_are_copied_is_left_out_by_the_restore(
    own: Site, tmp_path: Path
) -> None:
    kept, lost = own.alice.upload(), own.alice.upload()
    own.stored(kept).unlink()
    deleted = own.alice.upload()
    code, said = call(
        "backup",
        tmp_path / "made",
        servers=own.servers,
        program=ROOT / "tests" / "config" / "backup_while_deleting.py",
        env={
            "DELETED": f"{own.server.url}/api/v1/videos/{deleted}",
            "AUTHORIZATION": own.alice.headers["Authorization"],
        },
    )
    assert code == 0, said
    assert "Deleted meanwhile: 2 files" in said
    assert f"Missing before the backup: local {kept}/original" in said

    fresh = Servers(tmp_path / "fresh", "", empty_database(own.servers))
    assert call("restore", tmp_path / "made", servers=fresh)[0] == 0
    rows = {UUID(str(row[0])) for row in fresh.query("SELECT id FROM library_video")}
    assert rows == {UUID(kept), UUID(lost)}


@pytest.fixture(scope="module")
def library(migrated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Two films on SQLite, whose server is stopped; the second is large. Tests only read them."""
    data = tmp_path_factory.mktemp("backups") / "data"
    with engines.running(engines.EMBEDDED, data, migrated_template) as running:
        site = Site(running.servers, running.servers.start(env=FREE))
        films = sorted(site.stored(site.alice.upload()) for _ in range(2))
        films[1].write_bytes(TINY_MP4.ljust(LARGE_BYTES, b"\0"))
        (data / "secret_key").write_text("k" * 48)
        site.server.stop()
        yield running.servers


def test_a_backup_that_was_interrupted_is_resumed_and_a_finished_one_is_kept(
    library: Servers, tmp_path: Path
) -> None:
    target = tmp_path / "made"
    code, said = call("backup", target, servers=library, at_most_bytes=LARGE_BYTES // 2)
    assert code == 1
    assert "File too large. Fix that and run the command again" in said
    refused = call("restore", target, servers=Servers(tmp_path / "fresh", ""))
    assert refused == (1, f"CommandError: {target}: this backup was not finished\n")

    code, said = call("backup", target, servers=library)
    assert code == 0
    assert "Resuming an interrupted backup" in said
    # Of four files two were there.
    assert "Files: 4, 6.0 MB (copied now: 2, 6.0 MB)" in said
    for path in [target, *target.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path

    code, said = call("backup", target, servers=library)
    assert (code, "has a finished backup in it; choose a new folder" in said) == (1, True)
    code, said = call("backup", tmp_path / "next", "--link-dest", target, servers=library)
    assert (code, "(copied now: 0, 0 bytes)" in said) == (0, True)
    for path in (target / "files").rglob("original"):
        assert path.samefile(tmp_path / "next" / path.relative_to(target))
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        code, said = call("backup", elsewhere, "--link-dest", target, servers=library)
        assert (code, f"{target} is not on the same disk as {elsewhere}" in said) == (1, True), said


def test_a_restore_that_was_interrupted_is_resumed_and_nothing_starts_before(
    library: Servers, tmp_path: Path
) -> None:
    made, fresh = tmp_path / "made", Servers(tmp_path / "fresh", "")
    assert call("backup", made, servers=library)[0] == 0
    assert call("restore", made, servers=fresh, at_most_bytes=LARGE_BYTES // 2)[0] == 1

    other = tmp_path / "other.sqlite3"
    other.write_bytes(b"somebody's rooms")
    code, said = call("restore", made, servers=fresh, env={"DATABASE_URL": f"sqlite:///{other}"})
    assert (code, said) == (1, "CommandError: DATABASE_URL: the database is not empty\n")
    assert other.read_bytes() == b"somebody's rooms"

    server = fresh.launch()
    assert server.process.wait(60) == 1
    assert f"a restore into {fresh.data} was not finished" in server.log.read_text()
    server.log.unlink()
    code, said = call("restore", made, servers=fresh)
    assert code == 0, said
    assert "Resuming an interrupted restore" in said
    for film in (library.data / "videos").rglob("original"):
        copy = fresh.data / film.relative_to(library.data)
        assert copy.read_bytes() == film.read_bytes()
        assert copy.stat().st_mtime_ns == film.stat().st_mtime_ns
    refused = f"CommandError: {fresh.data}: is not empty; choose a new folder (--data)\n"
    assert call("restore", made, servers=fresh) == (1, refused)


def test_a_folder_with_the_log_alone_is_empty_to_a_restore(
    library: Servers, tmp_path: Path
) -> None:
    made, fresh = tmp_path / "made", Servers(tmp_path / "fresh", "")
    assert call("backup", made, servers=library)[0] == 0
    (fresh.data / "logs").mkdir(parents=True)
    log = {"STREAMIT_LOG_PATH": str(fresh.data / "logs" / "streamit.log")}

    (fresh.data / "logs" / "mine").touch()
    code, said = call("restore", made, servers=fresh, env=log)
    assert (code, "is not empty" in said) == (1, True)

    (fresh.data / "logs" / "mine").unlink()
    code, said = call("restore", made, servers=fresh, env=log)
    assert code == 0, said


def test_what_is_restored_belongs_to_the_owner_of_the_data_folder(
    library: Servers, tmp_path: Path
) -> None:
    made, fresh = tmp_path / "made", Servers(tmp_path / "fresh", "")
    # A new disk is no less empty for what its file system has put there, nor for empty folders.
    for disk in (made, fresh.data):
        (disk / "lost+found").mkdir(parents=True, mode=0o700)
    (fresh.data / "videos").mkdir()
    assert call("backup", made, servers=library)[0] == 0
    if os.geteuid() == 0:
        # As a container engine makes the volume of the user who serves.
        os.chown(fresh.data, 10001, 10001)
    owner = (fresh.data.stat().st_uid, fresh.data.stat().st_gid)

    code, said = call("restore", made, servers=fresh)

    assert code == 0, said
    paths = set(fresh.data.rglob("*")) - {fresh.data / "lost+found"}
    assert fresh.data / "streamit.sqlite3" in paths
    assert {(path.stat().st_uid, path.stat().st_gid) for path in paths} == {owner}


def linked(file: Path, to: Path) -> os.stat_result:
    """Put a link in the place of ``file``; return what it was like."""
    facts = file.stat()
    file.unlink()
    file.symlink_to(to)
    return facts


def test_what_a_link_among_the_films_leads_to_is_in_no_backup_and_in_no_restore(
    library: Servers, tmp_path: Path
) -> None:
    data, made = tmp_path / "data", tmp_path / "made"
    shutil.copytree(library.data, data, ignore=shutil.ignore_patterns("valkey"))
    secret = tmp_path / "secret"
    film = next((data / "videos").rglob("original"))
    secret.write_bytes(b"only root reads this".ljust(film.stat().st_size, b"."))
    facts = linked(film, secret)

    code, said = call("backup", made, servers=Servers(data, ""))

    assert (code, f"Skipped, because it is not a regular file: {film}" in said) == (0, True), said
    film.unlink()
    shutil.copyfile(secret, film)
    os.utime(film, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    code, said = call("backup", tmp_path / "whole", servers=Servers(data, ""))
    assert code == 0, said
    copied = tmp_path / "whole" / "files" / "local" / film.relative_to(data / "videos")
    linked(copied, secret)
    code, said = call("restore", tmp_path / "whole", servers=Servers(tmp_path / "fresh", ""))
    assert (code, "but should" in said) == (1, True), said

    for folder in (made, tmp_path / "fresh"):
        for path in folder.rglob("*"):
            assert not path.is_symlink()
            assert path.is_dir() or b"only root" not in path.read_bytes()


def test_what_links_anywhere_in_a_backup_lead_to_is_not_restored(
    library: Servers, tmp_path: Path
) -> None:
    data, made, fresh = tmp_path / "data", tmp_path / "made", tmp_path / "fresh"
    shutil.copytree(library.data, data, ignore=shutil.ignore_patterns("valkey"))
    (data / "secret_key").write_text(os.environ["STREAMIT_SECRET_KEY"])
    code, said = call("backup", made, servers=Servers(data, ""))
    assert code == 0, said
    places = ("secret_key", "files", "files/local", "database", "database/streamit.sqlite3")
    for place in (made / name for name in places):
        place.rename(tmp_path / "moved")
        place.symlink_to(tmp_path / "moved")
        refused = f"{place}: is a symbolic link, and no backup has one there"
        code, said = call("restore", made, servers=Servers(fresh, ""))
        assert (code, refused in said) == (1, True), said
        assert not fresh.exists() or not list(fresh.iterdir())
        place.unlink()
        (tmp_path / "moved").rename(place)
    assert call("restore", made, servers=Servers(fresh, ""))[0] == 0


def test_what_a_link_in_the_place_of_the_secret_key_leads_to_is_in_no_backup(
    library: Servers, tmp_path: Path
) -> None:
    data, made = tmp_path / "data", tmp_path / "made"
    shutil.copytree(library.data, data, ignore=shutil.ignore_patterns("valkey"))
    (data / "secret_key").unlink(missing_ok=True)
    (tmp_path / "key").write_text(os.environ["STREAMIT_SECRET_KEY"])
    (data / "secret_key").symlink_to(tmp_path / "key")
    code, said = call("backup", made, servers=Servers(data, ""))
    assert (code, f"Not copied: {data / 'secret_key'}" in said) == (0, True), said
    assert not (made / "secret_key").exists()


def test_nothing_outside_the_folder_of_films_is_in_a_backup_whatever_leads_there(
    library: Servers, tmp_path: Path
) -> None:
    data, made = tmp_path / "data", tmp_path / "made"
    shutil.copytree(library.data, data, ignore=shutil.ignore_patterns("valkey"))
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    first, second = sorted((data / "videos").rglob("original"))
    for name in ("original", "key"):
        (hidden / name).write_bytes(b"only root reads this")
    shutil.rmtree(first.parent)
    first.parent.symlink_to(hidden)
    upwards = "../../hidden/key"
    Servers(data, "").query(
        "UPDATE library_source SET key = ? WHERE key = ?",
        upwards,
        second.relative_to(data / "videos").as_posix(),
    )

    code, said = call("backup", made, servers=Servers(data, ""))

    assert code == 0, said
    for path in (first, data / "videos" / upwards):
        assert f"Skipped, because it is not a regular file: {path}" in said
    assert (hidden / "key").exists()
    for path in (path for path in made.rglob("*") if path.is_file()):
        assert b"only root" not in path.read_bytes(), path


def test_a_folder_that_holds_something_else_is_refused(library: Servers, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    why = "has other files in it; choose a new or empty folder"

    code, said = call("backup", tmp_path, servers=library)

    assert (code, said) == (1, f"CommandError: {tmp_path}: {why}\n")
    assert list(tmp_path.iterdir()) == [tmp_path / "mine"]


@pytest.mark.engines
def test_a_backup_of_another_kind_of_database_is_refused_before_anything_is_done(
    library: Servers, tmp_path: Path
) -> None:
    made, fresh = tmp_path / "made", Servers(tmp_path / "fresh", "")
    assert call("backup", made, servers=library)[0] == 0

    with postgresql.running() as cluster:
        refused = call("restore", made, servers=fresh, env={"DATABASE_URL": cluster.url})
        with psycopg.connect(cluster.url) as connection:
            tables = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchone()

    assert refused == (
        1,
        (
            "CommandError: DATABASE_URL: this backup is of SQLite and can only be restored into"
            " SQLite, but the database here is PostgreSQL. Leave DATABASE_URL unset for it.\n"
        ),
    )
    assert tables == (0,)
    assert not fresh.data.exists()

    manifest = made / "backup.json"
    manifest.write_text(manifest.read_text().replace('"sqlite"', '"postgresql"'))
    code, said = call("restore", made, servers=fresh)
    assert (code, "Set DATABASE_URL to an empty PostgreSQL database" in said) == (1, True)


def test_a_damaged_and_a_newer_backup_are_refused(library: Servers, tmp_path: Path) -> None:
    made, fresh = tmp_path / "made", Servers(tmp_path / "fresh", "")
    assert call("backup", made, servers=library)[0] == 0
    manifest = made / "backup.json"
    text = manifest.read_text()
    manifest.write_text(text.replace("0001_initial", "0999_of_tomorrow"))
    assert "was made by a newer StreamIt" in call("restore", made, servers=fresh)[1]

    for broken in ("{", "[]", "null", "[" * 100_000):
        manifest.write_text(broken)
        refused = f"CommandError: {made}: backup.json cannot be read\n"
        assert call("restore", made, servers=fresh) == (1, refused)
    manifest.write_text(text)
    database = made / "database" / "streamit.sqlite3"
    whole = database.read_bytes()
    database.write_bytes(whole[:8192].ljust(len(whole), b"\0"))
    damaged = f"CommandError: {database}: is damaged or missing; use another backup\n"
    assert call("restore", made, servers=fresh) == (1, damaged)
    assert not fresh.data.exists()
    # As backups were before they had sums.
    facts = json.loads(text)
    del facts["database_sha256"]
    manifest.write_text(json.dumps(facts))
    code, said = call("restore", made, servers=fresh)
    assert (code, said.count("\n"), "use another backup" in said) == (1, 1, True), said
    assert not fresh.data.exists()
    database.write_bytes(whole)

    manifest.write_text(text)
    next((made / "files").rglob("original")).unlink()
    assert "but should have 4 with" in call("restore", made, servers=fresh)[1]
