"""How many jobs a second workers can claim from the queue, on SQLite and PostgreSQL."""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

from bench.rig import databases, packages, report
from bench.rig.claimers import Claim
from bench.rig.report import ROOT, Figures, latencies_ms

CLAIMERS = [sys.executable, "-m", "bench.rig.claimers"]
PROCRASTINATE = str(packages.FOLDER / "procrastinate_claimers.py")


def main() -> None:
    parser = report.options("jobs", __doc__, limit_s=900)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--owners", type=int, default=51, help="the first has half of the jobs")
    parser.add_argument("--workers", type=int, default=20, help="processes")
    parser.add_argument(
        "--database", nargs="+", choices=databases.NAMES, default=list(databases.NAMES)
    )
    parser.add_argument(
        "--others", action="store_true", help="also measure procrastinate, on PostgreSQL"
    )
    report.run("jobs", parser, measure, pinned=False)


async def measure(options: argparse.Namespace) -> Figures:
    """Let workers empty our queue and then the minimal one, in each database."""
    figures: Figures = {
        "jobs": options.jobs,
        "owners": options.owners,
        "workers": options.workers,
    }
    fill = ["fill", str(options.jobs), str(options.owners)]
    for name in options.database:
        with databases.alone(name) as environment:
            _fill([*CLAIMERS, *fill], environment)
            ours = _empty([*CLAIMERS, "ours"], options.workers, environment)
            bare = _empty([*CLAIMERS, "bare"], options.workers, environment)
        figures[name] = {"ours": _figures(ours, options.jobs), "bare": _figures(bare, options.jobs)}
        figures[name]["to_bare"] = round(_rate(ours) / _rate(bare), 2)
        if options.others and name == "postgresql":
            program = [str(packages.python()), PROCRASTINATE]
            with databases.alone(name) as environment:
                _fill([*program, *fill], environment)
                others = _empty([*program, "work"], options.workers, environment)
            figures[name]["procrastinate"] = _figures(others, options.jobs)
            figures[name]["to_procrastinate"] = round(_rate(ours) / _rate(others), 2)
    return figures


def _start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _fill(command: Sequence[str], environment: Mapping[str, str]) -> None:
    subprocess.run(command, cwd=ROOT, env=dict(environment), check=True)


def _empty(command: Sequence[str], workers: int, environment: Mapping[str, str]) -> list[Claim]:
    """Start the workers together; return all their claims in order of time."""
    processes = [_start(command, environment) for _ in range(workers)]
    for process in processes:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"a worker did not start: {process.wait()}")
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    claims: list[Claim] = []
    for process in processes:
        claims += json.loads(process.communicate()[0])
    return sorted(claims, key=lambda claim: claim[2])


def _rate(claims: list[Claim]) -> float:
    return len(claims) / (claims[-1][2] - claims[0][2])


def _figures(claims: list[Claim], jobs: int) -> Figures:
    """Return the figures of one queue."""
    times = Counter(job for job, *_ in claims)
    owners = [owner for _, owner, *_ in claims]
    first = Counter(owners).most_common(1)[0][0]
    # Up to the last job of an owner other than the first, who has half of all jobs.
    shared = owners[: max(n for n, owner in enumerate(owners) if owner != first) + 1]
    return {
        "claims_per_s": round(_rate(claims)),
        **latencies_ms([took_s for *_, took_s in claims]),
        "never": jobs - len(times),
        "twice": sum(count > 1 for count in times.values()),
        "share_of_the_first_while_others_wait": round(shared.count(first) / len(shared), 2),
    }


if __name__ == "__main__":
    main()
