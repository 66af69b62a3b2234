"""What ``--quick`` runs needs nothing that must be installed on the machine."""

from pathlib import Path

import pytest

from tests.checks import PACKAGES
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
