"""Media tokens: who may read one video for a while, and until when."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.principal import UNBOUND
from library import tokens
from library.models import Video
from tests.library.site import TINY_MP4, UNKNOWN, Site

JSON = {"Content-Type": "application/json"}


def made_here(video_id: str, ttl: timedelta) -> str:
    """Make a token as a server with our key does."""
    return tokens.issue(Video(pk=UUID(video_id)), ttl=ttl, grant=UNBOUND)[0]


def test_a_token_lets_anyone_read_its_own_video_only(site: Site) -> None:
    video, other = site.alice.upload(), site.alice.upload()
    token = site.alice.share(video)
    for _ in range(2):
        answer = site.nobody.ask("GET", f"/videos/{video}/stream?token={token}")
        assert (answer.status, answer.body) == (200, TINY_MP4)
    wrong = site.nobody.ask("GET", f"/videos/{other}/stream?token={token}")
    assert wrong.error == (401, "token_invalid")
    assert site.nobody.ask("GET", f"/videos/{video}?token={token}").status == 401
    as_bearer = {"Authorization": f"Bearer {token}"}
    assert site.nobody.ask("GET", f"/videos/{video}/stream", as_bearer).status == 401


def test_a_bad_token_is_refused_even_beside_a_good_login(site: Site) -> None:
    video = site.alice.upload()
    good = site.alice.share(video)
    for token, code in [
        (made_here(video, timedelta(seconds=-1)), "token_expired"),
        ("", "token_invalid"),
        ("nonsense", "token_invalid"),
        (good[:-2], "token_invalid"),
        (site.alice.token, "token_invalid"),
        (f"{good}&token={good}", "token_invalid"),
    ]:
        for headers in ({}, {"Range": "bytes=99999-"}, {"If-None-Match": "*"}):
            answer = site.alice.ask("GET", f"/videos/{video}/stream?token={token}", headers)
            assert answer.error == (401, code)


def test_a_token_that_was_good_before_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    video = uuid4()
    token = made_here(str(video), timedelta(seconds=60))
    assert tokens.read(token, video)
    later_s = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later_s)
    with pytest.raises(tokens.TokenExpired):
        tokens.read(token, video)


def test_a_token_works_for_as_long_as_was_asked(site: Site) -> None:
    video = site.alice.upload()
    for facts, ttl in [({"ttl_s": 90}, 90), ({}, 3600)]:
        before = datetime.now(UTC).replace(microsecond=0)
        body = json.dumps(facts).encode()
        answer = site.alice.ask("POST", f"/videos/{video}/tokens", JSON, body)
        assert answer.status == 201
        expires_at = datetime.fromisoformat(answer.json["expires_at"])
        assert before <= expires_at - timedelta(seconds=ttl) <= datetime.now(UTC)
        link = answer.json["stream_url"]
        assert link == f"/api/v1/videos/{video}/stream?token={answer.json['token']}"
        assert site.nobody.ask("GET", link.removeprefix("/api/v1")).body == TINY_MP4


@pytest.mark.parametrize("ttl_s", [0, -5, 86_401, "soon", 1.5])
def test_a_token_cannot_live_for_long_or_backwards(site: Site, ttl_s: object) -> None:
    video = site.alice.upload()
    body = json.dumps({"ttl_s": ttl_s}).encode()
    assert site.alice.ask("POST", f"/videos/{video}/tokens", JSON, body).status == 422


def test_the_owner_ends_all_tokens_of_one_video_at_once(site: Site) -> None:
    video, other = site.alice.upload(), site.alice.upload()
    old = [site.alice.share(video) for _ in range(2)]
    kept = site.alice.share(other)
    assert site.alice.ask("DELETE", f"/videos/{video}/tokens").status == 204
    for token in old:
        answer = site.nobody.ask("GET", f"/videos/{video}/stream?token={token}")
        assert answer.error == (401, "token_expired")
    assert site.nobody.ask("GET", f"/videos/{other}/stream?token={kept}").status == 200
    new = site.alice.share(video)
    assert site.nobody.ask("GET", f"/videos/{video}/stream?token={new}").status == 200


def test_a_video_is_shared_while_a_link_to_it_works(site: Site) -> None:
    video = site.alice.upload()

    def is_shared() -> object:
        return site.alice.ask("GET", f"/videos/{video}").json["shared"]

    assert is_shared() is False
    site.alice.share(video)
    assert is_shared() is True
    assert site.alice.ask("DELETE", f"/videos/{video}/tokens").status == 204
    assert is_shared() is False
    site.alice.share(video)
    past = "UPDATE library_video SET shared_until = '2001-01-01 00:00:00' WHERE id = ?"
    site.query(past, UUID(video).hex)
    assert is_shared() is False


def test_a_short_link_does_not_end_the_sharing_of_a_long_one(site: Site) -> None:
    video = site.alice.upload()

    def until() -> object:
        return site.query("SELECT shared_until FROM library_video WHERE id = ?", UUID(video).hex)

    for ttl_s in (3600, 1):
        body = json.dumps({"ttl_s": ttl_s}).encode()
        assert site.alice.ask("POST", f"/videos/{video}/tokens", JSON, body).status == 201
        if ttl_s == 3600:
            long = until()
    assert until() == long


def test_only_its_owner_may_share_a_video_or_end_that(site: Site) -> None:
    video = site.alice.upload()
    token = site.alice.share(video)
    for person, share, revoke in [
        (site.bob, 404, 404),
        (site.guest, 404, 404),
        (site.nobody, 401, 401),
    ]:
        assert person.ask("POST", f"/videos/{video}/tokens", JSON, b"{}").status == share
        assert person.ask("DELETE", f"/videos/{video}/tokens").status == revoke
    assert site.nobody.ask("GET", f"/videos/{video}/stream?token={token}").status == 200


@pytest.mark.parametrize("video_id", ["nonsense", UNKNOWN])
def test_there_are_no_tokens_for_no_video(site: Site, video_id: str) -> None:
    assert site.alice.ask("POST", f"/videos/{video_id}/tokens", JSON, b"{}").status == 404
    assert site.alice.ask("DELETE", f"/videos/{video_id}/tokens").status == 404


def test_a_video_in_the_making_cannot_be_shared_yet(site: Site) -> None:
    video = site.alice.upload()
    token = site.alice.share(video)
    site.set_status(video, "processing")
    assert site.alice.ask("POST", f"/videos/{video}/tokens", JSON, b"{}").status == 409
    answer = site.nobody.ask("GET", f"/videos/{video}/stream?token={token}")
    assert answer.error == (409, "not_ready")


def test_a_token_of_a_deleted_video_finds_nothing(site: Site) -> None:
    video = site.alice.upload()
    token = site.alice.share(video)
    assert site.alice.ask("DELETE", f"/videos/{video}").status == 200
    answer = site.nobody.ask("GET", f"/videos/{video}/stream?token={token}")
    assert answer.error == (404, "not_found")


def test_a_token_signed_with_another_key_is_nothing(settings: Any) -> None:
    video = Video(pk=uuid4())
    token, _ = tokens.issue(video, ttl=timedelta(minutes=5), grant=UNBOUND)
    assert tokens.read(token, video.pk) == tokens.MediaGrant(
        epoch=video.token_epoch, member=None, grant=UNBOUND
    )
    settings.SECRET_KEY = "another secret, as long as it has to be"
    with pytest.raises(tokens.TokenInvalid):
        tokens.read(token, video.pk)


def test_a_bond_that_nobody_vouches_for_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_viewings_that_hold", tokens._no_valid_viewings)
    video, member = Video(pk=uuid4()), tokens.RoomMember("K7QF2XMD", str(uuid4()), 1.0)
    token, _ = tokens.issue(video, ttl=timedelta(minutes=5), grant=UNBOUND, member=member)
    media_grant = tokens.read(token, video.pk)
    assert media_grant.member == member
    assert not tokens.valid_viewings({(member, video.pk)})
