"""What ``./streamit test`` runs, and that ``--quick`` needs nothing that must be installed."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import checks
from tests.checks import PACKAGES, Outcome, Step
from tests.support import azurite, packages


@pytest.mark.parametrize("package", PACKAGES)
def test_a_test_that_quick_runs_gets_no_program_that_must_be_installed(package: str) -> None:
    with pytest.raises(packages.NotLeftOut, match="test_a_test_that_quick_runs"):
        packages.find(package)


def test_a_test_that_quick_runs_installs_nothing_of_node(tmp_path: Path) -> None:
    with pytest.raises(packages.NotLeftOut), azurite.running(tmp_path):
        pass


@pytest.mark.engines
@pytest.mark.parametrize("package", PACKAGES)
def test_a_test_that_quick_leaves_out_gets_what_it_needs(package: str) -> None:
    assert packages.find(package).exists()


def test_a_check_that_fails_beside_the_tests_is_told_at_once_and_fails_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = Step("types", [sys.executable, "-c", "raise SystemExit('a.py:1: error')"])
    good = Step("style", [sys.executable, "-c", ""])

    def run_pytest(arguments: Sequence[str], *, coverage: bool) -> Outcome:
        return Outcome(Step("pytest", arguments), True, 1.0, "3 passed")

    monkeypatch.setattr(checks, "FIRST", [])
    monkeypatch.setattr(checks, "BESIDE", [bad, good])
    monkeypatch.setattr(checks, "run_pytest", run_pytest)

    assert checks.run_everything(quick=True, coverage=False) == 1

    said = capsys.readouterr().out.splitlines()
    assert said[:4] == ["FAILED  types", "a.py:1: error", "--- end of types ---", "ok      style"]
    assert [(line.split()[0], line.split()[-1]) for line in said[5:8]] == [
        ("types", "FAILED"),
        ("style", "ok"),
        ("pytest", "ok"),
    ]
    assert said[-1] == "pytest: 3 passed"
