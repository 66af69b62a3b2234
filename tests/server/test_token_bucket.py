"""How fast one socket may speak."""

from hypothesis import given
from hypothesis import strategies as st

from server.token_bucket import TokenBucket


def test_a_burst_goes_through_and_the_next_message_does_not() -> None:
    bucket = TokenBucket(burst=3, per_second=10, now_s=100)
    assert [bucket.take(100) for _ in range(4)] == [True, True, True, False]


def test_it_fills_up_again_at_its_rate_and_to_its_size() -> None:
    bucket = TokenBucket(burst=2, per_second=10, now_s=100)
    assert [bucket.take(100), bucket.take(100), bucket.take(100.09)] == [True, True, False]
    assert [bucket.take(100.11), bucket.take(100.11)] == [True, False]
    assert [bucket.take(900) for _ in range(3)] == [True, True, False]


@given(st.lists(st.floats(0, 0.5), max_size=200))
def test_no_pattern_gets_more_through_than_burst_and_rate(gaps_s: list[float]) -> None:
    bucket = TokenBucket(burst=5, per_second=10, now_s=0)
    now_s, taken = 0.0, 0
    for gap_s in gaps_s:
        now_s += gap_s
        taken += bucket.take(now_s)
    assert taken <= 5 + now_s * 10 + 1e-6
