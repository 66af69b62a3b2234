"""The admin site over HTTP: who gets in, what is shown, and what its actions do."""

import json
import re
from html import unescape
from urllib.parse import urlencode

import pytest

from tests.config.test_operator import admin
from tests.library.site import Answer, Site, Wire
from tests.support.films import AC3_IN_MKV, make_film
from tests.support.servers import Servers

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Browser:
    """Somebody signed in by session, as a browser is."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        wire = Wire(self.site.server.port)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = wire.ask(method, path, {"Cookie": cookie, **headers} if cookie else headers, body)
        wire.close()
        for line in answer.cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def get(self, path: str) -> Answer:
        return self.ask("GET", path, {})

    def sign_in(self, email: str, password: str = "a long enough password") -> None:
        body = json.dumps({"email": email, "password": password}).encode()
        answer = self.ask("POST", "/api/v1/auth/login", {"Content-Type": "application/json"}, body)
        assert answer.status == 200

    def act(self, page: str, action: str, *ids: str, **more: str) -> Answer:
        """Send the list's form, as its Go button does."""
        assert self.get(page).status == 200
        fields = [
            ("csrfmiddlewaretoken", self.cookies["csrftoken"]),
            ("action", action),
            ("index", "0"),
            *(("_selected_action", each) for each in ids),
            *more.items(),
        ]
        return self.ask("POST", page, FORM, urlencode(fields).encode())


def text_of(answer: Answer) -> str:
    plain = re.sub(r"<[^>]+>", " ", answer.body.decode())
    return unescape(re.sub(r"\s+", " ", plain))


@pytest.fixture
def own(servers: Servers) -> Site:
    return Site(servers, servers.start(env={"STREAMIT_RATE_LIMITS": "off"}))


@pytest.fixture
def staff(own: Site) -> Browser:
    """Bob, who is staff."""
    assert admin(own.servers, "staff", "bob@example.org")[0] == 0
    browser = Browser(own)
    browser.sign_in("bob@example.org")
    return browser


def test_only_staff_gets_in_and_everybody_else_is_told_where_they_stand(
    own: Site, staff: Browser
) -> None:
    stranger, alice = Browser(own), Browser(own)
    alice.sign_in("alice@example.org")
    for path in ("/admin/", "/admin/accounts/user/", "/admin/library/video/"):
        sent = stranger.get(path)
        assert sent.status == 302
        to_sign_in = stranger.get(sent.headers["location"])
        assert to_sign_in.headers["location"].startswith("/sign-in?next=%2Fadmin%2F")
        refused = alice.get(alice.get(path).headers["location"])
        assert refused.error == (403, "forbidden")

        page = staff.get(path)
        assert page.status == 200
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "<script>" not in page.body.decode()
    # An access token or key is for programs: it opens no page.
    token = {"Authorization": own.bob.headers["Authorization"]}
    assert stranger.ask("GET", "/admin/", token).status == 302
    assert admin(own.servers, "staff", "bob@example.org", "--off")[0] == 0
    assert staff.get("/admin/").status == 302


def test_its_styles_and_scripts_come_from_here_and_nothing_else_does(staff: Browser) -> None:
    page = staff.get("/admin/accounts/user/").body.decode()
    assets = re.findall(r'(?:src|href)="(/admin/static/[^"]+)"', page)
    assert len(assets) > 5
    for asset in assets:
        assert staff.get(asset).status == 200, asset
    assert staff.get("/admin/static/../__init__.py").status == 404
    assert staff.get("/admin/static/%2e%2e/__init__.py").status == 404


def test_no_address_of_a_stranger_makes_the_server_fail(own: Site) -> None:
    stranger = Browser(own)
    folders = (
        *("/", "/admin/", "/admin/static/", "/admin/rooms/room/", "/assets/", "/r/", "/videos/"),
        *("/api/", "/api/v1/rooms/", "/api/v1/videos/", "/api/v1/uploads/", "/api/v1/auth/"),
        *("/media/", "/media/a/", "/api/v1/playback/", "/api/v1/webhooks/", "/api/docs/"),
    )
    for odd in ("%00", "%00/a", "a" * 5000, "%ff", "a/../%2e%2e/a", "%0a", "~"):
        answers = {folder: stranger.get(folder + odd).status for folder in folders}
        assert all(status < 500 for status in answers.values()), (odd[:20], answers)


def test_people_videos_and_rooms_are_listed_with_what_they_take(own: Site, staff: Browser) -> None:
    own.alice.upload(title="Alice's film")
    own.alice.upload(title="An der Straße")
    room = own.alice.ask(
        "POST", "/rooms", {"Content-Type": "application/json"}, b'{"name": "Her room"}'
    ).json["code"]

    people = text_of(staff.get("/admin/accounts/user/"))
    assert re.search(r"alice alice@example.org .*? 2, [\d.]+ kB", people)
    films = text_of(staff.get("/admin/library/video/?q=alice"))
    assert re.search(r"Alice's film alice Completed [\d.]+ kB local", films)
    # As the pages find it.
    assert "Her room" in text_of(staff.get("/admin/rooms/room/?q=R%C3%B3om+HER"))
    assert "alice@example.org" in text_of(staff.get("/admin/accounts/user/?q=%C3%81lice"))
    found = text_of(staff.get("/admin/library/video/?q=STRA%C3%9FE+der"))
    assert "An der Straße" in found
    assert "Alice's film" not in found
    assert room in text_of(staff.get("/admin/rooms/room/"))
    assert staff.get("/admin/processing/job/").status == 200


def test_failed_jobs_are_found_looked_into_and_queued_again(own: Site, staff: Browser) -> None:
    own.alice.upload(make_film(AC3_IN_MKV).read_bytes(), "Her broken film")
    [(job,)] = own.query(
        "UPDATE processing_job SET status = 'failed', reason_code = 'unreadable',"
        " reason = 'The file is damaged.' RETURNING id"
    )
    page = "/admin/processing/job/"

    assert "Her broken film" not in text_of(staff.get(f"{page}?status__exact=queued"))
    assert re.search(
        r"Her broken film alice failed \d+ The file is damaged\.",
        text_of(staff.get(f"{page}?status__exact=failed")),
    )
    looked_into = staff.get(f"{page}{job}/change/")
    assert re.search(r"Events .* queued .* queued 0", text_of(looked_into))
    assert 'type="submit" value="Save"' not in looked_into.body.decode()

    staff.act(page, "retry", str(job))
    assert "Queued again: 1" in text_of(staff.get(page))
    staff.act(page, "retry", str(job))
    assert "Nothing failed that could be tried again." in text_of(staff.get(page))


def test_somebody_is_disabled_and_deleted_by_the_rules_of_the_services(
    own: Site, staff: Browser
) -> None:
    film = own.alice.upload()
    (row,) = own.query("SELECT id FROM accounts_user WHERE email = ?", "alice@example.org")
    person = str(row[0])
    page = "/admin/accounts/user/"

    staff.act(page, "disable", person)
    assert "Disabled: 1" in text_of(staff.get(page))
    assert own.alice.ask("GET", "/auth/me").status == 401

    asked = staff.act(page, "delete_selected", person)
    assert "Are you sure" in text_of(asked)
    assert own.stored(film).exists()
    staff.act(page, "delete_selected", person, post="yes")
    assert "Deleted with all that belongs to them: 1" in text_of(staff.get(page))
    assert not own.stored(film).exists()
    assert not own.rows()
    assert staff.get(f"{page}{person}/delete/").status == 404


def test_signing_out_there_ends_what_came_of_the_session(own: Site, staff: Browser) -> None:
    staff.get("/admin/")
    token = urlencode({"csrfmiddlewaretoken": staff.cookies["csrftoken"]}).encode()
    session = dict(staff.cookies)

    assert staff.ask("POST", "/admin/logout/", FORM, token).status == 302

    staff.cookies = session
    assert staff.get("/admin/").status == 302
    assert staff.get("/api/v1/auth/me").status == 401
