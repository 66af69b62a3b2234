"""Durations as readable text."""


def readable(seconds: float) -> str:
    """Return a duration as text, to the second: 1 h 2 min."""
    whole = round(seconds)
    parts = ((whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
