"""The range evaluator against the vectors, and properties that hold for any request."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.serve.ranges import Plan, Representation, Span, evaluate, http_date, parse_http_date

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "ranges.json").read_text())
MODIFIED = datetime(2024, 5, 1, 12, 0, 0, 900_000, tzinfo=UTC)
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def decide(size: int, fields: dict[str, str], method: str = "GET") -> Plan:
    target = Representation(size, VECTORS["etag"], MODIFIED, "video/mp4")
    return evaluate(method, target, fields, new_boundary=lambda: "edge", now=NOW)


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


@pytest.mark.parametrize("name", ["if-modified-since", "if-unmodified-since", "if-range"])
def test_dates_mean_nothing_where_nobody_knows_when_a_file_was_changed(name: str) -> None:
    target = Representation(1000, VECTORS["etag"], None, "video/mp4")
    for date in (http_date(MODIFIED), http_date(NOW), http_date(datetime(1970, 1, 1, tzinfo=UTC))):
        plan = evaluate(
            "GET", target, {name: date, "range": "bytes=0-4"}, new_boundary=str, now=NOW
        )
        assert plan.status == (200 if name == "if-range" else 206)


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


fields = st.fixed_dictionaries(
    {},
    optional={
        "range": st.sampled_from(["bytes=0-4", "bytes=-3", "bytes=990-", "bytes=5000-", "x=1"]),
        "if-range": st.sampled_from(['"v1"', '"v2"', 'W/"v1"', http_date(MODIFIED)]),
        "if-match": st.sampled_from(["*", '"v1"', '"v2"', '"v2", "v1"']),
        "if-none-match": st.sampled_from(["*", '"v1"', '"v2"', 'W/"v1"']),
        "if-modified-since": st.sampled_from([http_date(MODIFIED), http_date(NOW), "never"]),
        "if-unmodified-since": st.sampled_from([http_date(MODIFIED), http_date(NOW), "never"]),
    },
)


@given(size=st.integers(0, 2000), fields=fields)
def test_head_is_get_without_ranges_whatever_else_is_asked(
    size: int, fields: dict[str, str]
) -> None:
    without = {name: value for name, value in fields.items() if name != "range"}
    assert decide(size, fields, "HEAD") == decide(size, without, "GET")


@given(size=st.integers(0, 2000), fields=fields)
def test_what_is_sent_lies_within_the_file_and_is_as_long_as_told(
    size: int, fields: dict[str, str]
) -> None:
    plan = decide(size, fields)
    assert all(0 <= span.start <= span.stop <= size for span in spans(plan))
    assert plan.length == sum(len(p) if isinstance(p, bytes) else p.length for p in plan.pieces)
    assert (plan.status in {200, 206}) == bool(plan.pieces)
    one_range = plan.status == 206 and len(plan.pieces) == 1
    assert (plan.content_range is not None) == (plan.status == 416 or one_range)


@given(size=st.integers(1, 2000), asked=st.sampled_from(["bytes=0-4", "bytes=-3", "bytes=9-"]))
def test_a_range_is_the_same_with_a_validator_that_holds(size: int, asked: str) -> None:
    plain = decide(size, {"range": asked})
    for validator in ('"v1"', http_date(MODIFIED)):
        assert decide(size, {"range": asked, "if-range": validator}) == plain
    assert decide(size, {"range": asked, "if-range": '"v0"'}) == decide(size, {})


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_a_date_survives_being_written_and_read(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    assert parse_http_date(http_date(moment), NOW) == moment
    assert parse_http_date(http_date(moment + timedelta(microseconds=1)), NOW) == moment


@pytest.mark.parametrize(
    ("two_digits", "year"), [("00", 2000), ("26", 2026), ("75", 2075), ("77", 1977), ("99", 1999)]
)
def test_a_year_of_two_digits_is_at_most_fifty_years_ahead(two_digits: str, year: int) -> None:
    moment = parse_http_date(f"Sunday, 06-Nov-{two_digits} 08:49:37 GMT", NOW)
    assert moment == datetime(year, 11, 6, 8, 49, 37, tzinfo=UTC)
