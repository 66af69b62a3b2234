"""Commands and chat, on every engine."""

import pytest

from tests.rooms.commands.test_playback import *  # noqa: F403
from tests.support.engines import OTHERS

pytestmark = pytest.mark.parametrize("pair", OTHERS, indirect=True, scope="session")
