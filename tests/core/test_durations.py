import pytest

from core.durations import readable


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (8, "8 s"), (63, "1 min 3 s"), (3720, "1 h 2 min"), (7201.4, "2 h 1 s")],
)
def test_a_duration_is_told_as_people_say_it(seconds: float, words: str) -> None:
    assert readable(seconds) == words
