"""The room socket, spoken to as a stranger's client would, at two real servers."""

from tests.rooms.conftest import Pair
from tests.rooms.people import People


async def test_a_play_reaches_every_socket_on_every_server(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    ben = await people.arrive(pair.second, "Ben")
    code = await ana.create_room(url="https://youtu.be/dQw4w9WgXcQ")
    host = await ana.enter(code)
    viewer = await ben.enter(code)
    told = await host.ask("PLAY", position=12.5)
    for room_socket in (host, viewer):
        state = await room_socket.hears("PLAYBACK_STATE")
        assert state["revision"] == told["revision"]
        assert (state["playing"], state["position"], state["by"]) == (True, 12.5, ana.id)
    await host.hears(lambda m: m["type"] == "PRESENCE" and m["viewer_count"] == 2)


async def test_a_strangers_play_is_ignored_without_a_word(pair: Pair, people: People) -> None:
    ana = await people.arrive(pair.first, "Ana")
    ben = await people.arrive(pair.first, "Ben")
    code = await ana.create_room(url="https://youtu.be/dQw4w9WgXcQ")
    host, viewer = await ana.enter(code), await ben.enter(code)
    await host.hears(lambda m: m["type"] == "PRESENCE" and m["viewer_count"] == 2)
    for command in ("PLAY", "PAUSE"):
        await viewer.say(command, id="x")
    await viewer.say("SEEK", position=5, id="y")
    await viewer.in_step()
    await host.in_step()
    assert not host.of("PLAYBACK_STATE") + viewer.of("PLAYBACK_STATE") + viewer.of("ERROR")
    answer = await host.ask("SYNC")
    assert answer["revision"] == host.welcome["state"]["revision"]


async def test_a_code_in_capitals_opens_the_room_over_rest_and_socket(
    pair: Pair, people: People
) -> None:
    ana = await people.arrive(pair.first, "Ana")
    ben = await people.arrive(pair.second, "Ben")
    code = await ana.create_room()
    assert (await ben.read(f"/rooms/{code.upper()}"))["code"] == code
    joined = await ben.join(f" {code[:5].upper()}-{code[5:]}")
    assert joined["ws_url"].endswith(f"/ws/rooms/{code}/")
    room_socket = await ben.open(code.upper(), joined["ticket"])
    assert room_socket.welcome["room"]["code"] == code
