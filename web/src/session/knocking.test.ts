import { beforeEach, expect, test } from "vitest";
import { admitWaiting, enter, server, session, setUp, timers } from "./room.fake";

beforeEach(setUp);

test("only those are let in who were seen to knock", async () => {
  await enter();
  const waiting = ["ann", "ben", "cyd"].map((id) => ({ id, name: id }));
  server.send({ type: "WAITING", waiting });
  session.approveAll(["ann", "ben"]);
  await timers.run(10);
  expect(admitWaiting).toHaveBeenCalledWith("abc", ["ann", "ben"]);
  expect(session.waiting.value).toEqual([{ id: "cyd", name: "cyd" }]);
});
