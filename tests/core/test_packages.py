"""The places that name our packages, against the folders that there are."""

import tomllib
from pathlib import Path
from typing import Any

from core.packages import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
TOOLS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


def test_every_folder_of_code_is_named_wherever_packages_are() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    contracts = {each["name"]: each for each in TOOLS["importlinter"]["contracts"]}
    layers = contracts["Packages depend one way"]["layers"]
    without_circles = contracts["No circles among the modules of a package"]["ancestors"]

    assert {*PACKAGES, "launch"} == folders
    assert set(TOOLS["importlinter"]["root_packages"]) == folders
    assert {name for layer in layers for name in layer.split(" | ")} == folders
    assert set(without_circles) == folders
    assert set(TOOLS["coverage"]["run"]["source"]) == folders
    assert folders <= set(TOOLS["hatch"]["build"]["targets"]["wheel"]["force-include"])
