"""Coming in, where another database or another server has a part in it."""

import pytest

from tests.rooms.entry.test_joining import *  # noqa: F403

pytestmark = pytest.mark.parametrize(
    "pair", ["postgresql", "daphne"], indirect=True, scope="session"
)
