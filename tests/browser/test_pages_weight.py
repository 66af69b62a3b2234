"""What a visitor's browser has to load before the room is there."""

import gzip
import re
from pathlib import Path

# As ./streamit builds them.
BUILT = Path(__file__).resolve().parents[2] / "web" / "dist"
LIMIT_BYTES = 60_000
# In a file that is built; what is imported only when it is needed has brackets.
IMPORT = re.compile(r"""\b(?:from|import)\s*["'`]\./([^"'`]+)["'`]""")


def test_the_room_page_is_light_before_hls() -> None:
    shell = (BUILT / "index.html").read_text()
    (first,) = re.findall(r'<script[^>]* src="/assets/([^"]+)"', shell)
    files = _with_imports(first)
    weight = sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert weight <= LIMIT_BYTES
    as_brotli = sum(file.with_name(f"{file.name}.br").stat().st_size for file in files)
    assert as_brotli < 0.9 * weight
    # What is loaded later needs the first page, so that imports are found where there are any.
    (chat,) = (BUILT / "assets").glob("Chat-*.js")
    assert _with_imports(chat.name) > files


def _with_imports(*names: str) -> set[Path]:
    """Return the files of ``names`` and of all that they need at once."""
    files: set[Path] = set()
    rest = list(names)
    while rest:
        file = BUILT / "assets" / rest.pop()
        if file not in files:
            files.add(file)
            rest += IMPORT.findall(file.read_text())
    return files
