"""Nobody can look like the host or a co-host, by real sockets; and nobody is refused for it."""

from rooms.names import Names
from tests.rooms.conftest import Pair
from tests.rooms.people import FILM, Guest, Message, People, RoomSocket

LIKE_ANA = "Аna"  # its first letter is Cyrillic


def test_only_who_looks_like_a_moderator_gets_a_number_and_keeps_it() -> None:
    names = Names.of({"host": "Ana", "cohost": "Ben"})
    assert names.shown("host", "Ana") == "Ana"
    assert names.shown("cohost", "Ana") == "Ana"
    assert names.shown("x", "Cem") == "Cem"
    shown = names.shown("x", LIKE_ANA)
    assert shown.startswith(f"{LIKE_ANA} ")
    assert shown.removeprefix(f"{LIKE_ANA} ").isdecimal()
    assert names.shown("x", LIKE_ANA) == shown != names.shown("y", LIKE_ANA)
    assert names.shown("x", "BEN").startswith("BEN ")


def entry(room_socket: RoomSocket, guest: Guest) -> Message:
    """Return the newest entry of a person that a socket has been told."""
    entries: list[Message] = list(room_socket.welcome["members"])
    for message in room_socket.of("PRESENCE"):
        entries += message["joined"] + message["changed"]
    found = (each for each in reversed(entries) if each["id"] == guest.id)
    return next(found, {"role": None, "name": None})


async def test_a_stranger_who_takes_the_hosts_name_is_shown_with_a_number(
    pair: Pair, people: People
) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.second, "Ben")
    fake = await people.arrive(pair.second, LIKE_ANA)
    code = await ana.create_room()
    host, viewer = await ana.enter(code), await ben.enter(code)
    stranger = await fake.enter(code)
    assert stranger.welcome["you"]["role"] == "viewer"
    shown = stranger.welcome["you"]["name"]
    assert shown.startswith(f"{LIKE_ANA} ")
    for room_socket in (host, viewer):
        await room_socket.sees(3)
        assert (entry(room_socket, fake)["name"], entry(room_socket, ana)["name"]) == (shown, "Ana")
    said = await stranger.ask("CHAT", text="Give me your password")
    assert (said["name"], said["role"]) == (shown, "viewer")
    members = (await ben.read(f"/rooms/{code}/members"))["members"]
    assert {each["name"] for each in members} == {"Ana", "Ben", shown}
    # While the host is away, too.
    await host.leave()
    late = await people.arrive(pair.first, "ANA")
    assert (await late.enter(code)).welcome["you"]["name"].startswith("ANA ")


async def test_nor_does_anybody_in_the_queue_by_rest(pair: Pair, people: People) -> None:
    ana, twin = await people.arrive(pair.first, "Ana"), await people.arrive(pair.second, "Ana")
    code = await ana.create_room()
    await ana.enter(code)
    await twin.enter(code)
    assert (await ana.http.patch(f"/rooms/{code}/queue", json={"adding": "everyone"})).is_success
    reply = await twin.http.post(f"/rooms/{code}/queue", json=FILM)
    [item] = reply.json()["items"]
    assert item["added_by_name"].startswith("Ana ")


async def test_names_follow_who_moderates(pair: Pair, people: People) -> None:
    ana, ben = await people.arrive(pair.first, "Ana"), await people.arrive(pair.first, "Ben")
    other = await people.arrive(pair.second, "Ana")
    code = await ana.create_room()
    host, viewer = await ana.enter(code), await ben.enter(code)
    twin = await other.enter(code)
    assert twin.welcome["you"]["name"] != "Ana"
    await host.ask("COHOST", member=other.id, on=True)
    await viewer.until(lambda: entry(viewer, other)["role"] == "cohost")
    assert entry(viewer, other)["name"] == "Ana"
    await host.ask("TRANSFER", member=ben.id)
    await host.ask("PING", t0=0.0)
    await viewer.until(lambda: entry(viewer, ana)["name"] != "Ana")
    assert entry(viewer, ana)["role"] == "viewer"
