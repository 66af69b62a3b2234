"""Commands and chat, on every engine."""

import pytest

from tests.engines import OTHERS
from tests.rooms.test_commands import *  # noqa: F403

pytestmark = pytest.mark.parametrize("pair", OTHERS, indirect=True, scope="session")
