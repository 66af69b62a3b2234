"""What the commands of operators say when there is nothing to work on."""

import socket
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from config.commands import OperatorCommand
from core.errors import Invalid
from tests.support import warm
from tests.support.servers import MANAGE, Servers
from tests.support.warm_process import FD

pytestmark = pytest.mark.programs

COMMANDS = [
    ("admin", "people"),
    ("backup", "made"),
    ("check_processor",),
    ("expired",),
    ("work", "--once"),
]


def call(servers: Servers, *arguments: str, **env: str) -> tuple[int, str]:
    done = warm.run([MANAGE, *arguments], servers.environment(env))
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_mistyped_data_folder_is_named_and_nothing_is_made_in_it(
    command: tuple[str, ...], servers: Servers, tmp_path: Path
) -> None:
    empty = tmp_path / "mistyped"
    empty.mkdir()

    code, said = call(servers, *command, "--data", str(empty))

    expected = f"--data: {empty} is no data folder of StreamIt; name the one that there is"
    assert (code, said.count("\n")) == (1, 1), said
    assert expected in said
    assert list(empty.iterdir()) == []


def test_a_database_that_is_not_there_is_named_and_not_made(
    servers: Servers, tmp_path: Path
) -> None:
    path = tmp_path / "mistyped.sqlite3"

    code, said = call(servers, "expired", DATABASE_URL=f"sqlite:///{path}")

    assert (code, said) == (1, f"CommandError: DATABASE_URL: there is no database {path}\n")
    assert not path.exists()


@pytest.mark.parametrize("command", [("work",), ("admin", "people"), ("expired",)], ids=" ".join)
def test_no_command_works_with_a_database_that_no_server_has_brought_up_to_date(
    command: tuple[str, ...], servers: Servers, tmp_path: Path
) -> None:
    path = tmp_path / "new.sqlite3"
    path.touch()

    code, said = call(servers, *command, DATABASE_URL=f"sqlite:///{path}")

    why = "DATABASE_URL: the database is not up to date; start StreamIt with it first"
    assert (code, said) == (1, f"CommandError: {why}\n")


def test_nothing_works_with_a_database_that_a_newer_version_has_changed(servers: Servers) -> None:
    servers.query(
        "INSERT INTO django_migrations (app, name, applied)"
        " VALUES ('library', '0999_of_tomorrow', CURRENT_TIMESTAMP)"
    )
    why = "DATABASE_URL: the database is of a newer StreamIt (it has library 0999_of_tomorrow)"

    code, said = call(servers, "admin", "people")
    assert (code, said.count("\n")) == (1, 1), said
    assert said.startswith(why)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        (servers.data / "said").open("wb") as output,
    ):
        command: list[str | Path] = [MANAGE, "serve", "--fd", FD, "--migrate", "1"]
        server = warm.start(command, servers.environment({}), output, [listener.fileno()])
        assert server.wait(60) == 1
    assert (servers.data / "said").read_text().startswith(why)


@pytest.mark.parametrize(
    ("name", "holds", "expected"),
    [
        ("STREAMIT_SECRET_KEY", b"\xff" * 48, "STREAMIT_SECRET_KEY_FILE: {path} holds no text"),
        ("STREAMIT_DATA", b"\xff" * 48, "STREAMIT_DATA_FILE: {path} holds no text"),
        (
            "STREAMIT_DATA",
            None,
            "STREAMIT_DATA_FILE: cannot read {path}: No such file or directory",
        ),
    ],
)
def test_a_file_of_a_setting_that_cannot_be_read_is_named(
    servers: Servers, tmp_path: Path, name: str, holds: bytes | None, expected: str
) -> None:
    path = tmp_path / "file"
    if holds is not None:
        path.write_bytes(holds)

    env = {name: "", f"{name}_FILE": str(path)}
    assert call(servers, "admin", "people", **env) == (1, expected.format(path=path) + "\n")


@pytest.mark.parametrize(
    ("holds", "why"), [(b"\xff" * 48, "holds no text"), (b"\n", "is empty; remove it")]
)
def test_a_secret_key_that_is_none_is_named(servers: Servers, holds: bytes, why: str) -> None:
    path = servers.data / "secret_key"
    path.write_bytes(holds)

    code, said = call(servers, "admin", "people", STREAMIT_SECRET_KEY="")

    assert (code, said.count("\n")) == (1, 1), said
    assert f"STREAMIT_DATA: {path} {why}" in said


def test_a_worker_takes_a_data_folder_and_helps_as_the_others_do(servers: Servers) -> None:
    assert call(servers, "work", "--once", "--data", str(servers.data)) == (3, "")

    code, said = call(servers, "work", "--help")
    assert (code, said.startswith("usage: streamit work ")) == (0, True)
    assert "--settings" not in said


@pytest.mark.parametrize("height", ["0", "-1", "1080p"])
def test_a_worker_that_could_take_no_film_does_not_start(servers: Servers, height: str) -> None:
    code, said = call(servers, "work", "--once", f"--max-height={height}")
    assert (code, f"{height} is not a number of lines from 2 on" in said) == (2, True), said


def test_a_wrong_field_is_told_with_one_full_stop(capsys: pytest.CaptureFixture[str]) -> None:
    class Refused(OperatorCommand):
        needs_database = False
        needs_present_database = False

        def handle(self, **_options: object) -> None:
            raise Invalid("It is wrong.", fields={"one": "is too long", "two": "Ask for another."})

    with pytest.raises(
        CommandError, match=r"^It is wrong. one: is too long. two: Ask for another.$"
    ):
        Refused().execute(data=None, no_color=False, force_color=False)
