"""The queue in a real Valkey: compare-and-set, and answers that are lost on their way."""

import pytest

from rooms.queue import Queue
from rooms.stores import queues as store
from tests.faults.cutter import Cutter

CODE = "bcdfgh2345"
FIRST = Queue(version=1)
SECOND = Queue(version=2, autoplay=False)


@pytest.mark.parametrize("known", [FIRST, Queue(version=7)])
async def test_whether_a_queue_was_stored_is_known_though_the_answer_was_lost_on_its_way(
    cutter: Cutter, known: Queue
) -> None:
    assert await store.swap(CODE, None, FIRST)
    cutter.marker = b'"version":2'
    assert await store.swap(CODE, known, SECOND) == (known is FIRST)
    assert cutter.cuts == 1
    assert await store.load(CODE) == (SECOND if known is FIRST else FIRST)
