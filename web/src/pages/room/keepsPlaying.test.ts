import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import type { RoomSession } from "../../session/types";
import { keepsPlaying } from "./keepsPlaying";

const said = (playing: boolean, site: "answered" | "silent") =>
  keepsPlaying({ playing: signal(playing), site: signal(site) } as unknown as RoomSession);

test("nobody is told that a video keeps playing that they do not see", () => {
  expect(said(true, "answered")).toBe("The video keeps playing.");
  expect(said(true, "silent")).toBe("");
  expect(said(false, "answered")).toBe("");
});
