"""Sizes as people read them."""

import pytest

from core.sizes import readable


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1500, "1.5 kB"), (3.2e9, "3.2 GB")],
)
def test_a_size_is_told_in_the_unit_that_fits_it(size_bytes: float, text: str) -> None:
    assert readable(size_bytes) == text
