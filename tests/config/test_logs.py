"""What gets into the log, by a process of its own: logging is configured once in each."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from config import log_bounds
from tests.support.servers import ROOT


def logged(code: str, *, level: str = "info", file: Path | None = None) -> list[dict[str, Any]]:
    """Run ``code`` with logging configured; return what it logged."""
    start = f"""
import logging
import structlog
from pathlib import Path
from config.logs import configure_logging
configure_logging(level={level!r}, as_json=True, file={f"Path({str(file)!r})" if file else None})
log = structlog.get_logger("ours")
"""
    done = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    text = file.read_text() if file else done.stderr
    return [json.loads(line) for line in text.splitlines()]


def test_long_values_are_cut_and_say_how_long_they_were() -> None:
    [ours, theirs] = logged(
        """
        log.warning("refused", reason="x" * 9000, list=["y"] * 9000, number=7)
        logging.getLogger("theirs").warning("Not Found: %s", "/z" * 9000)
        """
    )

    for text in (ours["reason"], ours["list"], theirs["event"]):
        assert len(text) < log_bounds.VALUE_MAX + 50
    assert "(9000 characters)" in ours["reason"]
    assert ours["number"] == 7
    assert theirs["event"].startswith("Not Found: /z/z")


def test_the_same_line_again_and_again_is_counted_in_the_next_window() -> None:
    lines = logged(
        """
        from config import log_bounds
        for number in range(1000):
            log.warning("a flood", from_="one place")
            logging.getLogger("theirs").warning("Not Found: %s", "/")
        log_bounds.WINDOW_S = 0
        for handler in logging.getLogger().handlers:
            handler.filters[0]._until_s = 0
        log.warning("later")
        """
    )

    events = [line["event"] for line in lines]
    assert events.count("a flood") == events.count("Not Found: /") == log_bounds.SAME_MAX
    left_out = 1000 - log_bounds.SAME_MAX
    assert events[-3:] == [
        f"{left_out} more lines like this: a flood",
        f"{left_out} more lines like this: Not Found: /",
        "later",
    ]


def test_lines_of_one_kind_are_bounded_although_each_is_different() -> None:
    lines = logged(
        """
        for number in range(1000):
            log.info("member connected", member=number)
            log.warning("suspicious request", reason=str(number))
            logging.getLogger("theirs").warning(f"Not Found: /{number}")
        from config import log_bounds
        log_bounds.WINDOW_S = 0
        for handler in logging.getLogger().handlers:
            handler.filters[0]._until_s = 0
        log.info("later")
        """
    )

    events = [line["event"].partition(":")[0] for line in lines]
    assert events.count("member connected") == log_bounds.KIND_MAX
    assert events.count("suspicious request") == events.count("Not Found")
    assert events.count("suspicious request") == log_bounds.WARNING_KIND_MAX
    left_out = 1000 - log_bounds.WARNING_KIND_MAX
    assert {line["event"] for line in lines[-4:]} == {
        f"{1000 - log_bounds.KIND_MAX} more lines like this: member connected",
        f"{left_out} more lines like this: suspicious request",
        f"{left_out} more lines like this: Not Found: /0",
        "later",
    }


def test_the_security_log_is_written_whole_and_at_every_level() -> None:
    lines = logged(
        """
        from core.loggers import SECURITY
        for _ in range(10):
            structlog.get_logger(SECURITY).info("sign-in failed")
        log.info("nothing")
        """,
        level="error",
    )

    assert [line["event"] for line in lines] == ["sign-in failed"] * 10


@pytest.mark.parametrize("name", ["django.security.TooManyFields", "django.security.csrf"])
def test_what_django_refuses_is_one_line_without_a_traceback(name: str) -> None:
    [line] = logged(
        f"""
        try:
            1 / 0
        except ZeroDivisionError as error:
            logging.getLogger({name!r}).error("refused", exc_info=error)
        """
    )

    assert "exception" not in line


def test_a_file_that_was_put_aside_is_begun_anew(tmp_path: Path) -> None:
    log = tmp_path / "streamit.log"

    [line] = logged(
        f"""
        log.info("before")
        Path({str(log)!r}).rename({str(tmp_path / "aside")!r})
        log.info("after")
        """,
        file=log,
    )

    assert line["event"] == "after"
    assert "before" in (tmp_path / "aside").read_text()
