"""A room's start as a calendar file: RFC 5545. Pure."""

from datetime import UTC, datetime, timedelta

# Calendars want an end, and nobody knows how long people will stay.
LENGTH = timedelta(hours=2)
_FOLD_BYTES = 73


def event(
    *, uid: str, name: str, url: str, starts_at: datetime, made_at: datetime, revision: int
) -> str:
    """Return a calendar file with one event and a reminder 15 minutes before it.

    Of two files with the same ``uid``, calendars keep the one with the larger ``revision``.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//StreamIt//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        # RFC 5546 section 2.1.5: of two with the same sequence, the later one counts.
        f"SEQUENCE:{revision}",
        f"DTSTAMP:{_utc(made_at)}",
        f"DTSTART:{_utc(starts_at)}",
        f"DTEND:{_utc(starts_at + LENGTH)}",
        f"SUMMARY:{_text(name)}",
        f"DESCRIPTION:{_text(f'Watch together: {url}')}",
        f"URL:{url}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(name)}",
        "TRIGGER:-PT15M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Escape a text value (section 3.3.11)."""
    for plain in ("\\", ";", ","):
        value = value.replace(plain, f"\\{plain}")
    return value.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Fold a long line (section 3.1), never within a character."""
    pieces, piece = [], b""
    for character in line:
        encoded = character.encode()
        if len(piece) + len(encoded) > _FOLD_BYTES:
            pieces.append(piece)
            piece = b""
        piece += encoded
    return b"\r\n ".join([*pieces, piece]).decode()
