"""Runs modules of the rig beside the system under test, each in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.rig.report import ROOT

# An hour of filling would be a mistake.
TIMEOUT_S = 900

Run = Callable[[Sequence[str], Mapping[str, str]], "subprocess.CompletedProcess[str]"]


def run_anew(
    command: Sequence[str], environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run Python with these arguments in a new process."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=dict(environment),
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def told(
    module: str, *arguments: object, environment: Mapping[str, str], run: Run = run_anew
) -> Any:
    """Run ``module`` with the server's settings; return the JSON that it prints."""
    done = run(["-m", module, *map(str, arguments)], environment)
    if done.returncode:
        raise SystemExit(f"{module} ended with exit code {done.returncode}\n{done.stderr or ''}")
    return json.loads(done.stdout)
