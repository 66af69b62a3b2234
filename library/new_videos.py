"""Listeners for new videos.

Processing converts videos, and this package does not know processing, so the composition root
connects them.
"""

from collections.abc import Awaitable, Callable

from library.models import Video
from media.probe import Facts

Decision = Callable[[Video, Facts], None]
Listener = Callable[[Video], Awaitable[None]]

_decisions: list[Decision] = []
_listeners: list[Listener] = []


def listen(decision: Decision, listener: Listener) -> None:
    """Call both functions for every new video.

    ``decision`` gets the video and the facts from the probe in the transaction that inserts the
    row, and may change the row; ``listener`` is called after the transaction.
    """
    if decision not in _decisions:
        _decisions.append(decision)
        _listeners.append(listener)


def decide(video: Video, facts: Facts) -> None:
    """Call every decision for ``video``, whose row was just inserted. Synchronous."""
    for decision in _decisions:
        decision(video, facts)


async def announce(video: Video) -> None:
    """Call every listener for ``video``, which is now stored."""
    for listener in _listeners:
        await listener(video)
