import { beforeEach, describe, expect, test } from "vitest";
import { welcome } from "../net/server.fake";
import { enter, sent, server, session, setUp, timers } from "./room.fake";

beforeEach(setUp);

describe("chat", () => {
  const lines = () =>
    session.chat.value.map(({ text, pending, failed }) => ({ text, pending, failed }));

  test("shows a message at once and only once, also when its answer comes twice", async () => {
    await enter();
    session.sendChat("  hello  ");
    expect(lines()).toEqual([{ text: "hello", pending: true, failed: undefined }]);
    const said = {
      id: "7",
      member: "ana",
      name: "Ana",
      role: "host",
      text: "hello",
      at: 5,
    } as const;
    const answer = { ...said, client_id: "id1" };
    server.send({ type: "CHAT", ...answer });
    server.send({ type: "CHAT", ...answer });
    expect(session.chat.value).toEqual([said]);
  });

  test("keeps messages written before WELCOME, and sends them then", async () => {
    session.sendChat("first");
    session.sendChat("second");
    await enter();
    await timers.run(1_000);
    expect(lines().map(({ text }) => text)).toEqual(["first", "second"]);
    expect(sent("CHAT").map((message) => "text" in message && message.text)).toEqual([
      "first",
      "second",
    ]);
  });

  test("shows a message written before WELCOME, and does not send it when it is old", async () => {
    session.sendChat("hello?");
    expect(lines()).toEqual([{ text: "hello?", pending: true, failed: undefined }]);
    await timers.run(70_000);
    await enter();
    expect(lines()).toEqual([
      { text: "hello?", pending: undefined, failed: "Not sent: the connection was lost." },
    ]);
    expect(session.chat.value.map(({ member, name }) => [member, name])).toEqual([["ana", "Ana"]]);
    expect(sent("CHAT")).toEqual([]);
  });

  test("has the order in which the room got the messages", async () => {
    await enter();
    session.sendChat("mine");
    session.sendChat("mine too");
    const said = { name: "Ben", role: "viewer", text: "Ben’s", at: 5 } as const;
    server.send({ type: "CHAT", id: "7", member: "ben", ...said });
    expect(lines().map(({ text }) => text)).toEqual(["Ben’s", "mine", "mine too"]);
    const mine = { member: "ana", name: "Ana", role: "host", at: 6 } as const;
    server.send({ type: "CHAT", id: "8", ...mine, text: "mine", client_id: "id1" });
    server.send({ type: "CHAT", id: "9", member: "ben", ...said, text: "Ben’s second" });
    expect(lines().map(({ text }) => text)).toEqual([
      ...["Ben’s", "mine", "Ben’s second", "mine too"],
    ]);
  });

  test("says by how much a message is too long, and does not send it", async () => {
    await enter();
    session.sendChat("🎬".repeat(501));
    session.sendChat("x".repeat(900));
    expect(lines().map(({ failed }) => failed)).toEqual([
      "This message is one character too long. The limit is 500.",
      "This message is 400 characters too long. The limit is 500.",
    ]);
    expect(sent("CHAT")).toEqual([]);
  });

  test("shows why a message was refused, and sends it again when asked", async () => {
    await enter();
    session.sendChat("hello");
    server.send({
      type: "ERROR",
      code: "rate_limited",
      message: "",
      id: "id1",
      retry_after_s: 7.2,
    });
    expect(lines()).toEqual([
      {
        text: "hello",
        pending: undefined,
        failed: "You are sending too fast. Try again in 8 s.",
      },
    ]);
    session.resendChat("id1");
    expect(lines()).toEqual([{ text: "hello", pending: true, failed: undefined }]);
  });

  test("says that it is slow mode for which a viewer has to wait", async () => {
    const { room, you } = welcome(server.welcome);
    const slowed = { room: { ...room, slow_mode_s: 30 }, you: { ...you, role: "viewer" as const } };
    server.welcome = { ...server.welcome, ...slowed };
    await enter();
    session.sendChat("hello");
    const refused = { code: "rate_limited", message: "", retry_after_s: 7.2 } as const;
    server.send({ type: "ERROR", ...refused, id: "id1" });
    expect(lines()[0]?.failed).toBe("Slow mode is on: you can write again in 8 s.");
  });

  const line = (id: string, at: number) =>
    ({ id, member: "ben", name: "Ben", role: "viewer", text: id, at }) as const;

  test("a message that is deleted is gone, also when that happened while away", async () => {
    server.welcome = { ...server.welcome, chat: [line("1", 1), line("2", 2), line("3", 3)] };
    await enter();
    session.deleteChat("1");
    await timers.run(50);
    expect(sent("DELETE_CHAT")).toMatchObject([{ message: "1" }]);
    server.send({ type: "CHAT_DELETED", id: "1" });
    expect(lines().map(({ text }) => text)).toEqual(["2", "3"]);
    server.welcome = { ...server.welcome, chat: [line("2", 2), line("4", 4)] };
    server.drop(1006);
    await timers.run(1_000);
    expect(lines().map(({ text }) => text)).toEqual(["2", "4"]);
  });

  test("after a reconnect shows what the room has by then, and what is not sent yet", async () => {
    server.welcome = { ...server.welcome, chat: [line("1", 1), line("2", 2)] };
    await enter();
    server.welcome = { ...server.welcome, chat: [line("2", 2), line("3", 3)] };
    server.drop(1006);
    session.sendChat("while away");
    await timers.run(1_000);
    expect(lines().map(({ text }) => text)).toEqual(["2", "3", "while away"]);
  });

  test("what was deleted while away is gone, also when it was everything", async () => {
    server.welcome = { ...server.welcome, chat: [line("1", 1), line("2", 2)] };
    await enter();
    server.welcome = { ...server.welcome, chat: [] };
    server.drop(1006);
    await timers.run(1_000);
    expect(lines()).toEqual([]);
  });
});
