"""The wheel, installed into a clean environment on a machine without Node.js."""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch import pages
from tests.support.patience import PATIENCE_S
from tests.support.servers import ROOT
from tests.support.shared_files import shared

# The first test also waits for the wheel to be made and installed.
pytestmark = [pytest.mark.programs, pytest.mark.timeout(300)]

UV = ROOT / ".venv" / "bin" / "uv"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


INSTALL = (ROOT / "docs" / "operations" / "install.md").read_text()


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def uv(*arguments: str | Path) -> None:
    run(UV, *arguments)


@pytest.fixture(scope="session")
def command() -> Path:
    """The command ``streamit`` of a wheel, installed once in a test run."""
    return Path(shared("wheel", install).read_text())


def install(told: Path) -> None:
    """Install a wheel as ./streamit build makes it, and write to ``told`` where its command is."""
    folder = Path(tempfile.mkdtemp(prefix="wheel-", dir=told.parent))
    pages.build_when_stale(print)
    constraints = ROOT / "requirements" / "build.lock"
    uv(
        *("build", "--wheel", "--out-dir", folder / "dist", "--require-hashes"),
        *("--build-constraints", constraints, ROOT),
    )
    (wheel,) = (folder / "dist").glob("*.whl")
    uv("venv", folder / "env")
    python = folder / "env" / "bin" / "python"
    # By uv, which has them already: then pip only has to see that they are what it is asked for.
    uv("pip", "sync", "--python", python, ROOT / "requirements" / "runtime.lock")
    commands = re.findall(r"^pip (install .*runtime.lock|install .*whl)$", INSTALL, re.MULTILINE)
    assert len(commands) == 2
    for line in commands:
        words = [str(wheel) if word.endswith(".whl") else word for word in line.split()]
        run(sys.executable, "-m", "pip", "--python", python, "--no-input", *words)
    told.write_text(str(folder / "env" / "bin" / "streamit"))


@pytest.fixture
def home() -> Iterator[Path]:
    # Not below pytest's folders: their paths are too long for a socket.
    with tempfile.TemporaryDirectory(prefix="streamit-home-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def surroundings(home: Path) -> dict[str, str]:
    """A PATH without Node.js, and a home of one's own."""
    return {"PATH": "/nowhere", "HOME": str(home), "STREAMIT_JOBS": "0"}


@pytest.fixture
def address(command: Path, surroundings: dict[str, str]) -> Iterator[str]:
    """Where the installed command serves."""
    with subprocess.Popen(
        [command, "up", "--port", "0"],
        env=surroundings,
        cwd=surroundings["HOME"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        said = ""
        try:
            for line in process.stdout or ():
                said += line
                if found := re.search(r"ready: (http://\S+)", line):
                    break
            else:
                pytest.fail(said)
            yield found[1]
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def test_it_serves_the_first_page_and_what_that_loads(
    address: str, command: Path, surroundings: dict[str, str], home: Path, tmp_path: Path
) -> None:
    assert shutil.which("node", path=surroundings["PATH"]) is None
    page = urllib.request.urlopen(address, timeout=30).read().decode()
    scripts = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)
    assert scripts
    for script in scripts:
        assert urllib.request.urlopen(address + script, timeout=30).status == 200
    # Without --data all is in the user's own folder, also for the other commands.
    assert (home / ".local/share/streamit/streamit.sqlite3").is_file()
    for arguments in (["admin", "people"], ["backup", str(tmp_path / "backup")]):
        done = subprocess.run(
            [command, *arguments], env=surroundings, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "backup" / "database" / "streamit.sqlite3").is_file()


def test_the_command_names_what_it_can_do(command: Path, surroundings: dict[str, str]) -> None:
    helped, unknown = (
        subprocess.run(
            [command, name], env=surroundings, capture_output=True, text=True, check=False
        )
        for name in ("help", "fly")
    )
    assert (helped.returncode, unknown.returncode) == (0, 1)
    assert helped.stdout == unknown.stderr
    for name in ("up", "work", "admin", "backup", "restore", "expired", "check-processor"):
        assert f"\n  {name} " in helped.stdout


def test_every_package_is_in_it() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) <= set(wheel)
