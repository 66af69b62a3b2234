"""Forms are read the same however their bytes are cut into pieces."""

import itertools
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from library.receive.forms import Form
from tests.library.site import BOUNDARY, form

CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
# Content that looks like the edge of a part, until it does not.
LOOKALIKE = b"\r\n--" + BOUNDARY.encode()[:-1] + b"\r\n\r\n--\r"


async def read(body: bytes, cuts: list[int]) -> list[tuple[str, str, bytes]]:
    async def chunks() -> AsyncIterator[bytes]:
        edges = [0, *sorted(cuts), len(body)]
        for start, stop in itertools.pairwise(edges):
            yield body[start:stop]

    return [
        (part.name, part.file_name, b"".join([chunk async for chunk in part]))
        async for part in Form(CONTENT_TYPE, chunks())
    ]


@given(st.data())
async def test_a_form_is_the_same_however_it_is_cut(data: st.DataObject) -> None:
    content = data.draw(st.lists(st.sampled_from([LOOKALIKE, b"\0", b"\r\n--", b"x" * 50])))
    body = form(("title", "Ein Film"), ("file", b"".join(content)), file_name='é "x".mp4')
    body = body.replace(b' "x"', b" %22x%22")
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=20))
    assert await read(body, cuts) == [
        ("title", "", b"Ein Film"),
        ("file", 'é "x".mp4', b"".join(content)),
    ]
