"""Turns pydantic's errors into ``Invalid``, with our own texts."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core.errors import Invalid

HALF = "must not hold a lone surrogate, which is half a character"

# By pydantic's type of error (https://docs.pydantic.dev/latest/errors/validation_errors/), with
# what it says of the limit. Whoever reads them knows neither Python nor pydantic.
WORDS = {
    "missing": "is required",
    "union_tag_not_found": "is required",
    "extra_forbidden": "is not known here",
    "json_invalid": "must be JSON",
    "json_type": "must be JSON",
    "string_type": "must be text",
    "string_unicode": HALF,
    "string_too_long": "must be at most {max_length} characters",
    "string_too_short": "must be at least {min_length} characters",
    "string_pattern_mismatch": "does not have the right form",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "none_required": "must be null",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of: {expected}",
    "enum": "must be one of: {expected}",
    "union_tag_invalid": "must be one of: {expected_tags}",
    "list_type": "must be a list",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "url_type": "must be a web address, as https://example.org",
    "url_parsing": "must be a web address, as https://example.org",
    "url_syntax_violation": "must be a web address, as https://example.org",
    "url_scheme": "must be a web address, as https://example.org",
    "url_too_long": "must be at most {max_length} characters",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "datetime_type": "must be a date and time, as 2026-01-31T20:00:00Z",
    "datetime_parsing": "must be a date and time, as 2026-01-31T20:00:00Z",
    "datetime_from_date_parsing": "must be a date and time, as 2026-01-31T20:00:00Z",
    "timezone_aware": "must have a time zone, as 2026-01-31T20:00:00Z",
    "time_delta_type": "must be a length of time",
    "time_delta_parsing": "must be a length of time",
}
_EMPTY = "must not be empty"


def invalid(error: ValidationError) -> Invalid:
    """Return the error that names each wrong field of a body (dotted) and why."""
    problems = error.errors(include_url=False, include_input=False)
    return Invalid(
        fields={".".join(map(str, each["loc"])) or "body": why(each) for each in problems}
    )


def why(problem: Mapping[str, Any]) -> str:
    """Return what is wrong with a field, as text that follows the field's name."""
    kind, limits = problem["type"], problem.get("ctx", {})
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    if kind in ("string_too_short", "too_short") and limits["min_length"] == 1:
        return _EMPTY
    return WORDS.get(kind, "is not valid").format_map(
        {name: _plain(limit) for name, limit in limits.items()}
    )


def _plain(limit: object) -> object:
    """Return a limit as people write it: pydantic has 4 as 4.0, and large ones as 1e+09."""
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit
