"""What happens to a video that has just been added.

Processing converts it, and this package knows no processing: the composition root connects it.
"""

from collections.abc import Awaitable, Callable

from library.models import Video
from media.probe import Facts

Decision = Callable[[Video, Facts], None]
Listener = Callable[[Video], Awaitable[None]]

_decisions: list[Decision] = []
_listeners: list[Listener] = []


def listen(decision: Decision, listener: Listener) -> None:
    """Ask ``decision`` about every video, and what the probe has found in its file, in the
    transaction that makes its row, and may change that; call ``listener`` once it is stored.
    """
    if decision not in _decisions:
        _decisions.append(decision)
        _listeners.append(listener)


def decide(video: Video, facts: Facts) -> None:
    """Let everybody decide about ``video``, whose row was just made. Synchronous."""
    for decision in _decisions:
        decision(video, facts)


async def announce(video: Video) -> None:
    """Tell everybody that ``video`` is stored."""
    for listener in _listeners:
        await listener(video)
