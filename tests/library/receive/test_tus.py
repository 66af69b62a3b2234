"""Resumable uploads: by the official client, and request by request."""

import base64
import contextlib
import hashlib
import json
import select
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.sizes import readable
from media.kinds import ACCEPTED
from tests.library.conftest import OWNER_LIMIT, UPLOAD_LIMIT
from tests.library.site import TINY_MP4, UNKNOWN, Answer, Person, Site, Wire
from tests.support.clips import Clip, make_clip
from tests.support.servers import Servers
from tests.support.waiting import wait_until

CLIENT = Path(__file__).with_name("tus_client.mjs")
BYTES = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


@dataclass
class Client:
    """The official client at work on one file, and what it has told."""

    process: "subprocess.Popen[str]"
    told: list[dict[str, Any]] = field(default_factory=list)

    def until(self, key: str) -> Any:
        """Wait until it tells of ``key``, and return what it says."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.append(json.loads(line))
            assert "failed" not in self.told[-1] or key == "failed", self.told[-1]
            if key in self.told[-1]:
                return self.told[-1][key]
        raise AssertionError(f"the client ended without {key}: {self.told}")

    def patches(self, since: int = 0) -> list[int]:
        """Return the offsets at which it has sent bytes."""
        sent = [told for told in self.told[since:] if told.get("asks") == "PATCH"]
        return [int(told["offset"]) for told in sent]


@contextlib.contextmanager
def client(site: Site, file: Path, **options: Any) -> Iterator[Client]:
    facts = {
        "endpoint": f"{site.server.url}/api/v1/uploads",
        "file": str(file),
        "token": site.alice.token,
        "metadata": {"filename": "My film.mp4"},
        **options,
    }
    with subprocess.Popen(
        ["node", CLIENT, json.dumps(facts)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Client(process)
        finally:
            process.kill()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A clip with enough behind it to come in several pieces."""
    path = tmp_path / "film.mp4"
    clip = make_clip(tmp_path, Clip(duration_s=1, width=512, height=32)).read_bytes()
    path.write_bytes(clip.ljust(3_000_000, b"\0"))
    return path


def parts(site: Site) -> set[str]:
    """Return the files of unfinished uploads."""
    return {path.name for path in (site.servers.data / "uploads").glob("*")}


@pytest.fixture
def leaves_nothing(site: Site) -> Iterator[None]:
    """Check that the test leaves no file and no row of a video or an upload."""

    def all_there_is() -> Any:
        return site.files(), site.rows(), parts(site), site.query("SELECT id FROM library_upload")

    before = all_there_is()
    yield
    wait_until(lambda: bool(all_there_is() == before), "something stays behind")


@pytest.mark.parametrize("options", [{}, {"chunkSize": 700_000}, {"withCreation": True}], ids=str)
def test_the_official_client_uploads_a_video(
    site: Site, film: Path, options: dict[str, Any]
) -> None:
    with client(site, film, **options) as tus:
        video = tus.until("video")
        tus.until("success")
    shown = site.alice.ask("GET", f"/videos/{video}").json
    assert (shown["title"], shown["status"], shown["width"]) == ("My film", "completed", 512)
    assert shown["size_bytes"] == film.stat().st_size
    assert site.stored(video).read_bytes() == film.read_bytes()
    assert site.alice.ask("GET", f"/videos/{video}/poster").headers["content-type"] == "image/jpeg"
    assert video not in parts(site)


@pytest.mark.faults
@pytest.mark.parametrize("chunk_bytes", [300_000, None])
def test_after_a_kill_nothing_is_sent_again_that_was_acknowledged(
    servers: Servers, film: Path, chunk_bytes: int | None
) -> None:
    site = Site(servers, servers.start())
    options = {"chunkSize": chunk_bytes} if chunk_bytes else {}
    with client(site, film, **options) as tus:
        if chunk_bytes:
            while tus.until("acknowledged") < 600_000:
                pass
        else:
            tus.until("url")
        site.server.kill()
        acknowledged = max(told.get("acknowledged", 0) for told in tus.told)
        before = len(tus.told)
        servers.start(port=site.server.port)
        video = tus.until("video")
    assert all(offset >= acknowledged for offset in tus.patches(before))
    assert site.stored(video).read_bytes() == film.read_bytes()
    assert site.rows() == {UUID(video).hex}
    assert not parts(site)


@pytest.mark.usefixtures("leaves_nothing")
def test_the_official_client_is_told_what_is_wrong_with_a_file(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "not a film.mp4"
    file.write_bytes(b"no video" * 100_000)
    with client(site, file, chunkSize=100_000) as tus:
        assert tus.until("failed") == 422
    error = json.loads(tus.told[-1]["body"])["error"]
    assert error["fields"] == {"file": f"must be a video: {ACCEPTED}"}
    assert tus.patches() == [0], "it is refused with its first bytes"


# --- request by request ---


def encoded(**values: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def create(person: Person, size: int, **metadata: str) -> Answer:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": encoded(**metadata)}
    return person.ask("POST", "/uploads", headers)


def begin(person: Person, size: int = len(TINY_MP4)) -> str:
    """Create an upload; return its path."""
    answer = create(person, size, filename="film.mp4")
    assert answer.status == 201, answer
    return answer.headers["location"].removeprefix("/api/v1")


def send(person: Person, path: str, offset: int, data: bytes, **more: str) -> Answer:
    fields = {name.replace("_", "-"): value for name, value in more.items()}
    headers = {**TUS, "Content-Type": BYTES, "Upload-Offset": str(offset), **fields}
    return person.ask("PATCH", path, headers, data)


def offset_of(person: Person, path: str) -> int:
    answer = person.ask("HEAD", path, TUS)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    return int(answer.headers["upload-offset"])


@contextlib.contextmanager
def sending(site: Site, path: str, size_bytes: int) -> Iterator[Wire]:
    """Begin to send so many bytes to an upload that has none; the test sends them."""
    headers = {
        **site.alice.headers,
        **TUS,
        "Content-Type": BYTES,
        "Upload-Offset": "0",
        "Content-Length": str(size_bytes),
    }
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("PATCH", f"/api/v1{path}", headers)
        yield wire


def test_a_server_says_what_it_can(site: Site) -> None:
    answer = site.nobody.ask("OPTIONS", "/uploads")
    assert answer.status == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(UPLOAD_LIMIT)
    assert set(answer.headers["tus-extension"].split(",")) == {
        *("creation", "creation-with-upload", "expiration", "termination", "checksum")
    }
    assert "sha1" in answer.headers["tus-checksum-algorithm"]


def test_an_upload_goes_on_where_it_was(site: Site) -> None:
    path = begin(site.alice)
    assert offset_of(site.alice, path) == 0
    first = send(site.alice, path, 0, TINY_MP4[:100])
    assert (first.status, first.headers["upload-offset"]) == (204, "100")
    assert first.headers["upload-expires"].endswith("GMT")
    assert send(site.alice, path, 0, b"again").error == (409, "wrong_offset")
    assert send(site.alice, path, 101, b"").error == (409, "wrong_offset")
    assert offset_of(site.alice, path) == 100
    last = send(site.alice, path, 100, TINY_MP4[100:])
    assert last.status == 204
    video = last.headers["streamit-video"]
    assert site.stored(video).read_bytes() == TINY_MP4
    # The answer may have got lost: who asks again is told what has become of it.
    told = site.alice.ask("HEAD", path, TUS)
    assert told.headers["streamit-video"] == video
    assert told.headers["upload-offset"] == told.headers["upload-length"] == str(len(TINY_MP4))
    assert send(site.alice, path, 100, TINY_MP4[100:]).error == (409, "wrong_offset")
    assert send(site.bob, path, 100, TINY_MP4[100:]).status == 404
    assert site.bob.ask("HEAD", path, TUS).status == 404


def test_a_whole_file_may_come_with_the_creation(site: Site) -> None:
    headers = {**TUS, "Upload-Length": str(len(TINY_MP4)), "Content-Type": BYTES}
    answer = site.alice.ask("POST", "/uploads", headers, TINY_MP4)
    assert answer.status == 201
    video = answer.headers["streamit-video"]
    assert site.alice.ask("GET", f"/videos/{video}").json["title"] == "Untitled"


@pytest.mark.parametrize("kind", ["Application/Offset+Octet-Stream", f"{BYTES}; charset=binary"])
def test_the_type_of_the_bytes_may_be_written_in_any_way(site: Site, kind: str) -> None:
    headers = {**TUS, "Upload-Length": str(len(TINY_MP4)), "Content-Type": kind}
    begun = site.alice.ask("POST", "/uploads", headers, TINY_MP4[:100])
    assert begun.headers["upload-offset"] == "100"
    path = begun.headers["location"].removeprefix("/api/v1")
    last = send(site.alice, path, 100, TINY_MP4[100:], Content_Type=kind)
    assert "streamit-video" in last.headers


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"Upload-Length": "1000"}, (413, "too_large")),
        ({"Upload-Checksum": f"sha1 {'A' * 27}="}, (460, "checksum_mismatch")),
        ({"Upload-Length": "1600", "Content-Length": "1600"}, None),
    ],
    ids=["more than announced", "a wrong checksum", "a connection that breaks"],
)
def test_a_creation_whose_bytes_are_refused_leaves_nothing(
    site: Site, more: dict[str, str], error: tuple[int, str] | None
) -> None:
    """Nobody is told where such an upload is, so nobody could go on with it."""
    length = {"Upload-Length": str(len(TINY_MP4)), "Content-Length": str(len(TINY_MP4))}
    headers = {**site.alice.headers, **TUS, "Content-Type": BYTES, **length, **more}
    before = parts(site)
    with contextlib.closing(Wire(site.server.port)) as wire:
        wire.begin("POST", "/api/v1/uploads", headers)
        wire.socket.sendall(TINY_MP4)
        if error:
            assert wire.answer("POST").error == error
        else:
            wait_until(lambda: parts(site) - before, "nothing comes")


@pytest.mark.usefixtures("leaves_nothing")
def test_an_upload_can_be_given_up(site: Site) -> None:
    path = begin(site.alice)
    send(site.alice, path, 0, TINY_MP4[:100])
    assert site.bob.ask("DELETE", path, TUS).error == (404, "not_found")
    assert site.alice.ask("DELETE", path, TUS).status == 204
    assert site.alice.ask("HEAD", path, TUS).status == 404
    assert send(site.alice, path, 100, b"x").error == (404, "not_found")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_bytes_that_are_not_those_meant_are_not_kept(site: Site, algorithm: str) -> None:
    path = begin(site.alice)
    digest = base64.b64encode(hashlib.new(algorithm, TINY_MP4[:100]).digest()).decode()
    wrong = send(site.alice, path, 0, TINY_MP4[:99] + b"?", Upload_Checksum=f"{algorithm} {digest}")
    assert wrong.error == (460, "checksum_mismatch")
    assert offset_of(site.alice, path) == 0
    right = send(site.alice, path, 0, TINY_MP4[:100], Upload_Checksum=f"{algorithm} {digest}")
    assert right.status == 204
    hexadecimal = hashlib.sha1(b"x").hexdigest()
    for field_value in ("crc32 AAAA", "sha1 !", "sha1", f"sha1 {hexadecimal}"):
        answer = send(site.alice, path, 100, b"x", Upload_Checksum=field_value)
        assert answer.error == (400, "bad_tus_field")
        assert "Upload-Checksum must " in answer.json["error"]["message"]
    assert offset_of(site.alice, path) == 100
    site.alice.ask("DELETE", path, TUS)


@pytest.mark.usefixtures("leaves_nothing")
def test_a_file_that_is_refused_at_the_end_is_gone(site: Site) -> None:
    broken = TINY_MP4[:40].ljust(600, b"\0")
    path = begin(site.alice, len(broken))
    assert send(site.alice, path, 0, broken[:500]).status == 204
    answer = send(site.alice, path, 500, broken[500:])
    assert answer.error == (422, "invalid")
    assert answer.json["error"]["fields"]["file"]
    assert site.alice.ask("HEAD", path, TUS).status == 404


TOO_LONG_A_TITLE = "title " + "YWFh" * 45


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, (412, "unsupported_tus_version")),
        ({**TUS}, (422, "invalid")),
        ({**TUS, "Upload-Length": "x"}, (400, "bad_tus_field")),
        ({**TUS, "Upload-Length": "0"}, (422, "invalid")),
        ({**TUS, "Upload-Length": str(UPLOAD_LIMIT + 1)}, (413, "too_large")),
        ({**TUS, "Upload-Length": "9" * 5000}, (413, "too_large")),
        ({**TUS, "Upload-Length": "9", "Upload-Checksum": "sha1 AAAA"}, (400, "bad_tus_field")),
        ({**TUS, "Upload-Length": "9", "Upload-Metadata": "title ?"}, (422, "invalid")),
        ({**TUS, "Upload-Length": "9", "Upload-Metadata": "storage bW9vbg=="}, (422, "invalid")),
        ({**TUS, "Upload-Length": "9", "Upload-Metadata": TOO_LONG_A_TITLE}, (422, "invalid")),
    ],
)
def test_a_wrong_creation_makes_nothing(
    site: Site, headers: dict[str, str], error: tuple[int, str]
) -> None:
    assert site.alice.ask("POST", "/uploads", headers).error == error


def test_unfinished_uploads_take_of_the_owners_room(site: Site) -> None:
    someone = site.new_guest()
    paths = [begin(someone, UPLOAD_LIMIT) for _ in range(OWNER_LIMIT // UPLOAD_LIMIT)]
    answer = create(someone, UPLOAD_LIMIT)
    assert answer.error == (413, "quota_exceeded")
    assert readable(OWNER_LIMIT) in answer.json["error"]["message"]
    someone.ask("DELETE", paths.pop(), TUS)
    paths.append(begin(someone, UPLOAD_LIMIT))
    for path in paths:
        someone.ask("DELETE", path, TUS)


def test_what_is_no_such_request_is_said_so(site: Site) -> None:
    path = begin(site.alice)
    headers = {**TUS, "Upload-Offset": "0"}
    wrong_type = site.alice.ask("PATCH", path, {**headers, "Content-Type": "video/mp4"}, b"x")
    assert wrong_type.error == (415, "wrong_type")
    too_much = send(site.alice, path, 0, TINY_MP4 + b"more")
    assert too_much.error == (413, "too_large")
    assert f"Upload-Length has announced {len(TINY_MP4)} bytes" in too_much.json["error"]["message"]
    assert send(site.alice, path, 10**20, b"x").error == (409, "wrong_offset")
    for method, place, allowed in [
        ("GET", path, "OPTIONS, HEAD, PATCH, DELETE"),
        ("DELETE", "/uploads", "OPTIONS, POST"),
    ]:
        answer = site.alice.ask(method, place, TUS)
        assert answer.error == (405, "method_not_allowed")
        assert answer.headers["allow"] == allowed
    assert site.nobody.ask("HEAD", path, TUS).status == 401
    assert site.alice.ask("HEAD", f"/uploads/{UNKNOWN}", TUS).status == 404
    assert site.alice.ask("HEAD", "/uploads/nonsense", TUS).status == 404
    override = {**TUS, "X-HTTP-Method-Override": "DELETE"}
    assert site.alice.ask("POST", path, override).status == 204


def test_a_client_whose_connection_broke_unseen_goes_on_at_once(site: Site) -> None:
    path = begin(site.alice, 2_000_000)
    content = TINY_MP4.ljust(2_000_000, b"\0")
    with sending(site, path, 2_000_000) as wire:
        wire.socket.sendall(content[:1_000_000])
        wait_until(lambda: offset_of(site.alice, path) > 0, "nothing comes")
        # The server cannot know that nobody is behind the first connection any more.
        offset = offset_of(site.alice, path)
        answer = send(site.alice, path, offset, content[offset:])
        while answer.status == 409:
            offset = offset_of(site.alice, path)
            answer = send(site.alice, path, offset, content[offset:])
    assert answer.status == 204
    assert site.stored(answer.headers["streamit-video"]).read_bytes() == content


def test_an_offset_counts_what_a_request_that_still_runs_has_brought(site: Site) -> None:
    path = begin(site.alice, 2_000_000)
    with sending(site, path, 2_000_000) as wire:
        wire.socket.sendall(TINY_MP4[:100])
        wait_until(lambda: offset_of(site.alice, path) == 100, "what came is not told")
        wire.socket.sendall(TINY_MP4[100:].ljust(1_999_900, b"\0"))
        answer = wire.answer("PATCH")
    assert answer.status == 204, "nobody who asks disturbs it"
    assert site.stored(answer.headers["streamit-video"]).stat().st_size == 2_000_000


def test_who_asks_again_and_again_does_not_put_off_that_it_is_no_video(site: Site) -> None:
    path = begin(site.alice, 2_000_000)
    with sending(site, path, 2_000_000) as wire:
        for sent in range(50_000, 1_000_000, 50_000):
            wire.socket.sendall(b"x" * 50_000)
            answer = site.alice.ask("HEAD", path, TUS)
            if answer.status == 404:
                break
            offset = int(answer.headers["upload-offset"])
            assert offset < 200_000, sent
        assert wire.answer("PATCH").status == 422


@pytest.mark.faults
def test_an_upload_that_nobody_takes_up_again_is_removed(servers: Servers) -> None:
    env = {"STREAMIT_UPLOAD_EXPIRY": "1s", "STREAMIT_UPLOAD_LEASE": "1s"}
    site = Site(servers, servers.start(env=env))
    path = begin(site.alice, 1000)
    send(site.alice, path, 0, TINY_MP4[:100])
    wait_until(lambda: not parts(site), "it stays")
    wait_until(lambda: not site.query("SELECT id FROM library_upload"), "its row stays")
    assert site.alice.ask("HEAD", path, TUS).status == 404


def test_who_asks_again_while_the_upload_is_being_finished_does_not_undo_that(site: Site) -> None:
    path = begin(site.alice)
    again = []
    with sending(site, path, len(TINY_MP4)) as wire:
        wire.socket.sendall(TINY_MP4)
        wait_until(lambda: offset_of(site.alice, path) >= len(TINY_MP4) - 1, "nothing comes")
        # The file is being looked into, which takes a process of its own.
        while not select.select([wire.socket], [], [], 0)[0]:
            again.append(send(site.alice, path, len(TINY_MP4) - 1, TINY_MP4[-1:]).status)
        answer = wire.answer("PATCH")
    assert answer.status == 204, answer
    assert site.stored(answer.headers["streamit-video"]).read_bytes() == TINY_MP4
    # The last ones may have come when it was finished.
    assert set(again) <= {423, 409, 503}
    assert path.rpartition("/")[2] not in parts(site)


@pytest.mark.usefixtures("leaves_nothing")
def test_an_upload_can_be_given_up_while_its_file_is_looked_into(site: Site) -> None:
    path = begin(site.alice)
    with sending(site, path, len(TINY_MP4)) as wire:
        wire.socket.sendall(TINY_MP4)
        wait_until(lambda: offset_of(site.alice, path) >= len(TINY_MP4) - 1, "nothing comes")
        ended = site.alice.ask("DELETE", path, TUS)
        answer = wire.answer("PATCH")
    if answer.status == 204:
        # It was finished before: then it is a video, which can be deleted like any other.
        assert ended.status == 404
        site.alice.ask("DELETE", f"/videos/{answer.headers['streamit-video']}")
    else:
        assert (ended.status, answer.status) == (204, 423)


def test_a_client_who_is_overtaken_is_told_so(site: Site) -> None:
    path = begin(site.alice, 2_000_000)
    with sending(site, path, 2_000_000) as wire:
        wire.socket.sendall(TINY_MP4.ljust(300_000, b"\0"))
        wait_until(lambda: offset_of(site.alice, path) > 0, "nothing comes")
        send(site.alice, path, offset_of(site.alice, path), b"\0")
        assert wire.answer("PATCH").error == (423, "upload_locked")
