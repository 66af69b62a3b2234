"""A real server whose operator offers the database and a bucket: what owners see of that."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.library.site import TINY_MP4, Site, form
from tests.support import buckets
from tests.support import servers as server_processes


@pytest.fixture(scope="module")
def bucket(s3_url: str) -> Iterator[Any]:
    with buckets.new_bucket(s3_url) as bucket:
        yield bucket


@pytest.fixture(scope="module")
def site(
    migrated_template: Path,
    s3_url: str,
    bucket: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("chosen")
    data = server_processes.copy_template(migrated_template, folder / "data")
    secret = folder / "secret"
    secret.write_text("our-secret\n")
    settings = {
        "STREAMIT_RATE_LIMITS": "off",
        "STREAMIT_STORAGES": "database,s3",
        "STREAMIT_S3_BUCKET": bucket.name,
        "STREAMIT_S3_ENDPOINT": s3_url,
        "STREAMIT_S3_ACCESS_KEY_ID": "our-key",
        "STREAMIT_S3_SECRET_ACCESS_KEY_FILE": str(secret),
        "STREAMIT_LOG_LEVEL": "debug",
    }
    with server_processes.own_valkey(data / "valkey") as socket:
        servers = server_processes.Servers(data, f"unix://{socket}")
        try:
            yield Site(servers, servers.start(env=settings))
        finally:
            servers.stop_all()


def upload(site: Site, storage: str) -> str:
    answer = site.alice.send_form(
        form(("title", "A film"), ("storage", storage), ("file", TINY_MP4))
    )
    assert answer.status == 201, answer
    assert answer.json["storage"] == (storage or "database")
    return str(answer.json["id"])


def parts(site: Site) -> int:
    return int(site.query("SELECT count(*) FROM library_blobpart")[0][0])


def test_the_owner_is_offered_what_the_operator_lists(site: Site) -> None:
    listed = site.alice.ask("GET", "/storages").json["storages"]
    assert [(each["name"], each["default"]) for each in listed] == [
        ("database", True),
        ("s3", False),
    ]
    refused = site.alice.send_form(form(("storage", "local"), ("file", TINY_MP4)))
    assert refused.error == (422, "invalid")


def test_a_video_in_the_database_streams_through_us_and_leaves_no_row(site: Site) -> None:
    video = upload(site, "")
    assert parts(site) >= 1
    playback = site.alice.ask("GET", f"/videos/{video}/playback").json
    assert playback["mode"] == "proxy_stream"
    answer = site.alice.ask("GET", f"/videos/{video}/stream", {"Range": "bytes=5-99"})
    assert (answer.status, answer.body) == (206, TINY_MP4[5:100])
    site.alice.ask("GET", f"/videos/{video}/poster")
    assert site.alice.ask("DELETE", f"/videos/{video}").status == 200
    assert parts(site) == 0
    assert site.files() == set()


def test_a_video_in_a_bucket_is_read_there_by_a_signed_address(site: Site, bucket: Any) -> None:
    video = upload(site, "s3")
    playback = site.alice.ask("GET", f"/videos/{video}/playback").json
    assert (playback["mode"], playback["provider"]) == ("direct_url", "s3")
    request = urllib.request.Request(playback["playback_url"], headers={"Range": "bytes=5-99"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 206
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.read() == TINY_MP4[5:100]

    through_us = site.alice.ask("GET", f"/videos/{video}/stream?download=1")
    assert (through_us.status, through_us.body) == (200, TINY_MP4)
    site.alice.ask("GET", f"/videos/{video}/poster")
    assert site.alice.ask("DELETE", f"/videos/{video}").status == 200
    assert list(bucket.objects.all()) == []
    assert list(bucket.multipart_uploads.all()) == []


def test_a_bucket_that_is_gone_is_told_without_its_name(site: Site, bucket: Any) -> None:
    video = upload(site, "s3")
    for each in bucket.objects.all():
        each.delete()
    for path in (f"/videos/{video}/playback", f"/videos/{video}/stream"):
        answer = site.alice.ask("GET", path)
        assert answer.status == 404
        assert bucket.name not in json.dumps(answer.json)
    assert site.alice.ask("DELETE", f"/videos/{video}").status == 200


def test_no_credential_is_in_the_log(site: Site) -> None:
    upload(site, "s3")
    log = site.server.log.read_text()
    assert "our-secret" not in log
    assert "X-Amz-Signature" not in log
