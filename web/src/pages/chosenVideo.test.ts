// @vitest-environment happy-dom

import { beforeEach, expect, test, vi } from "vitest";
import type { VideoOut } from "../rest.gen";
import { sendFile } from "../uploads/sendFile";
import { ChosenVideo } from "./chosenVideo";

const film = new File(["film"], "Night.mp4", { type: "video/mp4" });
const other = new File(["other"], "Day.mp4", { type: "video/mp4" });

vi.mock("../uploads/sendFile", () => ({ sendFile: vi.fn() }));
const upload = vi.mocked(sendFile);

beforeEach(() => {
  upload.mockReset();
});

test("a file is uploaded once, however often the form is submitted", async () => {
  upload.mockResolvedValue("7");
  const video = new ChosenVideo();
  video.take(film);
  const first = await video.choice();
  expect(await video.choice()).toEqual(first);
  expect(upload).toHaveBeenCalledTimes(1);
  video.take(other);
  await video.choice();
  expect(upload).toHaveBeenCalledTimes(2);
});

test("a file that is dropped during an upload does not replace it", async () => {
  let arrive = (_id: string): void => {};
  const arrived = new Promise<string>((resolve) => {
    arrive = resolve;
  });
  upload.mockReturnValue(arrived);
  const video = new ChosenVideo();
  video.take(film);
  const choice = video.choice();
  video.take(other);
  expect(video.title).toBe("Night");
  arrive("7");
  expect(await choice).toMatchObject({ source: { external_id: "7" } });
});

test("a video of the library is played under its own title", async () => {
  const video = new ChosenVideo();
  video.link.value = "https://youtu.be/aqz-KE-bpKQ";
  video.pick({ id: "9", title: "Sunday" } as VideoOut);
  expect(video.title).toBe("Sunday");
  expect(await video.choice()).toMatchObject({ source: { external_id: "9" } });
  expect(upload).not.toHaveBeenCalled();
  video.pick(null);
  expect(await video.choice()).toEqual({ url: "https://youtu.be/aqz-KE-bpKQ" });
});
