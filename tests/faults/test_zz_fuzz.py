import asyncio, random, time, os, json
import pytest
from tests.faults.rig import FILM, Rig, ask_redis, come_back, state_of
from tests.rooms.people import People, Refused, RoomSocket
from tests.support.waiting import eventually

SEED = int(os.environ.get("FUZZ", "1"))

@pytest.mark.timeout(600)
async def test_fuzz(tmp_path_factory, migrated_template, people: People) -> None:
    from tests.faults.rig import Valkey
    from tests.faults.conftest import SHORT_LEASES
    from tests.support.servers import Servers, copy_template
    data = copy_template(migrated_template, tmp_path_factory.mktemp("fuzz"))
    vk = Valkey(data / "valkey")
    house = Servers(data, vk.url)
    rnd = random.Random(SEED)
    env = {**SHORT_LEASES, "STREAMIT_GRACE": "3s"}
    servers = [house.start(env=env), house.start(env=env)]
    try:
        await run(servers, house, vk, rnd, people, env)
    finally:
        house.stop_all(); vk.end()
        import re
        bad = {}
        for srv in house.started:
            t = srv.log.read_text()
            if "Traceback" in t: __import__("pathlib").Path(f"/tmp/e15/trace-{SEED}-{srv.port}.log").write_text(t)
            for line in t.splitlines():
                if "[error" in line or "Traceback" in line or re.match(r"^\S*(Error|Exception)", line): 
                    key = re.sub(r"\d{4}-\S+|[0-9a-f]{8}-\S+", "", line)[:160]
                    bad[key] = bad.get(key, 0) + 1
        with open("/tmp/e15/fuzzbad.log", "a") as f: f.write(f"{SEED} {bad}\n")

async def run(servers, house, vk, rnd, people, env):
    frozen: set[int] = set()
    guests = [await people.arrive(rnd.choice(servers), n) for n in ("Ana", "Ben", "Cem", "Dua")]
    code = await guests[0].create_room(url=FILM)
    rooms: dict[str, RoomSocket | None] = {}
    where: dict[str, int] = {}
    by_id = {g.id: g for g in guests}
    async def enter(g, resume=None):
        try:
            await enter_(g, resume)
        except Exception as e:
            rooms[g.id] = None
    async def enter_(g, resume=None):
        choice = [i for i in (0, 1) if i not in frozen]
        i = rnd.choice(choice)
        moved = people.move(g, servers[i])
        try:
            s = await (moved.open(code, resume) if resume else moved.enter(code))
        except (Refused, AssertionError) as e:
            rooms[g.id] = None
            return
        rooms[g.id] = s; where[g.id] = i
    for g in guests: await enter(g)
    log = []
    sent = 0
    for step in range(110):
        g = rnd.choice(guests); s = rooms.get(g.id)
        what = rnd.choice(["PLAY","PAUSE","SEEK","CHAT","MUTE","UNMUTE","KICK","TRANSFER","COHOST","move","freeze","thaw","rejoin","leave","QUEUE_ADD","NEXT","kill","valkey","burst","burst"])
        other = rnd.choice(guests)
        log.append((what, g.name, other.name, where.get(g.id), sorted(frozen)))
        if what == "freeze" and not frozen:
            i = rnd.choice([0,1]); servers[i].freeze(); frozen.add(i); continue
        if what == "thaw" and frozen:
            if rnd.random() < .5: await asyncio.sleep(4.5)
            i = frozen.pop(); servers[i].thaw(); continue
        if what == "kill" and not frozen:
            i = rnd.choice([0,1]); port = servers[i].port; servers[i].kill(); servers[i] = house.launch(port=port, env=env)
            await asyncio.to_thread(house.wait, servers[i]); continue
        if what == "valkey":
            if rnd.random() < .3:
                vk.kill(); await asyncio.sleep(rnd.random()); vk.start()
            else:
                vk.freeze(); await asyncio.sleep(rnd.random()*2.5); vk.thaw()
            continue
        if s is None or s.closed:
            resume = s.welcome["resume"] if s is not None else None
            if s is not None and s.socket.close_code in (4409, 4403): resume = None
            await enter(g, resume)
            continue
        if what == "move":
            s.socket.transport.close(); await enter(g, s.welcome["resume"]); continue
        if what == "leave":
            s.socket.transport.close(); rooms[g.id] = None; continue
        try:
            f = {}
            if what == "SEEK": f = {"position": float(step)}
            if what == "CHAT": f = {"text": f"{step} {g.name}"}
            if what in ("MUTE","UNMUTE","KICK","TRANSFER","COHOST"): f = {"member": other.id}
            t = "MUTE" if what == "UNMUTE" else what
            if what in ("MUTE","COHOST"): f["on"] = True
            if what == "UNMUTE": f["on"] = False
            if what == "QUEUE_ADD": f = {"source": {"provider":"youtube","media_type":"movie","external_id":"aqz-KE-bpKQ"}}
            if what == "burst":
                for k in range(8): await s.say(rnd.choice(["PLAY","PAUSE","SKIP_VOTE","QUEUE_CLEAR","NEXT"]), id=f"b{step}-{k}", **{}) if True else None
                continue
            if t in ("rejoin","kill","valkey","freeze","thaw"): continue
            await s.say(t, id=f"m{step}", **f)
        except Exception as e:
            log.append(repr(e))
    for i in list(frozen): servers[i].thaw()
    frozen.clear()
    for g in guests:
        s = rooms.get(g.id)
        if s is None or s.closed: await enter(g, None)
    async def agree():
        try:
            return await agree_()
        except Exception as e:
            agree.last = repr(e)
            return False
    async def agree_():
        live = {g.id: rooms[g.id] for g in guests if rooms.get(g.id) and not rooms[g.id].closed}
        if not live: return True
        states, hosts, mutes, cohosts, queues, rosters = set(), set(), set(), set(), set(), set()
        for gid, s in live.items():
            st = await asyncio.wait_for(s.ask("SYNC"), 20)
            states.add(json.dumps({k: st[k] for k in ("revision","playing","position","source")}, sort_keys=True))
        for gid in live:
            for i in (0, 1):
                m = people.move(by_id[gid], servers[i])
                r = (await m.http.get(f"/rooms/{code}")).json()
                hosts.add(r["host"]["id"])
                w = await m.http.post(f"/rooms/{code}/join", json={})
                if w.status_code != 200: continue
                ss = await m.open(code, w.json()["ticket"])
                hosts.add(ss.welcome["room"]["host"])
                mutes.add(json.dumps(sorted((x["id"], x["muted"]) for x in ss.welcome["members"] if x["id"] in live)))
                cohosts.add(json.dumps(sorted((x["id"], x["role"]) for x in ss.welcome["members"] if x["id"] in live)))
                rosters.add(json.dumps(sorted(x["id"] for x in ss.welcome["members"])))
                queues.add(json.dumps([ss.welcome["queue"]["version"], len(ss.welcome["queue"]["items"])]))
                await ss.leave()
        out = [states, hosts, mutes, cohosts, queues, rosters]
        agree.last = (out, sorted(live))
        return all(len(x) <= 1 for x in out) and json.loads(next(iter(rosters or {"[]"}))) == sorted(live)
    agree.last = None
    try:
        await eventually(agree, within_s=45, every_s=1.0)
    except BaseException:
        for line in log: print(line)
        print(agree.last)
        raise
