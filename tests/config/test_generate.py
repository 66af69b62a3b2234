import json
from pathlib import Path

import pytest

from config import generate
from config.environment import Environment, variable_name


def test_a_changed_file_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "settings.md"
    monkeypatch.setattr(generate, "SETTINGS", page)

    assert generate.stale_texts() == [page]
    page.write_text(generate.settings_page() + "A line by hand.\n")
    assert generate.stale_texts() == [page]
    page.write_text(generate.settings_page())
    assert generate.stale_texts() == []


@pytest.mark.parametrize("name", ["ERRORS", "ERROR_TYPES"])
def test_the_page_and_the_types_of_errors_are_compared_too(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, name, tmp_path / name)

    assert generate.stale_texts() == [tmp_path / name]


def test_every_setting_is_on_the_page_with_its_default_and_meaning() -> None:
    page = generate.settings_page()

    for name, field in Environment.model_fields.items():
        assert field.description
        assert f"| `{variable_name(name)}` | " in page
        assert f" | {field.description} |" in page
    assert "| `STREAMIT_PRESENCE_LEASE` | `12s` |" in page
    assert "| `STREAMIT_ACCESS_TOKEN_TTL` | `30d` |" in page


def test_the_types_of_the_pages_follow_the_openapi_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = json.loads(generate.openapi_document())
    document["components"]["schemas"]["VideoOut"]["properties"]["colour"] = {"type": "string"}
    monkeypatch.setattr(generate, "openapi_document", lambda: json.dumps(document))

    assert generate.stale_types() == [generate.ROOT / "web" / "src" / "rest.gen.ts"]


def test_a_body_that_a_raw_app_reads_is_a_component_too() -> None:
    document = json.loads(generate.openapi_document())

    body = document["paths"]["/api/v1/videos"]["post"]["requestBody"]["content"]
    assert body["application/json"]["schema"] == {"$ref": "#/components/schemas/LinkIn"}
    assert "url" in document["components"]["schemas"]["LinkIn"]["properties"]
