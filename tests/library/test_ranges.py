"""The range evaluator against the vectors, and properties that hold for any request."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.ranges import Plan, Representation, Span, evaluate, http_date, parse_http_date

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "ranges.json").read_text())
MODIFIED = datetime(2024, 5, 1, 12, 0, 0, 900_000, tzinfo=UTC)


def decide(size: int, fields: dict[str, str], method: str = "GET") -> Plan:
    target = Representation(size, VECTORS["etag"], MODIFIED, "video/mp4")
    return evaluate(method, target, fields, boundary="edge")


def spans(plan: Plan) -> list[Span]:
    return [piece for piece in plan.pieces if isinstance(piece, Span)]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["name"]))
def test_the_evaluator_answers_as_the_vectors_say(case: dict[str, Any]) -> None:
    fields = {name.lower(): value for name, value in case["headers"].items()}
    plan = decide(case["size"], fields, case["method"])
    assert plan.status == case["status"]
    if plan.status == 206:
        assert [[span.start, span.stop - 1] for span in spans(plan)] == case["ranges"]
    elif plan.status == 200:
        assert spans(plan) == [Span(0, case["size"])]
        assert plan.length == case["size"]
    elif plan.status == 416:
        assert plan.content_range == f"bytes */{case['size']}"
        assert not plan.pieces
    else:
        assert not plan.pieces


def test_one_range_comes_as_it_is_and_several_as_parts() -> None:
    one = decide(1000, {"range": "bytes=5-9"})
    assert (one.content_type, one.content_range) == ("video/mp4", "bytes 5-9/1000")
    two = decide(1000, {"range": "bytes=5-9,500-509"})
    assert (two.content_type, two.content_range) == ("multipart/byteranges; boundary=edge", None)
    assert two.pieces == (
        b"--edge\r\nContent-Type: video/mp4\r\nContent-Range: bytes 5-9/1000\r\n\r\n",
        Span(5, 10),
        b"\r\n--edge\r\nContent-Type: video/mp4\r\nContent-Range: bytes 500-509/1000\r\n\r\n",
        Span(500, 510),
        b"\r\n--edge--\r\n",
    )


@given(
    size=st.integers(0, 5000),
    asked=st.lists(
        st.tuples(st.integers(0, 6000), st.integers(0, 6000)).map(sorted), min_size=1, max_size=16
    ),
)
def test_every_asked_byte_is_sent_once_and_gaps_are_small(
    size: int, asked: list[list[int]]
) -> None:
    plan = decide(size, {"range": "bytes=" + ",".join(f"{a}-{b}" for a, b in asked)})
    wanted = {byte for a, b in asked for byte in range(a, min(b + 1, size))}
    sent = [byte for span in spans(plan) for byte in range(span.start, span.stop)]
    assert plan.status == (206 if wanted else 416)
    assert wanted <= set(sent)
    assert len(sent) == len(set(sent))
    assert len(sent) - len(wanted) < 80 * len(asked)


@given(st.text(max_size=60))
def test_no_range_field_whatever_its_text_is_an_error(text: str) -> None:
    plan = decide(1000, {"range": text, "if-range": text, "if-modified-since": text})
    assert plan.status in {200, 206, 416}


@given(st.datetimes(datetime(1970, 1, 1), datetime(2068, 1, 1)))  # noqa: DTZ001
def test_a_date_survives_being_written_and_read(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    assert parse_http_date(http_date(moment)) == moment
    assert parse_http_date(http_date(moment + timedelta(microseconds=1))) == moment
