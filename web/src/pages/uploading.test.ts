// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { library } from "../net/library";
import type { UserOut } from "../rest.gen";
import { Unfinished, windowName } from "../uploads/unfinished";
import { identity } from "./account";
import { wantUploads } from "./uploading";

const [ANA, BEN] = ["ana", "ben"].map((id) => ({ id, is_guest: false }) as UserOut) as [
  UserOut,
  UserOut,
];

beforeEach(() => identity.is(null));

test("whoever signs out, and whoever comes next, sees nothing of the uploads before", async () => {
  identity.is(ANA);
  let signal: AbortSignal | undefined;
  vi.spyOn(library, "addLink").mockImplementation((_, ending) => {
    signal = ending;
    return new Promise(() => {});
  });
  const { importLink, uploads } = await wantUploads();
  importLink("https://x.org/private.mp4", null);
  expect(uploads.rows.value).toHaveLength(1);
  identity.is(null);
  expect(uploads.rows.value).toHaveLength(0);
  expect(signal?.aborted).toBe(true);
});

test("an unfinished upload that is asked about is not shown to whoever came meanwhile", async () => {
  identity.is(ANA);
  const kept = new Unfinished(localStorage, "ana", windowName());
  const creationTime = new Date().toString();
  const of = {
    size: 9,
    metadata: { filename: "private.mp4" },
    creationTime,
    parallelUploadUrls: null,
  };
  await kept.addUpload("1", { ...of, uploadUrl: "/api/v1/uploads/1", urlStorageKey: "1" });
  let answer: (found: Response) => void = () => {};
  vi.stubGlobal(
    "fetch",
    () =>
      new Promise<Response>((resolve) => {
        answer = resolve;
      }),
  );
  const { showUnfinished, uploads } = await wantUploads();
  const shown = showUnfinished("ana");
  identity.is(BEN);
  const ofBen = showUnfinished("ben");
  answer(new Response(null, { headers: { "Upload-Offset": "3" } }));
  await shown;
  await ofBen;
  expect(uploads.rows.value).toHaveLength(0);
  identity.is(ANA);
  const again = showUnfinished("ana");
  answer(new Response(null, { headers: { "Upload-Offset": "3" } }));
  await again;
  expect(uploads.rows.value.map(({ name }) => name)).toEqual(["private.mp4"]);
});
