"""``./streamit test``: every check of the project, with a table of what each took.

Without arguments everything runs. ``--quick`` leaves out the tests that need an installed program
such as a browser, encode films, or start our own programs. ``--coverage`` prints which part of each
package's lines and branches ran. Any other arguments go to pytest, and nothing else runs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

# How a step says that it could not do its work, without failing for it.
NOT_CHECKED = "not checked"
ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
WEB = ROOT / "web"
PYTHON = str(BIN / "python")
# Debian's packages that tests need, by a file of theirs; see tests/support/packages.py.
PACKAGES = {
    "chromium-headless-shell": "usr/bin/chromium-headless-shell",
    "libfaketime": "usr/lib/*/faketime/libfaketime.so.1",
    "nginx-light": "usr/sbin/nginx",
    "postgresql": "usr/lib/postgresql/*/bin/initdb",
    "systemd": "usr/bin/systemd-analyze",
}
# The marks of tests that --quick leaves out.
LEFT_OUT = ("browser", "engines", "faults", "films", "programs")
QUICK = [
    *("-m", " and ".join(f"not {mark}" for mark in LEFT_OUT)),
    # All of these is left out; what they are made of takes long to import.
    *("--ignore=tests/browser", "--ignore=tests/faults"),
    "--ignore=tests/contracts/test_openapi.py",
]


# Twice as many as there are processors: most tests wait for programs that they have started.
WORKERS = "4"
# These rarely wait, and each process has to find all tests first.
QUICK_WORKERS = "3"

# Tests, and what is checked beside them, take turns to say a whole line.
_saying = threading.Lock()


@dataclass(frozen=True, slots=True)
class Step:
    """One check: a command that fails by its exit code."""

    name: str
    command: Sequence[str]
    folder: Path = ROOT
    is_quick: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    step: Step
    passed: bool
    seconds: float
    output: str


# What many tests stand on, so done before them.
FIRST = [Step("web build", [PYTHON, "-m", "launch.pages"])]
# One at a time beside the tests, which often wait.
BESIDE = [
    # A server that stands for Azure's. Tests that need it wait for the same lock.
    Step("npm of tests", [PYTHON, "-m", "tests.support.npm"], is_quick=False),
    Step("ruff check", [str(BIN / "ruff"), "check", "."]),
    Step("ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
    Step("mypy", [str(BIN / "mypy"), "."]),
    Step("vitest", ["npm", "run", "--silent", "test"], WEB),
    Step("biome and tsc", ["npm", "run", "--silent", "check"], WEB),
    Step("import-linter", [str(BIN / "lint-imports")]),
    Step("generated files", [PYTHON, "manage.py", "generate", "--check"]),
    Step("vulnerabilities", [PYTHON, "-m", "tests.vulnerabilities"]),
]


def run(step: Step) -> Outcome:
    """Run a check, keeping what it says."""
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=step.folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    outcome = Outcome(step, done.returncode == 0, time.monotonic() - began, done.stdout)
    said = done.stdout.rstrip()
    if not outcome.passed:
        say(f"FAILED  {step.name}\n{said}\n--- end of {step.name} ---")
    elif said.startswith(NOT_CHECKED):
        say(f"ok      {step.name}\n        {said}")
    else:
        say(f"ok      {step.name}")
    return outcome


def run_pytest(arguments: Sequence[str], *, coverage: bool) -> Outcome:
    """Run pytest, showing what it says as it comes."""
    measured = ["-m", "coverage", "run"] if coverage else []
    step = Step("pytest", [PYTHON, *measured, "-m", "pytest", *arguments])
    began = time.monotonic()
    lines = []
    with subprocess.Popen(
        step.command,
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout or ():
            say(line.rstrip("\n"))
            lines.append(line)
    seconds = time.monotonic() - began
    closing = lines[-1].rstrip() if lines else "pytest said nothing"
    return Outcome(step, process.returncode == 0, seconds, closing)


def ensure_packages() -> None:
    """Install Debian's packages that are missing if we may; else say what to do."""
    missing = [name for name in PACKAGES if not _is_installed(name)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {', '.join(missing)}")
        # At run level 1 Debian's packages start no service.
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)
    if still := " ".join(name for name in missing if not _is_installed(name)):
        raise SystemExit(
            f"Missing: {still}. On Debian, apt-get install {still} as root; "
            "or leave the tests that need them out with ./streamit test --quick"
        )


def _is_installed(name: str) -> bool:
    return any(Path("/").glob(PACKAGES[name]))


def coverage_by_package() -> list[str]:
    """Return a row for each package: lines and branches that ran, in per cent.

    The server processes that tests start count too (``patch`` in pyproject.toml).
    """
    tool = [PYTHON, "-m", "coverage"]
    subprocess.run([*tool, "combine", "--quiet"], cwd=ROOT, check=True)
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run([*tool, "json", "--quiet", "-o", report.name], cwd=ROOT, check=True)
        files = json.loads(Path(report.name).read_text())["files"]
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for name, found in files.items():
        totals[name.partition("/")[0]].update(found["summary"])
    rows = [f"{'package':<16} {'lines':>8} {'branches':>9}"]
    for package, sums in sorted(totals.items()):
        lines = sums["covered_lines"] / max(1, sums["num_statements"])
        branches = sums["covered_branches"] / max(1, sums["num_branches"])
        rows.append(f"{package:<16} {lines:>8.1%} {branches:>9.1%}")
    return rows


def run_everything(*, quick: bool, coverage: bool) -> int:
    """Run all checks, print the table and pytest's closing line, return the exit code."""
    if not quick:
        ensure_packages()
    beside = ThreadPoolExecutor(max_workers=1)
    try:
        checking = [beside.submit(run, step) for step in BESIDE if step.is_quick or not quick]
        outcomes = [run(step) for step in FIRST]
        selection = QUICK if quick else []
        workers = QUICK_WORKERS if quick else WORKERS
        options = ["-q", "-n", workers, "--dist", "worksteal"]
        tests = run_pytest([*options, *selection], coverage=coverage)
        outcomes += [*(each.result() for each in checking), tests]
    finally:
        # Whoever interrupts it waits for no more of them.
        beside.shutdown(cancel_futures=True)
    say("\n" + "\n".join(_row(outcome) for outcome in outcomes))
    if coverage:
        say("\n" + "\n".join(coverage_by_package()))
    say(f"\npytest: {tests.output}")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _row(outcome: Outcome) -> str:
    result = "ok" if outcome.passed else "FAILED"
    return f"{outcome.step.name:<16} {outcome.seconds:>6.1f} s  {result}"


def _environment() -> dict[str, str]:
    # Settings of the shell would change what the tests see.
    ours = ("STREAMIT_", "DJANGO_", "REDIS_URL", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}


def say(line: str) -> None:
    with _saying:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def main(arguments: list[str]) -> int:
    if set(arguments) <= {"--quick", "--coverage"}:
        return run_everything(quick="--quick" in arguments, coverage="--coverage" in arguments)
    return subprocess.run(
        [PYTHON, "-m", "pytest", *arguments], env=_environment(), check=False
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
