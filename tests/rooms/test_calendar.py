"""A room's start as a calendar file, line by line."""

from datetime import UTC, datetime, timedelta

from rooms import calendar

STARTS_AT = datetime(2026, 3, 1, 20, tzinfo=UTC)


def lines(*, name: str = "Film night", revision: int = 3, **facts: object) -> list[str]:
    given = {
        "uid": "room@example.org",
        "url": "https://example.org/r/abc",
        "starts_at": STARTS_AT,
        "made_at": datetime(2026, 2, 1, tzinfo=UTC),
        **facts,
    }
    file = calendar.event(name=name, revision=revision, **given)  # type: ignore[arg-type]
    assert file.endswith("\r\n")
    return file.split("\r\n")[:-1]


def test_an_event_says_when_it_is_and_which_of_two_is_the_newer() -> None:
    found = lines()
    assert {"DTSTART:20260301T200000Z", "DTEND:20260301T220000Z"} <= set(found)
    assert {"UID:room@example.org", "SEQUENCE:3", "DTSTAMP:20260201T000000Z"} <= set(found)
    moved = lines(revision=4, starts_at=STARTS_AT + timedelta(days=1))
    assert {"UID:room@example.org", "SEQUENCE:4", "DTSTART:20260302T200000Z"} <= set(moved)


def test_a_long_name_is_folded_between_characters_and_its_signs_are_escaped() -> None:
    name = "Ö" * 60 + "; a, b\\"
    found = lines(name=name)
    assert all(len(line.encode()) <= 75 for line in found)
    unfolded = "\r\n".join(found).replace("\r\n ", "").split("\r\n")
    assert "SUMMARY:" + "Ö" * 60 + "\\; a\\, b\\\\" in unfolded
