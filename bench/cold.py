"""How long it takes from a fresh clone to the first page, and from a warm start."""

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx2

from bench.rig import report
from bench.rig.report import ROOT, Figures


async def measure(options: argparse.Namespace) -> Figures:
    """Start a fresh clone, then start it again."""
    with tempfile.TemporaryDirectory(prefix="streamit-cold-") as name:
        clone = Path(name) / "streamit"
        begin_s = time.perf_counter()
        _clone(clone)
        cloned_s = time.perf_counter() - begin_s
        if options.installed:
            for part in (".venv", "web/node_modules"):
                (clone / part).symlink_to(ROOT / part)
        fresh_s = await asyncio.to_thread(_first_page_s, clone)
        warm_s = [await asyncio.to_thread(_first_page_s, clone) for _ in range(options.starts)]
    return {
        "clone_s": round(cloned_s, 2),
        "installed_before": options.installed,
        "fresh_s": round(fresh_s, 2),
        "warm_s": round(sorted(warm_s)[len(warm_s) // 2], 2),
        "warm_s_all": [round(s, 2) for s in warm_s],
    }


def _clone(folder: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    # Measure the working tree, including uncommitted changes.
    changed = subprocess.run(
        ["git", "ls-files", "--modified", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for path in filter(None, changed.split("\0")):
        if (ROOT / path).exists():
            (clone_path := folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, clone_path)


def _first_page_s(clone: Path) -> float:
    """Return the seconds from ``./streamit up`` until a page has been read."""
    settings = ("STREAMIT_", "REDIS_URL", "DATABASE_URL", "PYTHONPATH")
    environment = {name: v for name, v in os.environ.items() if not name.startswith(settings)}
    begin_s = time.perf_counter()
    process = subprocess.Popen(
        ["./streamit", "up", "--port", "0"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        # So that an interrupted bench can end all of its processes.
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("StreamIt is ready: "):
                page = httpx2.get(line.split()[3])
                page.raise_for_status()
                assert "<html" in page.text
                return time.perf_counter() - begin_s
        raise SystemExit("streamit bench cold: it did not start")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def main() -> None:
    parser = report.options("cold", __doc__)
    parser.add_argument("--starts", type=int, default=3, help="warm starts (%(default)s)")
    parser.add_argument(
        "--installed", action="store_true", help="use the packages that are installed here"
    )
    report.run("cold", parser, measure, pinned=False)


if __name__ == "__main__":
    main()
