"""The files that are generated from code."""

import json
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from config.api import api
from config.environment import Environment, variable_name
from config.error_pages import error_types, errors_page
from rooms import codec

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "docs" / "protocol.schema.json"
SETTINGS = ROOT / "docs" / "settings.md"
ERRORS = ROOT / "docs" / "errors.md"
ERROR_TYPES = ROOT / "web" / "src" / "errors.gen.ts"
TYPES_SCRIPT = ROOT / "web" / "scripts" / "generate-types.mjs"

_SETTINGS_HEAD = """\
# Settings

Every setting is an environment variable. This page is generated from `config/environment.py`
by `./streamit generate`.

- With a wrong value, or an unknown name that begins with `STREAMIT_`, nothing starts, and one line
  says which. An empty value counts as none.
- Durations are a number with its unit: `500ms`, `90s`, `2m`, `12h`, `7d`. Lists are separated by
  commas. Yes and no are `on` and `off`.
- `NAME_FILE` in place of `NAME` gives the path of a file that holds the value, for secrets that a
  container engine mounts.
- `./streamit up --data DIR` is the same as `STREAMIT_DATA=DIR`.

| variable | default | meaning |
|---|---|---|
"""


def protocol_schema() -> str:
    """Return docs/protocol.schema.json."""
    return json.dumps(codec.schema(), indent=2, ensure_ascii=False) + "\n"


def settings_page() -> str:
    """Return docs/settings.md."""
    own = Environment.__annotations__
    rows = [
        f"| `{variable_name(name)}` | {_shown(field.get_default(call_default_factory=True))} "
        f"| {field.description} |"
        # Those it inherits, of the storages, come last.
        for name, field in sorted(
            Environment.model_fields.items(), key=lambda item: item[0] not in own
        )
    ]
    return _SETTINGS_HEAD + "\n".join(rows) + "\n"


def openapi_document() -> str:
    """Return the OpenAPI document as /api/openapi.json gives it."""
    return json.dumps(api.get_openapi_schema(path_prefix="/api/"))


def stale_files() -> list[Path]:
    """Return the generated files that differ from what the code would generate now.

    Raises SystemExit if the types of the pages cannot be made.
    """
    return stale_texts() + stale_types()


def stale_texts() -> list[Path]:
    """Return those that Python writes."""
    return [path for path, text in _contents().items() if _read(path) != text]


def stale_types() -> list[Path]:
    """Return the types of the pages that are stale; raises SystemExit when they cannot be made."""
    return [ROOT / line for line in _generate_types("--check").splitlines()]


def write_files() -> None:
    """Write every generated file; raises SystemExit when the types cannot be made."""
    for path, text in _contents().items():
        if _read(path) != text:
            path.write_text(text)
    _generate_types()


def _contents() -> Mapping[Path, str]:
    return {
        SCHEMA: protocol_schema(),
        SETTINGS: settings_page(),
        ERRORS: errors_page(),
        ERROR_TYPES: error_types(),
    }


def _generate_types(*options: str) -> str:
    """Run the script that writes the types of the pages; return the paths that it prints."""
    done = subprocess.run(
        ["node", TYPES_SCRIPT, *options],
        input=openapi_document(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit("The types of the pages could not be generated; see above.")
    return done.stdout


def _read(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


def _shown(default: Any) -> str:
    if default is None or default in ("", [], SecretStr("")):
        return "none"
    if isinstance(default, bool):
        return "`on`" if default else "`off`"
    if isinstance(default, timedelta):
        return f"`{_duration(default)}`"
    if isinstance(default, list):
        return "<br>".join(f"`{item}`" for item in default)
    return f"`{str(default).rstrip('/')}`"


def _duration(value: timedelta) -> str:
    """Write a duration in the largest unit that keeps it whole."""
    milliseconds = value // timedelta(milliseconds=1)
    units = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
    unit = next(unit for unit, length in units.items() if milliseconds % length == 0)
    return f"{milliseconds // units[unit]}{unit}"
