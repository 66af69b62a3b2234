import json
from pathlib import Path

import pytest

from config import generate
from config.api import api
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


def test_rest_and_the_socket_mean_the_same_by_what_they_share(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(generate.openapi_document())
    waiting = document["components"]["schemas"]["WaitingFor"]["properties"]
    waiting["members"] = waiting.pop("for")
    monkeypatch.setattr(generate, "openapi_document", lambda: json.dumps(document))

    with pytest.raises(SystemExit):
        generate.stale_types()
    assert "State has another WaitingFor over REST" in capfd.readouterr().err


def test_an_answer_calls_each_field_as_its_description_does() -> None:
    """ninja leaves the names out by which a model is read, unless it is told to use them."""
    for router in {registered[1] for registered in api._router_registrations}:
        for view in router.path_operations.values():
            for operation in view.operations:
                for model in filter(None, operation.response_models.values()):
                    by_field, by_name = [
                        model.model_json_schema(by_alias=by_alias, mode="serialization")
                        for by_alias in (False, True)
                    ]
                    assert by_field == by_name or operation.by_alias, operation.view_func


def test_a_body_that_a_raw_app_reads_is_a_component_too() -> None:
    document = json.loads(generate.openapi_document())

    body = document["paths"]["/api/v1/videos"]["post"]["requestBody"]["content"]
    assert body["application/json"]["schema"] == {"$ref": "#/components/schemas/LinkIn"}
    assert "url" in document["components"]["schemas"]["LinkIn"]["properties"]
