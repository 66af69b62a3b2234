"""Empty, migrated databases for benches."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping

from bench.rig.report import ROOT
from tests.support import postgresql

NAMES = ("sqlite", "postgresql")
_SETTINGS = {"STREAMIT_SECRET_KEY": "x" * 32, "STREAMIT_LOG_LEVEL": "warning"}


@contextlib.contextmanager
def alone(name: str) -> Iterator[dict[str, str]]:
    """Run the database called ``name``; yield the environment for programs that use it."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="streamit-bench-"))
        environment = {**os.environ, **_SETTINGS, "STREAMIT_DATA": folder}
        environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
        if name == "postgresql":
            environment["DATABASE_URL"] = stack.enter_context(postgresql.running()).url
        migrate(environment)
        yield environment


def migrate(environment: Mapping[str, str]) -> None:
    """Create the tables of the database that ``environment`` names."""
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=dict(environment),
        check=True,
        timeout=120,
    )
