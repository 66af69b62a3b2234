from pathlib import Path

import pytest

from config import generate
from config.environment import Environment, variable_name


def test_no_generated_file_is_stale() -> None:
    assert generate.stale_files() == []


def test_a_changed_file_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "settings.md"
    monkeypatch.setattr(generate, "SETTINGS", page)

    assert page in generate.stale_files()
    page.write_text(generate.settings_page() + "A line by hand.\n")
    assert page in generate.stale_files()


def test_every_setting_is_on_the_page_with_its_default_and_meaning() -> None:
    page = generate.settings_page()

    for name, field in Environment.model_fields.items():
        assert field.description
        assert f"| `{variable_name(name)}` | " in page
        assert f" | {field.description} |" in page
    assert "| `STREAMIT_PRESENCE_LEASE` | `12s` |" in page
    assert "| `STREAMIT_ACCESS_TOKEN_TTL` | `30d` |" in page
