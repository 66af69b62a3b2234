import { expect, test } from "vitest";
import type { Member, Role } from "../../protocol.gen";
import { actionsFor, personIn } from "./moderation";

function person(id: string, role: Role = "viewer", muted = false): Member {
  return { id, name: id, role, muted, buffering: false, drift_ms: null };
}

const ANA = person("ana", "host");
const CEM = person("cem", "cohost");
const BEN = person("ben", "viewer", true);

test.each<[string, Member, Member, string]>([
  ["the host, of a viewer", ANA, BEN, "cohost transfer mute kick ban"],
  ["the host, of a co-host", ANA, CEM, "cohost transfer mute kick ban"],
  ["the host, of themselves", ANA, ANA, ""],
  ["a co-host, of a viewer", CEM, BEN, "mute kick"],
  ["a co-host, of another co-host", CEM, person("dora", "cohost"), ""],
  ["a co-host, of the host", CEM, ANA, ""],
  ["a viewer, of another", BEN, person("dora"), ""],
])("what may be done by %s", (_, you, them, actions) => {
  expect(actionsFor(you, them).join(" ")).toBe(actions);
});

test("nobody may do anything before they are known", () => {
  expect(actionsFor(null, BEN)).toEqual([]);
});

test("who wrote is known by the list, not by what they were then", () => {
  const wrote = { member: "cem", name: "Cem" };
  expect(personIn([ANA, CEM, BEN], "ana", wrote)).toBe(CEM);
});

test("who is not on the list is a viewer of whom nothing else is known", () => {
  const wrote = { member: "zoe", name: "Zoe" };
  expect(personIn([ANA, CEM], "ana", wrote)).toEqual({
    id: "zoe",
    name: "Zoe",
    role: "viewer",
    muted: null,
  });
});

test("a host who is away is still the host", () => {
  expect(personIn([CEM], "ana", { member: "ana", name: "Ana" }).role).toBe("host");
});
