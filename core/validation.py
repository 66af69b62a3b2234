"""Turns pydantic's errors into ``Invalid``, with our own texts."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core.errors import Invalid


def invalid(error: ValidationError) -> Invalid:
    """Return the error that names each wrong field of a body (dotted) and why."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return Invalid(
        fields={".".join(map(str, each["loc"])) or "body": why(each) for each in problems}
    )


def why(problem: Mapping[str, Any]) -> str:
    """Return what is wrong with a field, as text that follows the field's name."""
    match problem["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not known here"
    return re.sub(r"^(Value error, |Input |String (?=should))", "", str(problem["msg"]))
