"""What staff see of everybody's jobs and may do with them, over REST, with a real server."""

from typing import Any

import pytest

from tests.library.site import Person, Site
from tests.support.films import AC3_IN_MKV, make_film
from tests.support.servers import Servers


@pytest.fixture
def site(servers: Servers) -> Site:
    """A server on which Bob is staff."""
    found = Site(servers, servers.start(env={"STREAMIT_RATE_LIMITS": "off"}))
    found.query("UPDATE accounts_user SET is_staff = TRUE WHERE email = ?", "bob@example.org")
    return found


def jobs(who: Person, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = who.ask("GET", f"/ops/jobs{query}").json["jobs"]
    return found


def let_fail(site: Site, job: int) -> None:
    """Have a job and its video failed, as a worker leaves them."""
    site.query(
        "UPDATE processing_job SET status = 'failed', reason_code = 'unreadable',"
        " reason = 'The file is damaged.', attempt = 1, worker = 'gpu:7' WHERE id = ?",
        str(job),
    )
    site.query("UPDATE library_video SET status = 'failed'")


def test_staff_lists_failed_jobs_with_whose_they_are_and_queues_one_again(site: Site) -> None:
    film = make_film(AC3_IN_MKV).read_bytes()
    broken, _waiting = (site.alice.upload(film, title) for title in ("Broken", "Waiting"))
    newest, oldest = jobs(site.bob)
    assert [newest["video"]["title"], oldest["video"]["title"]] == ["Waiting", "Broken"]
    first = site.bob.ask("GET", "/ops/jobs?limit=1").json
    rest = site.bob.ask("GET", f"/ops/jobs?limit=1&cursor={first['next_cursor']}").json
    assert [first["jobs"], rest["jobs"], rest["next_cursor"]] == [[newest], [oldest], None]
    let_fail(site, oldest["id"])

    [failed] = jobs(site.bob, "?status=failed")
    assert failed["video"] == {"id": broken, "title": "Broken"}
    assert failed["owner"]["display_name"] == "alice"
    assert (failed["reason_code"], failed["attempt"], failed["worker"]) == (
        "unreadable",
        1,
        "gpu:7",
    )
    assert "token" not in str(failed)
    assert "/media/" not in str(failed)

    retry = f"/ops/jobs/{failed['id']}/retry"
    answer = site.bob.ask("POST", retry)
    assert (answer.status, answer.json["status"], answer.json["reason"]) == (202, "queued", "")
    assert site.bob.ask("POST", retry).error == (409, "not_failed")
    assert jobs(site.bob, "?status=failed") == []
    events = site.alice.ask("GET", f"/videos/{broken}/events").json["events"]
    assert (events[-1]["kind"], events[-1]["data"]) == ("again", {"by": "staff"})
    assert site.alice.ask("GET", f"/videos/{broken}").json["status"] == "queued"


def test_who_is_no_staff_gets_nothing_and_wrong_questions_name_the_field(site: Site) -> None:
    site.alice.upload(make_film(AC3_IN_MKV).read_bytes())
    [job] = jobs(site.bob)
    for method, path in (("GET", "/ops/jobs"), ("POST", f"/ops/jobs/{job['id']}/retry")):
        assert site.alice.ask(method, path).error == (403, "forbidden")
        assert site.guest.ask(method, path).error == (403, "forbidden")
        assert site.nobody.ask(method, path).error == (401, "not_authenticated")
    assert site.bob.ask("POST", "/ops/jobs/999999/retry").error == (404, "not_found")
    refused = site.bob.ask("GET", "/ops/jobs?status=broken")
    assert refused.error == (422, "invalid")
    assert "status" in refused.json["error"]["fields"]
