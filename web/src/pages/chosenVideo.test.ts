// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { api, type Provider } from "../net/api";
import type { Video } from "../net/library";
import { ChosenVideo } from "./chosenVideo";

const film = new File(["film"], "Night.mp4", { type: "video/mp4" });
const other = new File(["other"], "Day.mp4", { type: "video/mp4" });

beforeEach(() => {
  vi.restoreAllMocks();
  vi.spyOn(api, "providers").mockResolvedValue([{ provider: "library" } as Provider]);
});

test("a file is uploaded once, however often the form is sent", async () => {
  const upload = vi.spyOn(api, "uploadVideo").mockResolvedValue({ id: "7" } as Video);
  const video = new ChosenVideo();
  video.take(film);
  const first = await video.choice();
  expect(await video.choice()).toEqual(first);
  expect(upload).toHaveBeenCalledTimes(1);
  video.take(other);
  await video.choice();
  expect(upload).toHaveBeenCalledTimes(2);
});

test("a file that is dropped during an upload does not take its place", async () => {
  let arrive = (_video: Video): void => {};
  const arrived = new Promise<Video>((resolve) => {
    arrive = resolve;
  });
  vi.spyOn(api, "uploadVideo").mockReturnValue(arrived);
  const video = new ChosenVideo();
  video.take(film);
  const choice = video.choice();
  video.take(other);
  expect(video.title).toBe("Night");
  arrive({ id: "7" } as Video);
  expect(await choice).toMatchObject({ source: { external_id: "7" } });
});
