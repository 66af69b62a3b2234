"""The core of the protocol suite, on every engine."""

from tests.rooms.test_commands import *  # noqa: F403
from tests.rooms.test_joining import *  # noqa: F403
