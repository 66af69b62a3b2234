"""What is written for people names what there is, and what there is is written down."""

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import load_command_class
from prometheus_client.metrics import MetricWrapperBase

from accounts.budgets import Budget
from config import generate
from config.environment import Environment, variable_name
from config.management.commands.admin import ACTIONS
from core import metrics
from core.fair_queue import FairQueue
from core.limits import Limit
from core.packages import PACKAGES
from launch import data_folder, installed, up
from processing.errors import CODES

ROOT = Path(__file__).resolve().parent.parent.parent
BENCHES = ROOT / "bench" / "README.md"
CONTENTS = ROOT / "docs" / "operations.md"
OPERATIONS = ROOT / "docs" / "operations"
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    BENCHES,
    *sorted((ROOT / "docs").rglob("*.md")),
]
DEPLOYED = [ROOT / "Dockerfile", ROOT / "docker-compose.yml", *(ROOT / "deploy").iterdir()]
VARIABLES = {variable_name(field) for field in Environment.model_fields}
USAGE = (ROOT / "streamit").read_text().partition("<<'USAGE'\n")[2].partition("\nUSAGE\n")[0]


def each_document() -> pytest.MarkDecorator:
    names = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
    return pytest.mark.parametrize("page", DOCUMENTS, ids=names)


def code(text: str) -> Iterator[str]:
    """Give what a page has in backticks, and each line of its blocks of code."""
    outside = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    for span in re.findall(r"`([^`]+)`", outside):
        yield span.replace("\n", " ")
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    for block in [*blocks, *re.findall(r"(?:^    .*\n)+", outside, re.MULTILINE)]:
        yield from block.replace("\\\n", " ").splitlines()


def table(path: Path, heading: str) -> list[list[str]]:
    """Return the rows of the table below a heading row, its cells without backticks."""
    rows = path.read_text().partition(f"{heading}\n|---")[2].partition("\n\n")[0]
    cells = [row.strip("| ").split(" | ") for row in rows.splitlines()[1:]]
    return [[cell.replace("`", "") for cell in row] for row in cells]


def anchors(path: Path) -> set[str]:
    """Return the names by which links may lead to a page's headings, as GitHub makes them."""
    text = re.sub(r"^ *```.*?^ *```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {anchor(each) for each in headings}


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@each_document()
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text()):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_operators_contents_lead_to_each_page_and_each_part_of_it() -> None:
    links = set(re.findall(r"\]\(operations/([^)]+)\)", CONTENTS.read_text()))
    pages = sorted(OPERATIONS.glob("*.md"))
    parts = {
        f"{page.name}#{anchor(heading)}"
        for page in pages
        for heading in re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE)
    }
    assert links == parts | {page.name for page in pages}


@each_document()
def test_every_file_of_ours_that_is_named_is_there(page: Path) -> None:
    files = r"(?:\w+/)+\w[\w.]*\.(?:py|ts|lua|json|yaml|conf|css|md|toml|lock)"
    for name in re.findall(rf"`({files})`", page.read_text()):
        # A word in capitals stands for the name of a new one.
        found = ROOT.glob(re.sub(r"\b(test_)?NAME\b", r"\1*", name))
        assert any(found) or (page.parent / name).exists(), name


@pytest.mark.parametrize("page", [*DOCUMENTS, *DEPLOYED], ids=lambda page: page.name)
def test_every_setting_that_is_named_is_one(page: Path) -> None:
    for name in re.findall(r"\bSTREAMIT_[A-Z][A-Z_\d]*[A-Z\d]\b", page.read_text()):
        assert {name, name.removesuffix("_FILE")} & VARIABLES, name


def help_of(command: str, action: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command of ``./streamit`` says of itself."""
    if command in ("up", "dev"):
        with pytest.raises(SystemExit):
            up.parse_options(["--help"])
        return capsys.readouterr().out
    if command in ("test", "build", "format", "help", "bench"):
        return USAGE
    words = [command.replace("-", "_"), action] if command == "admin" else [command]
    parser = load_command_class("config", words[0].replace("-", "_")).create_parser(
        "streamit", words[0]
    )
    with pytest.raises(SystemExit):
        parser.parse_args([*filter(None, words[1:]), "--help"])
    return capsys.readouterr().out


@each_document()
def test_every_command_that_is_named_takes_what_it_is_given(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in code(page.read_text()):
        for command, rest in re.findall(
            r"(?:\./streamit|/streamit/streamit|manage\.py) ([a-z_-]+)([^;&']*)", line
        ):
            command = command.replace("_", "-")
            assert f"\n  {command} " in USAGE, line
            if command == "bench":
                continue
            words = rest.split()
            action = words[0] if words and re.fullmatch("[a-z-]+", words[0]) else ""
            said = help_of(command, action, capsys)
            for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
                assert re.search(rf"{option}\b", said), line


def test_the_overview_of_commands_has_options_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for usage in (USAGE, inspect.getsource(installed).partition('"""\\\n')[2]):
        for command, rest in re.findall(r"^  ([a-z-]+) (.*)$", usage, re.MULTILINE):
            said = help_of(command, "", capsys)
            assert said is USAGE or f"streamit {command.replace('dev', 'up')} " in said
            for option in re.findall(r"--[a-z-]+", rest):
                assert option in said, command
    for command in installed._COMMANDS:
        assert f"\n  {command} " in USAGE


def test_every_service_that_is_named_is_one() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    text = "".join(page.read_text() for page in OPERATIONS.glob("*.md"))
    for name in re.findall(r"docker compose (?:exec|logs|restart) (?:-\S+ )*(\w+)", text):
        assert name in services, name


def test_every_action_of_the_operator_is_in_the_table() -> None:
    told = [
        re.match("[a-z-]+", each)
        for row in table(OPERATIONS / "people.md", "| action | what it does |")
        for each in row[0].split(", ")
    ]
    assert sorted(each[0] for each in told if each) == sorted(each.name for each in ACTIONS)


@dataclass(frozen=True, slots=True)
class Named:
    """A metric by the name that operators read."""

    name: str
    is_histogram: bool
    labels: Sequence[str]

    @property
    def series(self) -> set[str]:
        """Return what Prometheus keeps of it."""
        endings = ("_bucket", "_count", "_sum") if self.is_histogram else ("",)
        return {f"{self.name}{ending}" for ending in endings}


def all_metrics() -> list[Named]:
    found = []
    for each in vars(metrics).values():
        if isinstance(each, metrics.Stored):
            found.append(Named(each.name, bool(each.buckets), [each.label]))
        elif isinstance(each, MetricWrapperBase):
            [family] = each.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found.append(Named(name, family.type == "histogram", each._labelnames))
    return found


def test_every_metric_is_in_the_table_with_its_labels() -> None:
    told = {row[0]: row[1] for row in table(OPERATIONS / "monitoring.md", "| metric | tells |")}
    assert told.keys() == {each.name for each in all_metrics()}
    for each in all_metrics():
        assert all(label in told[each.name] for label in each.labels), each.name


def test_all_that_lies_in_the_data_folder_is_in_the_table() -> None:
    text = (OPERATIONS / "backup.md").read_text()
    text = text.partition("| in the data folder |")[2].partition("\n\n")[0]
    told = {
        name.rstrip("/")
        for row in text.splitlines()[2:]
        for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])
    }
    ours = {re.sub("^.*sqlite3-", "-", name) for name in data_folder._OURS}
    # SQLite's own while it writes without a write-ahead log, which ours never does.
    assert told == ours - {"-journal"}


@pytest.mark.parametrize("page", [*DOCUMENTS, *DEPLOYED], ids=lambda page: page.name)
def test_every_metric_that_is_named_is_one(page: Path) -> None:
    known = set[str]().union(*({each.name} | each.series for each in all_metrics()))
    # The cookie of a browser that has signed in.
    named = set(re.findall(r"\bstreamit_[a-z_]+\b", page.read_text())) - {"streamit_device"}
    assert named <= known


def test_alarms_watch_what_there_is_and_say_what_is_the_matter() -> None:
    (group,) = yaml.safe_load((ROOT / "deploy" / "alarms.yaml").read_text())["groups"]
    series = set[str]().union(*(each.series for each in all_metrics()))
    for rule in group["rules"]:
        named = set(re.findall(r"streamit_\w+", rule["expr"]))
        assert named, rule["alert"]
        assert named <= series, rule["alert"]
        for reasons in re.findall(r'reason=~"(.*?)"', rule["expr"]):
            # Each of the alternatives, which may have some of its own.
            for one in re.split(r"\|(?![^(]*\))", reasons):
                assert any(re.fullmatch(one, code) for code in CODES), one
        assert rule["annotations"]["summary"]


def test_every_reason_why_an_attempt_failed_is_in_the_table() -> None:
    rows = table(OPERATIONS / "workers.md", "| why | what then | `reason_code` |")
    told = [
        code
        for row in rows
        for code in re.findall(r"[a-z]+_?[a-z]+", re.sub(r"\(.*?\)", "", row[2]))
    ]
    assert sorted(told) == sorted(CODES)


@pytest.fixture(scope="module")
def known() -> set[tuple[str, str]]:
    """Every method and path, below ``/api/v1/`` where it lies there."""
    paths = json.loads(generate.openapi_document())["paths"]
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path.removeprefix("/api/v1/")))
        for path, operations in paths.items()
        for method in operations
    } | {("GET", path) for path in ("healthz", "metrics", "r/{}")}


def test_every_operation_whose_query_can_be_wrong_says_so() -> None:
    paths = json.loads(generate.openapi_document())["paths"]
    bounds = ("integer", "boolean", "enum", "minimum", "maximum", "maxLength")
    silent = [
        (method, path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
        and any(f'"{bound}"' in json.dumps(parameter["schema"]) for bound in bounds)
        and "422" not in operation["responses"]
    ]
    assert silent == []


@each_document()
def test_every_request_that_is_named_is_in_the_openapi_document(
    page: Path, known: set[tuple[str, str]]
) -> None:
    requests = r"\b(GET|POST|PUT|PATCH|DELETE|HEAD)\s+((?:/|queue|chat|members)[\w/{}.-]*|[a-z-]+)"
    for span in code(page.read_text()):
        for method, path in re.findall(requests, span):
            short = re.sub(r"\{\w+\}", "{}", path.strip("/").removeprefix("api/v1/"))
            assert {(method, short), (method, f"rooms/{{}}/{short}")} & known, span


def benches() -> list[str]:
    return sorted(
        module.name.replace("_", "-")
        for module in pkgutil.iter_modules([str(ROOT / "bench")])
        if not module.ispkg
    )


def test_every_bench_is_in_the_table_with_options_that_it_takes() -> None:
    told = [row[0].split(" ", 1) for row in table(BENCHES, "| name | what it tells |")]
    assert sorted({name for name, *_ in told}) == benches()
    for name, *options in told:
        source = (ROOT / "bench" / f"{name.replace('-', '_')}.py").read_text()
        for option in re.findall(r"--[a-z-]+", " ".join(options)):
            assert f'"{option}"' in source, name


def all_values() -> Iterator[Any]:
    """Give what stands in the modules of servers and workers."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if "isolated" not in module.name and "migrations" not in module.name:
                yield from vars(importlib.import_module(module.name)).values()


def every_turns() -> list[tuple[float, ...]]:
    """Return how much of each kind of work is done at once, and how long one waits for it."""
    found = {}
    for value in all_values():
        turns = getattr(value, "_turns", value)
        if isinstance(turns, FairQueue):
            most = (turns.most_waiting, turns.most_waiting_of_one)
            # Objects of one kind have as much each.
            kind = id(turns) if turns is value else type(value)
            found[kind] = (turns.at_once, turns.of_one, *most, turns.longest_wait_s)
    return sorted(found.values())


def test_every_queue_for_what_takes_long_is_in_the_table() -> None:
    rows = table(
        OPERATIONS / "limits.md",
        "| what | at once | of one owner | wait | of one owner | at most | owner |",
    )
    told = [tuple(float(re.sub(r"[ ,s]", "", cell)) for cell in row[1:6]) for row in rows]
    assert sorted(told) == every_turns()


def test_every_rate_limit_is_in_the_table() -> None:
    text = (OPERATIONS / "limits.md").read_text().partition("\n## Rate limits\n")[2]
    told = {
        (name, float(burst), float(per_minute))
        for name, burst, per_minute in re.findall(r"`([\w-]+)` (\d+) \+ ([\d.]+)", text)
    }
    found = set[Limit]()
    for value in all_values():
        found |= {value} if isinstance(value, Limit) else set()
        found |= {value.person, value.address, value.guests} if isinstance(value, Budget) else set()
    # The example beside the table is one of them.
    assert told == {(each.name, each.burst, each.per_minute) for each in found}
