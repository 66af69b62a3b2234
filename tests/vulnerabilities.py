"""Whether a package that the locks name has a known vulnerability, as OSV.dev knows it.

https://google.github.io/osv.dev/post-v1-querybatch/ - one request for all packages. Exit code
0 and "not checked" when the feed cannot be reached, 1 when a package has a vulnerability.
"""

import argparse
import json
import re
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.checks import NOT_CHECKED, ROOT, say

FEED = "https://api.osv.dev/v1/querybatch"
PATIENCE_S = 10
AT_ONCE = 1000
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A package as OSV names it."""

    ecosystem: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.ecosystem})"


def of_pip(lock: Path) -> Iterator[Package]:
    """Give the packages of a lock of uv's."""
    for name, version in _PINNED.findall(lock.read_text()):
        yield Package("PyPI", name, version)


def of_npm(lock: Path) -> Iterator[Package]:
    """Give the packages of a package-lock.json."""
    for path, facts in json.loads(lock.read_text())["packages"].items():
        if path and "version" in facts:
            name = facts.get("name") or path.rpartition("node_modules/")[2]
            yield Package("npm", name, facts["version"])


def locked() -> list[Package]:
    """Return every package of every lock of ours."""
    pip = [*(ROOT / "requirements").glob("*.lock"), ROOT / "bench" / "python" / "requirements.lock"]
    found = {each for lock in pip for each in of_pip(lock)}
    for folder in ("web", "tests", "bench"):
        found |= set(of_npm(ROOT / folder / "package-lock.json"))
    return sorted(found)


def ask(feed: str, packages: Sequence[Package]) -> dict[Package, list[str]]:
    """Return the ids of the vulnerabilities of those packages that have some; raise OSError."""
    queries = [
        {"package": {"ecosystem": each.ecosystem, "name": each.name}, "version": each.version}
        for each in packages
    ]
    request = urllib.request.Request(
        feed,
        json.dumps({"queries": queries}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        results = json.load(answer)["results"]
    return {
        package: [each["id"] for each in result["vulns"]]
        for package, result in zip(packages, results, strict=True)
        if result.get("vulns")
    }


def main(arguments: Sequence[str]) -> int:
    """Check all locks; say what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--feed", default=FEED)
    feed = parser.parse_args(arguments).feed
    packages = locked()
    found: dict[Package, list[str]] = {}
    try:
        for start in range(0, len(packages), AT_ONCE):
            found |= ask(feed, packages[start : start + AT_ONCE])
    except (OSError, ValueError, KeyError) as error:
        say(f"{NOT_CHECKED}: {feed} cannot be asked ({error})")
        return 0
    for package, names in found.items():
        say(f"{package}: {', '.join(f'https://osv.dev/{name}' for name in names)}")
    say(f"{len(packages)} packages, {len(found)} of them with a known vulnerability")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
