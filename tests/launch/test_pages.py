import json
from pathlib import Path

import pytest

from launch import pages


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A web folder whose build copies one source and counts how often it ran."""
    build = "mkdir -p dist && cp src/main.tsx dist/main.js && echo built >> built"
    (tmp_path / "package.json").write_text(json.dumps({"scripts": {"build": build}}))
    (tmp_path / "index.html").write_text("<html>")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.tsx").write_text("one();" * 400)
    (tmp_path / "node_modules").mkdir()
    return tmp_path


def builds(web: Path) -> int:
    return len((web / "built").read_text().splitlines()) if (web / "built").exists() else 0


def test_pages_are_built_once_and_again_when_a_source_changes(web: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        pages.build_when_stale(said.append, web)
    assert builds(web) == 1
    assert said == ["Building the pages"]

    (web / "src" / "more.tsx").write_text("two();")
    assert not pages.are_fresh(web)
    pages.build_when_stale(said.append, web)
    assert builds(web) == 2

    (web / "src" / "more.tsx").rename(web / "src" / "other.tsx")
    assert not pages.are_fresh(web)


def test_a_build_leaves_a_compressed_copy_of_what_is_large(web: Path) -> None:
    pages.build_when_stale(print, web)

    compressed = web / "dist" / "main.js.gz"
    assert compressed.stat().st_size < (web / "dist" / "main.js").stat().st_size


def test_a_failed_build_is_told_and_tried_again(web: Path) -> None:
    (web / "package.json").write_text('{"scripts": {"build": "echo bad line 3; exit 1"}}')

    for _ in range(2):
        with pytest.raises(pages.NotBuilt, match=r"bad line 3\nThe pages could not be built"):
            pages.build_when_stale(print, web)


def test_missing_packages_and_a_missing_npm_are_named(
    web: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(pages.NotBuilt, match=r"npm is missing: install Node\.js"):
        pages.build_when_stale(print, web)

    (web / "node_modules" / ".streamit-build.lock").unlink()
    (web / "node_modules").rmdir()
    with pytest.raises(pages.NotBuilt, match="web/node_modules is missing"):
        pages.build_when_stale(print, web)


def test_pages_that_come_without_sources_are_taken_as_they_are(web: Path) -> None:
    pages.build_when_stale(print, web)
    (web / "src" / "main.tsx").unlink()
    (web / "src").rmdir()

    assert pages.are_fresh(web)
