import { describe, expect, test } from "vitest";
import vectors from "../../../tests/vectors/roster.json";
import { seeded } from "../net/random.fake";
import type { Member, Role } from "../protocol.gen";
import { applyHost, applyPresence, applySnapshot, awaitSnapshot, emptyRoster } from "./roster";

function member(id: string, role: Role = "viewer", name = id): Member {
  return { id, name, role, muted: false, buffering: false, drift_ms: null };
}

const full = ({ id, name, role }: { id: string; name: string; role: string }) =>
  member(id, role as Role, name);
const ids = ({ members }: { members: readonly Member[] }) => members.map(({ id }) => id);
const snapshotOf = (members: Member[]) =>
  applySnapshot(emptyRoster, { members, viewer_count: members.length });

test.each(vectors.cases)("the difference leads from one roster to the next: $name", (given) => {
  const roster = applyPresence(snapshotOf(given.old.map(full)), {
    joined: given.joined.map(full),
    left: given.left,
    changed: given.changed.map(full),
    viewer_count: given.new.length,
  });
  const byId = new Map(roster.members.map((entry) => [entry.id, entry]));
  expect(byId).toEqual(new Map(given.new.map((entry) => [entry.id, full(entry)])));
  expect(roster.viewerCount).toBe(given.new.length);
});

describe("the order", () => {
  test("is host, co-hosts, then arrival", () => {
    const roster = snapshotOf([
      member("ana"),
      member("ben", "cohost"),
      member("cem"),
      member("dua", "host"),
      member("eli", "cohost"),
    ]);
    expect(ids(roster)).toEqual(["dua", "ben", "eli", "ana", "cem"]);
  });

  test("does not change when only a detail of someone changed", () => {
    const roster = applyPresence(snapshotOf([member("ana"), member("ben"), member("cem")]), {
      joined: [],
      left: [],
      changed: [{ ...member("ben"), buffering: true }],
      viewer_count: 3,
    });
    expect(ids(roster)).toEqual(["ana", "ben", "cem"]);
    expect(roster.members[1]?.buffering).toBe(true);
  });

  test("follows a new host at once", () => {
    const roster = applyHost(snapshotOf([member("ana", "host"), member("ben")]), "ben");
    expect(roster.members.map(({ id, role }) => [id, role])).toEqual([
      ["ben", "host"],
      ["ana", "viewer"],
    ]);
  });
});

test("a difference before the snapshot waits for it", () => {
  const shown = snapshotOf([member("ana"), member("ben")]);
  const early = applyPresence(awaitSnapshot(shown), {
    joined: [member("dua")],
    left: ["ana"],
    changed: [],
    viewer_count: 2,
  });
  expect(ids(early)).toEqual(["ana", "ben"]);
  const roster = applySnapshot(early, { members: [member("ana"), member("cem")], viewer_count: 2 });
  expect(ids(roster)).toEqual(["cem", "dua"]);
});

test("everyone who applies the same messages sees the same people", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seeded(seed);
    const pick = () => `p${Math.floor(random() * 12)}`;
    const room = new Map<string, Member>();
    const late = Math.floor(random() * 30);
    let early = snapshotOf([]);
    let joinedLater = emptyRoster;
    for (let step = 0; step < 60; step++) {
      const id = pick();
      const old = room.get(id);
      const leaves = old !== undefined && random() < 0.5;
      const entry = { ...member(id), buffering: random() < 0.5 };
      if (leaves) room.delete(id);
      else room.set(id, entry);
      const difference = {
        joined: old === undefined ? [entry] : [],
        left: leaves ? [id] : [],
        changed: old !== undefined && !leaves ? [entry] : [],
        viewer_count: room.size,
      };
      early = applyPresence(early, difference);
      joinedLater = applyPresence(joinedLater, difference);
      if (step === late) {
        // An early PRESENCE may repeat what is in the snapshot, which must be harmless.
        const members = [...room.values()];
        joinedLater = applySnapshot(joinedLater, { members, viewer_count: room.size });
      }
    }
    expect(new Set(ids(early)), `seed ${seed}`).toEqual(new Set(room.keys()));
    expect(new Set(ids(joinedLater)), `seed ${seed}`).toEqual(new Set(room.keys()));
    expect(joinedLater.viewerCount).toBe(room.size);
  }
});
