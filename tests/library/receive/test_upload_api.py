"""Uploads over real sockets: what is taken, what is refused, and that refusals leave nothing."""

import contextlib
import errno
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.sizes import readable
from library.receive.upload_api import UPLOADS
from library.storage.base import StorageFull
from library.storage.local import LocalStorage
from library.storage.options import LocalOptions
from media.kinds import ACCEPTED
from tests.library.conftest import DURATION_LIMIT_S, OWNER_LIMIT, UPLOAD_LIMIT
from tests.library.site import BOUNDARY, TINY_MP4, Answer, Person, Site, Wire, form
from tests.support.clips import Clip, make_clip, tiny_clip
from tests.support.limits import use_up
from tests.support.servers import Servers
from tests.support.waiting import wait_until

NO_FIELD = "is not a field of this form, which has title, storage and file"
FORM_TYPE = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
ROOM_FOR_FORM = 64 * 1024
WHOLE = form(("file", TINY_MP4))


@pytest.fixture
def leaves_nothing(site: Site) -> Iterator[None]:
    """Check that the test leaves no file and no row of a video."""
    before = site.files(), site.rows()
    yield
    wait_until(lambda: (site.files(), site.rows()) == before, "something stays behind")


def send_with_key(
    person: Person,
    key: str,
    *,
    title: str = "A film",
    content: bytes = TINY_MP4,
    file_name: str = "film.mp4",
) -> Answer:
    """Send a film with an Idempotency-Key."""
    body = form(("title", title), ("file", content), file_name=file_name)
    return person.ask("POST", "/videos", {**FORM_TYPE, "Idempotency-Key": key}, body)


def refusal(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json["error"].get("fields")


@pytest.mark.parametrize("moov_first", [True, False])
@pytest.mark.parametrize("title_first", [True, False])
def test_a_clip_comes_back_as_it_was_sent(
    site: Site, tmp_path: Path, moov_first: bool, title_first: bool
) -> None:
    clip = Clip(duration_s=3, width=320, height=180, moov_first=moov_first)
    content = make_clip(tmp_path, clip).read_bytes()
    fields: list[tuple[str, str | bytes]] = [("title", "  A film "), ("file", content)]
    answer = site.alice.send_form(form(*(fields if title_first else reversed(fields))))

    video = answer.json
    assert (answer.status, answer.headers["location"]) == (201, f"/api/v1/videos/{video['id']}")
    assert video["completed_at"] == video["created_at"]
    assert video["duration_s"] == pytest.approx(3, abs=0.1)
    assert {k: v for k, v in video.items() if not k.endswith("_at") and k != "duration_s"} == {
        "id": str(UUID(video["id"])),
        "title": "A film",
        "status": "completed",
        "width": 320,
        "height": 180,
        "size_bytes": len(content),
        "mime_type": "video/mp4",
        "video_codec": "h264",
        "audio_codec": "aac",
        "playable": True,
        "problem": None,
        "problem_code": None,
        "only_where": None,
        "storage": "local",
        "poster_url": f"/api/v1/videos/{video['id']}/poster",
    }
    assert video.items() <= site.alice.ask("GET", f"/videos/{video['id']}").json.items()
    assert site.alice.ask("GET", f"/videos/{video['id']}/stream").body == content


@pytest.mark.parametrize(
    ("fields", "file_name", "title"),
    [
        ([], "My film.final.mp4", "My film.final"),
        ([("title", "")], "Été.mov", "Été"),
        ([("title", " \t ")], "C:\\films\\one.mp4", "one"),
        ([], "../../etc/passwd", "passwd"),
        ([], "noending", "noending"),
        ([], ".mp4", ".mp4"),
        ([], "", "Untitled"),
        ([], "a\u202eb.mp4", "ab"),
        ([], f"{'x' * 130}.mp4", "x" * 120),
        ([], "x" * 200 + ".mp4", "x" * 120),
        ([("title", "x" * 120)], "film.mp4", "x" * 120),
        ([("title", "映画 🎬")], "film.mp4", "映画 🎬"),
    ],
)
def test_a_title_is_as_typed_or_comes_from_the_name_of_the_file(
    site: Site, fields: list[tuple[str, str]], file_name: str, title: str
) -> None:
    answer = site.alice.send_form(form(*fields, ("file", TINY_MP4), file_name=file_name))
    assert (answer.status, answer.json["title"]) == (201, title)


@pytest.mark.parametrize(
    ("disposition", "title"),
    [
        # As the HttpClient of .NET sends it.
        ("filename==?utf-8?B?R3LDvMOfZS5tcDQ=?=; filename*=utf-8''Gr%C3%BC%C3%9Fe.mp4", "Grüße"),
        ("FILENAME*=ISO-8859-1'de'Gr%FC%DFe.mp4; filename=x.mp4", "Grüße"),
        ("filename*=\"UTF-8''%D0%A4.mp4\"", "Ф"),
        ("filename*=KOI8-R''%C6.mp4; filename=x.mp4", "x"),
        ("filename*=UTF-8x.mp4; filename=x.mp4", "x"),
        # In the code page of Windows for Western Europe.
        ('filename="Gr\xfc\xdfe \x96 Teil.mp4"', "Grüße – Teil"),
    ],
)
def test_a_name_of_a_file_is_read_in_the_encodings_that_programs_send(
    site: Site, disposition: str, title: str
) -> None:
    body = form(("file", TINY_MP4)).replace(b'filename="film.mp4"', disposition.encode("latin-1"))
    answer = site.alice.send_form(body)
    assert (answer.status, answer.json["title"]) == (201, title)


@pytest.mark.parametrize(("first", "second"), [("a-key", "a-key"), ("a-key", '"a-key"')])
def test_a_request_sent_again_with_its_key_makes_no_second_video(
    site: Site, first: str, second: str
) -> None:
    alice, other = site.new_guest(), site.new_guest()
    made = send_with_key(alice, first)
    assert send_with_key(alice, second).json == made.json
    assert send_with_key(alice, "b-key").json["id"] != made.json["id"]
    assert send_with_key(other, first).json["id"] != made.json["id"]
    assert alice.ask("GET", "/videos").json["total"] == 2


OTHER_MP4 = TINY_MP4.replace(b"isom", b"iso2", 1)


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Another film"},
        {"title": "B film"},
        {"file_name": "gilm.mp4"},
        {"content": OTHER_MP4},
        {"content": TINY_MP4 + bytes(70_000) + b"1"},
    ],
    ids=["a longer title", "another title", "another name", "another file", "a longer file"],
)
def test_another_request_with_a_key_that_is_taken_is_refused(
    site: Site, other: dict[str, Any]
) -> None:
    guest = site.new_guest()
    made = send_with_key(guest, "a-key")
    assert send_with_key(guest, "a-key", **other).error == (409, "idempotency_key_reused")
    link = json.dumps({"url": "https://films.example/film.mp4"}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "a-key"}
    refused = guest.ask("POST", "/videos", headers, link)
    assert refused.error == (409, "idempotency_key_reused")
    assert guest.ask("GET", "/videos").json["total"] == 1
    assert send_with_key(guest, "a-key").json == made.json


def test_a_link_to_a_deleted_video_does_not_open_another_that_is_made_with_its_key(
    site: Site,
) -> None:
    guest = site.new_guest()
    secret = send_with_key(guest, "a-key").json["id"]
    token = guest.share(secret)
    assert site.nobody.ask("GET", f"/videos/{secret}/stream?token={token}").status == 200
    assert guest.ask("DELETE", f"/videos/{secret}").status == 200
    assert send_with_key(guest, "a-key", content=OTHER_MP4).json["id"] == secret
    answer = site.nobody.ask("GET", f"/videos/{secret}/stream?token={token}")
    assert answer.error == (401, "token_expired")


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 256, "\u00e9"])
def test_a_key_that_is_none_is_refused(site: Site, key: str) -> None:
    answer = send_with_key(site.alice, key)
    assert (answer.status, list(answer.json["error"]["fields"])) == (422, ["Idempotency-Key"])


def test_while_the_first_is_under_way_the_second_is_told_to_come_later(site: Site) -> None:
    guest = site.new_guest()
    body = form(("title", "A film"), ("file", TINY_MP4))
    length = {"Content-Length": str(len(body)), "Idempotency-Key": "slow"}
    before = site.query("SELECT id FROM library_upload")
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("POST", "/api/v1/videos", {**guest.headers, **FORM_TYPE, **length})
        wire.socket.sendall(body[:-40])
        wait_until(lambda: site.query("SELECT id FROM library_upload") != before, "nothing comes")
        assert send_with_key(guest, "slow").error == (409, "upload_in_progress")
        wire.socket.sendall(body[-40:])
        made = wire.answer("POST")
    assert made.status == 201
    assert send_with_key(guest, "slow").json == made.json


def test_while_its_video_is_being_deleted_a_key_makes_nothing_and_names_nothing(
    site: Site,
) -> None:
    guest = site.new_guest()
    body = form(("title", "A film"), ("file", TINY_MP4))
    length = {"Content-Length": str(len(body)), "Idempotency-Key": "a-key"}
    made = send_with_key(guest, "a-key").json["id"]
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("POST", "/api/v1/videos", {**guest.headers, **FORM_TYPE, **length})
        wire.socket.sendall(body[:60])
        # Another request is answered after it, so it has been looked up.
        assert guest.ask("GET", "/videos").json["total"] == 1
        site.begin_deleting(made)
        assert send_with_key(guest, "a-key").error == (409, "being_deleted")
        assert send_with_key(guest, "a-key", title="Another").error == (409, "being_deleted")
        wire.socket.sendall(body[60:])
        assert wire.answer("POST").error == (409, "being_deleted")
    assert guest.ask("DELETE", f"/videos/{made}").status == 200
    again = send_with_key(guest, "a-key", content=OTHER_MP4)
    assert (again.status, again.json["id"]) == (201, made)
    assert guest.ask("GET", f"/videos/{made}/stream").body == OTHER_MP4


def test_of_two_requests_with_one_key_at_once_one_makes_the_video(site: Site) -> None:
    guest = site.new_guest()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send_with_key(guest, "at-once"), range(8)))
    made = {answer.json["id"] for answer in answers if answer.status == 201}
    others = {answer.error for answer in answers if answer.status != 201}
    assert len(made) == 1
    assert others <= {(409, "upload_in_progress")}, others
    assert guest.ask("GET", "/videos").json["total"] == 1


def test_a_form_whose_file_comes_late_takes_nothing_of_what_its_repetition_made(
    site: Site,
) -> None:
    guest = site.new_guest()
    body = form(("title", "A film"), ("file", TINY_MP4))
    length = {"Content-Length": str(len(body)), "Idempotency-Key": "late"}
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("POST", "/api/v1/videos", {**guest.headers, **FORM_TYPE, **length})
        wire.socket.sendall(body[:60])
        # It has been looked up once it reads the body: one more request later it has.
        made = send_with_key(guest, "late")
        assert made.status == 201
        wire.socket.sendall(body[60:])
        assert wire.answer("POST").json == made.json
    video = made.json["id"]
    assert guest.ask("GET", f"/videos/{video}/stream").body == TINY_MP4
    assert guest.ask("GET", f"/videos/{video}/poster").status == 200


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ([], {"file": "is required"}),
        ([("title", "A film")], {"file": "is required"}),
        ([("file", b"")], {"file": "is empty"}),
        (
            [("file", b"\x89PNG" * 99)],
            {"file": f"is a picture, and must be {ACCEPTED}"},
        ),
        ([("file", b"#!/bin/sh" * 999)], {"file": f"must be a video: {ACCEPTED}"}),
        ([("title", "x" * 121), ("file", TINY_MP4)], {"title": "must be at most 120 characters"}),
        ([("file", TINY_MP4), ("title", "x" * 9999)], {"title": "must be at most 120 characters"}),
        ([("file", TINY_MP4), ("title", "\u3164")], {"title": "must have a letter that is seen"}),
        ([("title", b"\xff"), ("file", TINY_MP4)], {"title": "must be UTF-8"}),
        ([("file", TINY_MP4), ("file", TINY_MP4)], {"file": "must be given only once"}),
        (
            [("title", "a"), ("file", TINY_MP4), ("title", "b")],
            {"title": "must be given only once"},
        ),
        ([("file", TINY_MP4), ("x" * 99, "1")], {"x" * 64: NO_FIELD}),
        ([("video", TINY_MP4)], {"video": NO_FIELD}),
    ],
)
@pytest.mark.usefixtures("leaves_nothing")
def test_a_wrong_field_is_named(
    site: Site, fields: list[tuple[str, str | bytes]], why: Mapping[str, str]
) -> None:
    assert refusal(site.alice.send_form(form(*fields))) == (422, why)


@pytest.mark.parametrize(
    ("content_type", "body", "why"),
    [
        ("text/plain", b"{}", "as multipart/form-data"),
        ("multipart/form-data", WHOLE, "must name the boundary"),
        ("multipart/form-data; boundary=" + "x" * 999, WHOLE, "at most 256 characters"),
        ("multipart/mixed; boundary=" + BOUNDARY, WHOLE, "as multipart/form-data"),
        (FORM_TYPE["Content-Type"], b"nonsense", "must begin with the boundary"),
        (FORM_TYPE["Content-Type"], WHOLE.replace(b'name="file"; ', b""), "with a name"),
        (FORM_TYPE["Content-Type"], WHOLE[:-9], "ends too early"),
        (FORM_TYPE["Content-Type"], WHOLE.replace(b"Content", b"X" * 9999), "4224 bytes at most"),
        ("", b"", "as multipart/form-data"),
    ],
)
@pytest.mark.usefixtures("leaves_nothing")
def test_a_body_that_is_no_form_is_refused_and_it_is_told_why(
    site: Site, content_type: str, body: bytes, why: str
) -> None:
    headers = {"Content-Type": content_type, "Content-Length": str(len(body))}
    answer = site.alice.ask("POST", "/videos", headers, body)
    assert answer.error == (422, "bad_form")
    assert why in answer.json["error"]["message"]


@pytest.mark.usefixtures("leaves_nothing")
def test_a_link_in_too_large_a_request_is_refused_by_its_limit(site: Site) -> None:
    body = json.dumps({"url": "https://example.org/" + "x" * 20_000}).encode()
    answer = site.alice.ask("POST", "/videos", {"Content-Type": "application/json"}, body)
    assert answer.error == (413, "too_large")
    assert "may be described in 16.4 kB" in answer.json["error"]["message"]


def padded_to(size: int) -> bytes:
    return TINY_MP4.ljust(size, b"\0")


def test_a_file_may_have_exactly_the_limit(site: Site) -> None:
    video = site.alice.upload(padded_to(UPLOAD_LIMIT))
    assert site.stored(video).stat().st_size == UPLOAD_LIMIT


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("content", [b"\0\0\0\x18ftypisom\0\0\2\0isommp41", TINY_MP4[:40]])
def test_what_begins_like_a_video_but_is_none_is_refused(site: Site, content: bytes) -> None:
    answer = site.alice.send_form(form(("file", content)))
    assert refusal(answer) == (422, {"file": "is damaged, or not a video that can be read"})


def test_what_browsers_cannot_play_is_taken_and_waits_to_be_made_so(site: Site) -> None:
    for content, kind in [
        (tiny_clip("mpeg4"), "video/mp4"),
        (tiny_clip(container="matroska"), "video/x-matroska"),
    ]:
        video = site.alice.send_form(form(("file", content))).json
        assert (video["mime_type"], video["status"]) == (kind, "queued")
        assert (video["completed_at"], video["playable"], video["problem"]) == (None, False, None)
        assert video.items() <= site.alice.ask("GET", f"/videos/{video['id']}").json.items()


@pytest.mark.usefixtures("leaves_nothing")
def test_a_video_may_last_no_longer_than_the_limit(site: Site, tmp_path: Path) -> None:
    clip = Clip(duration_s=DURATION_LIMIT_S + 1, frame_rate=5, width=512, height=32)
    answer = site.alice.send_form(form(("file", make_clip(tmp_path, clip).read_bytes())))
    assert answer.error == (422, "too_long")
    why = answer.json["error"]["fields"]["file"]
    assert (DURATION_LIMIT_S, why) == (60, "lasts 0:01:01; the limit is 0:01:00")


def test_one_persons_videos_have_a_limit_together(site: Site) -> None:
    someone = site.new_guest()
    for _ in range(OWNER_LIMIT // UPLOAD_LIMIT):
        last = someone.upload(padded_to(UPLOAD_LIMIT))
    before = site.files()
    answer = someone.send_form(form(("file", padded_to(UPLOAD_LIMIT))))
    assert answer.error == (413, "quota_exceeded")
    assert f"{readable(OWNER_LIMIT)} together" in answer.json["error"]["message"]
    assert site.files() == before
    site.bob.upload()
    someone.ask("DELETE", f"/videos/{last}")
    someone.upload(padded_to(UPLOAD_LIMIT))


def test_the_storage_can_be_named_before_the_file(site: Site) -> None:
    answer = site.alice.send_form(form(("storage", "local"), ("file", TINY_MP4)))
    assert (answer.status, answer.json["storage"]) == (201, "local")
    for fields in (
        [("storage", "moon"), ("file", TINY_MP4)],
        [("file", TINY_MP4), ("storage", "local")],
    ):
        answer = site.alice.send_form(form(*fields))  # type: ignore[arg-type]
        assert answer.status == 422
        assert "storage" in answer.json["error"]["fields"]


@pytest.mark.usefixtures("leaves_nothing")
def test_one_byte_more_is_too_large(site: Site) -> None:
    answer = site.alice.send_form(form(("file", padded_to(UPLOAD_LIMIT + 1))))
    assert answer.error == (413, "too_large")
    assert f"limit of {readable(UPLOAD_LIMIT)}." in answer.json["error"]["message"]


def test_a_storage_that_takes_less_says_its_own_limit_before_it_gets_anything(
    servers: Servers,
) -> None:
    env = {"STREAMIT_STORAGES": "local,database", "STREAMIT_DATABASE_MAX_BYTES": "100000"}
    site = Site(servers, servers.start(env=env))
    there = ("storage", "database")
    for size in (100_001, 200_000):
        answer = site.alice.send_form(form(there, ("file", padded_to(size))))
        assert answer.error == (413, "too_large")
        assert "limit of 100.0 kB." in answer.json["error"]["message"]
    assert site.alice.send_form(form(there, ("file", padded_to(100_000)))).status == 201
    fields = {"Tus-Resumable": "1.0.0", "Upload-Length": "100001"}
    answer = site.alice.ask(
        "POST", "/uploads", {**fields, "Upload-Metadata": "storage ZGF0YWJhc2U="}
    )
    assert answer.error == (413, "too_large")
    assert "limit of 100.0 kB." in answer.json["error"]["message"]


@pytest.mark.usefixtures("leaves_nothing")
def test_too_large_a_body_is_refused_before_it_is_sent(site: Site) -> None:
    announced = UPLOAD_LIMIT + ROOM_FOR_FORM + 1
    headers = {**site.alice.headers, **FORM_TYPE, "Content-Length": str(announced)}
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("POST", "/api/v1/videos", {**headers, "Expect": "100-continue"})
        answer = wire.answer("POST")
    assert answer.error == (413, "too_large")
    assert readable(UPLOAD_LIMIT) in answer.json["error"]["message"]


@pytest.mark.usefixtures("leaves_nothing")
def test_a_body_without_an_announced_length_has_the_same_limit(site: Site) -> None:
    headers = {**site.alice.headers, **FORM_TYPE, "Transfer-Encoding": "chunked"}
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("POST", "/api/v1/videos", headers)
        head = form(("file", TINY_MP4)).partition(b"\r\n--" + BOUNDARY.encode() + b"--")[0]
        for chunk in [head, *[bytes(100_000)] * 42]:
            wire.socket.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        assert wire.answer("POST").error == (413, "too_large")


@pytest.mark.usefixtures("leaves_nothing")
def test_who_sends_the_wrong_thing_gets_the_answer_although_they_go_on_sending(
    site: Site,
) -> None:
    body = form(("file", b"no video" * 400_000))
    headers = {**site.alice.headers, **FORM_TYPE, "Content-Length": str(len(body))}
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("POST", "/api/v1/videos", headers)
        wire.socket.sendall(body[:200_000])
        head = wire.head()
        wire.socket.sendall(body[200_000:])
        answer = wire.file.read(int(head.headers["content-length"]))
        assert (head.status, head.headers["connection"]) == (422, "close")
        assert "file" in json.loads(answer)["error"]["fields"]
        assert wire.file.read() == b""


@pytest.mark.usefixtures("leaves_nothing")
def test_a_connection_cut_in_the_middle_leaves_nothing(site: Site) -> None:
    begin_upload(site, site.files()).close()


def begin_upload(site: Site, before: set[Path]) -> Wire:
    """Send half a file, and return when it is on its way to disk."""
    body = form(("title", "A film"), ("file", padded_to(3_000_000)))
    headers = {**site.alice.headers, **FORM_TYPE, "Content-Length": str(len(body))}
    wire = Wire(site.server.port)
    wire.begin("POST", "/api/v1/videos", headers)
    wire.socket.sendall(body[:1_500_000])
    wait_until(lambda: any(path.stat().st_size for path in site.files() - before), "nothing comes")
    return wire


@pytest.mark.faults
def test_a_server_killed_in_the_middle_leaves_nothing_after_its_restart(servers: Servers) -> None:
    site = Site(servers, servers.start())
    kept = site.alice.upload()
    with contextlib.closing(begin_upload(site, site.files())):
        site.server.kill()
    whole = {site.stored(kept), site.stored(kept).with_name("poster")}
    assert site.files() > whole
    servers.start(port=site.server.port, env={"STREAMIT_UPLOAD_LEASE": "1s"})
    assert site.files() == whole
    assert site.rows() == {UUID(kept).hex}


@pytest.mark.faults
def test_another_server_that_starts_does_not_disturb_an_upload(servers: Servers) -> None:
    site = Site(servers, servers.start())
    with contextlib.closing(begin_upload(site, set())) as wire:
        servers.start()
        wire.socket.sendall(form(("title", "A film"), ("file", padded_to(3_000_000)))[1_500_000:])
        assert wire.answer("POST").status == 201


@pytest.mark.usefixtures("leaves_nothing")
def test_uploading_needs_a_login(site: Site) -> None:
    answer = site.nobody.send_form(form(("file", TINY_MP4)))
    assert answer.error == (401, "not_authenticated")


def test_a_browser_needs_its_csrf_token(site: Site) -> None:
    body = json.dumps({"display_name": "Browser"}).encode()
    with contextlib.closing(Wire(site.server.port)) as wire:
        entered = wire.ask("POST", "/api/v1/auth/guest", {"Content-Type": "application/json"}, body)
    names = {"Cookie": "; ".join(c.partition(";")[0] for c in entered.cookies)}
    content = form(("file", TINY_MP4))
    refused = site.nobody.ask("POST", "/videos", {**FORM_TYPE, **names}, content)
    assert refused.error == (403, "csrf_failed")
    token = names["Cookie"].partition("csrftoken=")[2].partition(";")[0]
    headers = {**FORM_TYPE, **names, "X-CSRFToken": token}
    assert site.nobody.ask("POST", "/videos", headers, content).status == 201


async def test_uploads_are_limited_in_number(servers: Servers) -> None:
    site = Site(servers, servers.start())

    async def send(_: int) -> Answer | None:
        answer = site.alice.send_form(form())
        return None if answer.status == 422 else answer

    refused = await use_up(UPLOADS.person, send)
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0


async def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    async def chunks() -> Any:
        yield TINY_MP4

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull) as refused:
        await LocalStorage(LocalOptions(tmp_path)).put("a/b", chunks(), len(TINY_MP4))
    assert (refused.value.status, refused.value.retriable) == (507, True)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
