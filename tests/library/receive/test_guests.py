"""What guests may bring, by the real ways in."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.library.site import TINY_MP4, Site, form
from tests.library.test_subtitles import add
from tests.support import servers as server_processes


@pytest.fixture(scope="module")
def public_site(
    valkey_socket: Path, migrated_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A server with a public address, and no word on guests."""
    data = server_processes.copy_template(
        migrated_template, tmp_path_factory.mktemp("public") / "data"
    )
    servers = server_processes.Servers(data, f"unix://{valkey_socket}")
    try:
        yield Site(servers, servers.start(env={"STREAMIT_PUBLIC_URL": "https://watch.example.org"}))
    finally:
        servers.stop_all()


def test_with_a_public_address_only_people_with_an_account_upload(public_site: Site) -> None:
    before = public_site.files()
    film = form(("title", "A film"), ("file", TINY_MP4))
    assert public_site.guest.send_form(film).error == (403, "guests_may_not_upload")
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000"}
    assert public_site.guest.ask("POST", "/uploads", tus).error == (403, "guests_may_not_upload")
    assert public_site.files() == before
    assert public_site.alice.upload()
    assert public_site.alice.ask("POST", "/uploads", tus).status == 201


def test_a_guest_who_may_only_watch_stores_no_subtitles_beside_a_video_of_theirs(
    public_site: Site,
) -> None:
    video = public_site.alice.upload()
    # As of a guest from before, or of a link that a guest has added.
    [(guest,)] = public_site.query("SELECT id FROM accounts_user WHERE is_guest")
    key = UUID(video).hex
    public_site.query("UPDATE library_video SET owner_id = ? WHERE id = ?", str(guest), key)
    vtt = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"
    assert add(public_site.guest, video, vtt).error == (403, "guests_may_not_upload")
    assert not public_site.query("SELECT id FROM library_subtitle")
