"""A video's bytes over real sockets: ranges, conditions, who may read, and what it costs."""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.library.serve.vectors import CASES, CONTENT, LAST_MODIFIED, SIZES, VECTORS, File, name_of
from tests.library.site import TINY_MP4, UNKNOWN, Person, Site, Wire
from tests.support.clips import Clip, make_clip
from tests.support.waiting import wait_until

GIB = 1024**3


def target(video_id: str, query: str = "") -> str:
    return f"/api/v1/videos/{video_id}/stream{query}"


@pytest.fixture(scope="module")
def files(site: Site) -> Iterator[dict[int, File]]:
    """A video of Alice's for each size in the vectors, last changed when they say.

    One connection for all: a wrong Content-Length would spoil the next answer.
    """
    videos = {size: keep(site, size) for size in SIZES}
    with contextlib.closing(Wire(site.server.port)) as wire:
        yield {
            size: File(wire, target(video), size, site.alice.headers)
            for size, video in videos.items()
        }


def keep(site: Site, size: int) -> str:
    video = site.alice.upload()
    site.set_content(video, CONTENT[:size])
    os.utime(site.stored(video), (LAST_MODIFIED.timestamp(), LAST_MODIFIED.timestamp()))
    return video


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_server_answers_as_the_vectors_say(
    files: dict[int, File], case: dict[str, Any]
) -> None:
    files[case["size"]].check(case)


def test_a_whole_file_tells_all_about_itself(files: dict[int, File]) -> None:
    headers = dict(files[1000].whole)
    del headers["date"]
    assert re.fullmatch(r'"[!-~]+"', headers.pop("etag"))
    assert headers == {
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache, no-transform",
        "content-length": "1000",
        "content-type": "video/mp4",
        "last-modified": VECTORS["last_modified"],
        "x-content-type-options": "nosniff",
    }


@pytest.mark.parametrize("ahead_s", [1, 3600])
def test_no_change_is_later_than_the_answer_that_tells_of_it(site: Site, ahead_s: float) -> None:
    """RFC 9110 section 8.8.2.1; ``Date`` is made once a second, and disks' clocks differ."""
    video = site.alice.upload()
    modified_s = time.time() + ahead_s
    os.utime(site.stored(video), (modified_s, modified_s))
    headers = site.alice.ask("GET", f"/videos/{video}/stream").headers
    assert "last-modified" not in headers
    assert headers["etag"]


def test_two_lines_of_one_field_are_one_list(files: dict[int, File]) -> None:
    file = files[1000]
    lines = {"If-None-Match": '"other"', "if-none-match": file.whole["etag"]}
    assert file.wire.ask("GET", file.path, {**file.headers, **lines}).status == 304


def test_a_film_can_be_had_with_what_is_shown_from_a_time_on_in_front(
    site: Site, tmp_path: Path
) -> None:
    video = site.alice.upload(make_clip(tmp_path, Clip(duration_s=20)).read_bytes())
    plain = site.alice.ask("GET", f"/videos/{video}/stream")
    path = f"/videos/{video}/stream?from=11.5"

    whole = site.alice.ask("GET", path)
    assert whole.status == 200
    assert whole.headers["etag"] != plain.headers["etag"]
    assert len(whole.body) == len(plain.body) == int(whole.headers["content-length"])
    assert whole.body != plain.body
    # Where the pieces of it meet, and far from there.
    for start in (0, 100, 30_000, 120_000, 250_000, 700_000):
        part = site.alice.ask("GET", path, {"Range": f"bytes={start}-{start + 9_999}"})
        assert (part.status, part.headers["etag"]) == (206, whole.headers["etag"])
        assert part.body == whole.body[start : start + 10_000]
    # What is shown from the same key frame on is the same order.
    assert site.alice.ask("GET", f"/videos/{video}/stream?from=10").body == whole.body


def test_a_film_that_was_made_can_be_had_so_too(site: Site, tmp_path: Path) -> None:
    film = make_clip(tmp_path, Clip(duration_s=20)).read_bytes()
    video = site.alice.upload(film)
    site.query("UPDATE library_video SET version = 1 WHERE id = ?", video.replace("-", ""))
    site.query(
        "INSERT INTO library_rendition (video_id, version, name, kind, mime_type, storage, key,"
        " size_bytes, codecs, language, label, is_default, lines, head_bytes, is_published)"
        " SELECT video_id, 1, 'film.mp4', 'mp4', 'video/mp4', storage, key,"
        " 1, '', '', '', 0, '', 0, 1 FROM library_source WHERE video_id = ?",
        video.replace("-", ""),
    )
    original = site.alice.ask("GET", f"/videos/{video}/playback").json["renditions"]
    (address,) = [each["url"] for each in original if each["kind"] == "mp4"]
    wire = Wire(site.server.port)
    plain, moved = wire.ask("GET", address, {}), wire.ask("GET", f"{address}?from=11.5", {})
    wire.close()
    assert plain.body == film
    assert moved.body == site.alice.ask("GET", f"/videos/{video}/stream?from=11.5").body != film
    assert "cache-control" not in moved.headers or "no-store" not in moved.headers["cache-control"]


@pytest.mark.parametrize("begins", ["0", "1.2", "x", "-1", "nan", "1e9"])
def test_a_film_comes_as_it_is_where_it_has_no_other_order(site: Site, begins: str) -> None:
    video = site.alice.upload()
    assert site.alice.ask("GET", f"/videos/{video}/stream?from={begins}").body == TINY_MP4


def test_only_its_owner_may_read_change_or_see_a_video(site: Site) -> None:
    video = site.alice.upload()
    matrix = {
        "alice": (200, 200, 200),
        "bob": (404, 404, 403),
        "guest": (404, 404, 403),
        "nobody": (401, 401, 401),
    }
    for name in ("nobody", "guest", "bob", "alice"):
        person: Person = getattr(site, name)
        stream = person.ask("GET", f"/videos/{video}/stream").status
        detail = person.ask("GET", f"/videos/{video}").status
        delete = person.ask("DELETE", f"/videos/{video}").status
        assert (stream, detail, delete) == matrix[name], name


def test_a_guest_owns_what_they_upload(site: Site) -> None:
    video = site.guest.upload()
    assert site.guest.ask("GET", f"/videos/{video}/stream").body == TINY_MP4
    assert site.alice.ask("GET", f"/videos/{video}/stream").error == (404, "not_found")


@pytest.mark.parametrize(
    "video_id", ["nonsense", UNKNOWN, UNKNOWN.replace("-", ""), "%00", "%C3%A9"]
)
def test_an_id_of_nothing_is_not_found(site: Site, video_id: str) -> None:
    headers = {"Range": "bytes=9-", "If-Match": '"x"'}
    path = f"/videos/{video_id}/stream"
    assert site.alice.ask("GET", path, headers).error == (404, "not_found")
    assert site.nobody.ask("GET", path, headers).error == (401, "not_authenticated")


def test_a_video_in_the_making_cannot_be_streamed(site: Site) -> None:
    video = site.alice.upload()
    site.set_status(video, "processing")
    answer = site.alice.ask("GET", f"/videos/{video}/stream", {"Range": "bytes=99999-"})
    assert answer.error == (409, "not_ready")


def test_a_file_gone_from_disk_is_not_found(site: Site) -> None:
    video = site.alice.upload()
    site.stored(video).unlink()
    for method in ("GET", "HEAD"):
        assert site.alice.ask(method, f"/videos/{video}/stream").status == 404
    assert site.alice.ask("GET", f"/videos/{video}/stream").error == (404, "file_missing")


def test_a_file_that_was_cut_on_the_disk_says_so_whatever_is_asked_of_it(site: Site) -> None:
    video = site.alice.upload()
    stored = site.stored(video)
    stored.write_bytes(stored.read_bytes()[:-1])
    for headers in ({}, {"Range": "bytes=0-0"}):
        answer = site.alice.ask("GET", f"/videos/{video}/stream", headers)
        assert answer.error == (502, "file_incomplete")
    assert site.alice.ask("GET", f"/videos/{video}/playback").error == (502, "file_incomplete")
    shown = site.alice.ask("GET", f"/videos/{video}").json
    assert (shown["playable"], shown["problem_code"]) == (False, "file_incomplete")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_a_stream_can_only_be_read(site: Site, method: str) -> None:
    for person in (site.alice, site.nobody):
        answer = person.ask(method, f"/videos/{UNKNOWN}/stream")
        assert answer.error == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_options_tell_what_can_be_done_with_a_stream(site: Site) -> None:
    answer = site.nobody.ask("OPTIONS", f"/videos/{UNKNOWN}/stream")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert "access-control-allow-origin" not in answer.headers


FOREIGN = {"Origin": "https://elsewhere.example"}


def test_a_page_elsewhere_may_ask_for_ranges_with_a_token(site: Site) -> None:
    asks = {
        **FOREIGN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-range,range",
    }
    video = site.alice.upload()
    answer = site.nobody.ask(
        "OPTIONS", f"/videos/{video}/stream?token={site.alice.share(video)}", asks
    )
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"GET", "HEAD"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert {"range", "if-range", "if-none-match"} <= set(allowed)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 200),
        ({"Range": "bytes=0-3"}, 206),
        ({"Range": "bytes=9999-"}, 416),
        ({"If-None-Match": "*"}, 304),
        ({"If-Match": '"x"'}, 412),
    ],
)
def test_a_page_elsewhere_with_a_token_sees_every_answer_and_its_ranges(
    site: Site, fields: dict[str, str], status: int
) -> None:
    video = site.alice.upload()
    path = f"/videos/{video}/stream?token={site.alice.share(video)}"
    answer = site.nobody.ask("GET", path, {**FOREIGN, **fields})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (status, "*")
    exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
    assert {"content-range", "accept-ranges", "etag"} <= set(exposed)


def test_a_page_elsewhere_sees_that_its_token_is_bad(site: Site) -> None:
    answer = site.nobody.ask("GET", f"/videos/{UNKNOWN}/stream?token=nonsense", FOREIGN)
    assert answer.error == (401, "token_invalid")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_login_opens_nothing_to_pages_elsewhere(site: Site) -> None:
    answer = site.alice.ask("GET", f"/videos/{site.alice.upload()}/stream", FOREIGN)
    assert answer.status == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("coding", ["gzip", "br, gzip;q=0.5", "identity;q=0, *"])
def test_bytes_come_as_they_are_whatever_coding_is_asked(site: Site, coding: str) -> None:
    path = f"/videos/{site.alice.upload()}/stream"
    answer = site.alice.ask("GET", path, {"Accept-Encoding": coding})
    assert (answer.status, answer.body) == (200, TINY_MP4)
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("title", "disposition"),
    [
        ("A Film, 2: the return", 'attachment; filename="A Film, 2_ the return.mp4"'),
        (
            "été",
            "attachment; filename=\"ete.mp4\"; filename*=UTF-8''%C3%A9t%C3%A9.mp4",
        ),
    ],
)
def test_a_download_is_named_after_the_title(site: Site, title: str, disposition: str) -> None:
    path = f"/videos/{site.alice.upload(title=title)}/stream"
    answer = site.alice.ask("GET", f"{path}?download=1", {"Range": "bytes=0-3"})
    assert (answer.status, answer.body) == (206, TINY_MP4[:4])
    assert answer.headers["content-disposition"] == disposition
    assert "content-disposition" not in site.alice.ask("GET", path).headers


def open_files(site: Site, path: Path) -> int:
    links = Path(f"/proc/{site.server.process.pid}/fd").iterdir()
    return sum(os.path.realpath(link) == str(path) for link in links)


def memory_bytes(site: Site) -> int:
    status = Path(f"/proc/{site.server.process.pid}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert match is not None
    return int(match[1]) * 1024


@pytest.fixture
def large_video(site: Site) -> str:
    """A video of 2 GiB, most of which takes no room on disk."""
    video = site.alice.upload()
    os.truncate(site.stored(video), 2 * GIB)
    return video


def test_the_file_is_closed_as_soon_as_the_viewer_leaves(site: Site, large_video: str) -> None:
    path = site.stored(large_video)
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("GET", target(large_video), site.alice.headers)
        assert wire.head().headers["content-length"] == str(2 * GIB)
        assert open_files(site, path) == 1
    wait_until(lambda: open_files(site, path) == 0, "the file stays open")
    assert site.alice.ask("GET", f"/videos/{large_video}/stream", {"Range": "bytes=0-3"}).body


def test_a_file_that_shrinks_while_it_is_sent_ends_the_connection(
    site: Site, large_video: str
) -> None:
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("GET", target(large_video), site.alice.headers)
        wire.head()
        os.truncate(site.stored(large_video), 1000)
        assert len(wire.file.read(2 * GIB)) < 2 * GIB


def threads(site: Site) -> int:
    return len(list(Path(f"/proc/{site.server.process.pid}/task").iterdir()))


def test_a_viewer_who_has_stopped_reading_costs_200_kb_and_no_thread(
    site: Site, large_video: str
) -> None:
    site.alice.ask("GET", f"/videos/{large_video}/stream", {"Range": "bytes=0-9"})
    before_bytes, before_threads = memory_bytes(site), threads(site)
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            viewer = stack.enter_context(contextlib.closing(Wire(site.server.port)))
            viewer.begin("GET", target(large_video), site.alice.headers)
            assert viewer.head().status == 200
        # What the process needs to serve anybody is not theirs.
        assert memory_bytes(site) - before_bytes < 100 * 200_000 + 20_000_000
        assert threads(site) - before_threads < 30


def test_reading_far_into_a_large_file_costs_constant_memory(site: Site, large_video: str) -> None:
    site.alice.ask("GET", f"/videos/{large_video}/stream", {"Range": "bytes=0-9"})
    before = memory_bytes(site)
    peak = 0
    with contextlib.closing(Wire(site.server.port)) as wire:
        seek = {**site.alice.headers, "Range": f"bytes={GIB + 12345}-"}
        wire.begin("GET", target(large_video), seek)
        assert wire.head().headers["content-length"] == str(GIB - 12345)
        for _ in range(300):
            assert not any(wire.file.read(1024**2))
            peak = max(peak, memory_bytes(site))
    assert peak - before < 20_000_000
