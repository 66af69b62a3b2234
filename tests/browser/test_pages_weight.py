"""What a visitor's browser has to load before the room is there."""

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parents[2] / "web"
LIMIT_BYTES = 60_000


def test_the_room_page_is_light_before_hls(tmp_path: Path) -> None:
    manifest = _build(tmp_path)
    shell = (tmp_path / "index.html").read_text()
    first = [name for name, entry in manifest.items() if f'src="/{entry["file"]}"' in shell]
    assert len(first) == 1
    files = [tmp_path / file for file in _with_imports(manifest, *first)]
    weight = sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert weight <= LIMIT_BYTES
    as_brotli = sum(file.with_name(f"{file.name}.br").stat().st_size for file in files)
    assert as_brotli < 0.9 * weight


def _build(folder: Path) -> dict[str, Any]:
    subprocess.run(
        [
            *("node_modules/.bin/vite", "build", "--outDir", folder),
            *("--manifest", "manifest.json", "--logLevel", "warn"),
        ],
        cwd=WEB,
        check=True,
    )
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return manifest


def _with_imports(manifest: dict[str, Any], *entries: str) -> set[str]:
    """Return the files of ``entries`` and of all that they need at once."""
    files: set[str] = set()
    rest = list(entries)
    while rest:
        entry = manifest[rest.pop()]
        files.add(entry["file"])
        rest += entry.get("imports", [])
    return files
