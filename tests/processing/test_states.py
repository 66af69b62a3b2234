"""Which way a job may go."""

import pytest

from processing.states import OPEN, Move, Status, after


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("move", Move)
def test_only_open_jobs_move_and_a_failed_one_by_hand(status: Status, move: Move) -> None:
    to = after(status, move)
    if status == Status.COMPLETED:
        assert to is None
    if status == Status.FAILED:
        assert (to is not None) == (move == Move.AGAIN)
    if move == Move.CLAIM:
        assert to == (Status.PROCESSING if status in OPEN else None)
    if move not in (Move.CLAIM, Move.AGAIN):
        assert (to is not None) == (status == Status.PROCESSING)
