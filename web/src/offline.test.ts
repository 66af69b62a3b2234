import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";

afterEach(() => {
  vi.useRealTimers();
});

/** The offline page of a language, open in a browser; `answer` is what the server says. */
function opened(language: string) {
  const html = readFileSync(`${import.meta.dirname}/../public/offline.${language}.html`, "utf8");
  const script = /<script>(.*)<\/script>/s.exec(html)?.[1] ?? "";
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  const page = {
    answer: (): Promise<{ status: number }> => Promise.reject(new TypeError("Failed to fetch")),
    window: new EventTarget(),
    button: new EventTarget(),
    location: { reload: vi.fn() },
    asked: [] as number[],
  };
  const document = Object.assign(new EventTarget(), {
    documentElement: { lang: language },
    querySelector: () => page.button,
    visibilityState: "visible",
  });
  const began = Date.now();
  const fetch = () => {
    page.asked.push((Date.now() - began) / 1000);
    return page.answer();
  };
  const listen = page.window.addEventListener.bind(page.window);
  const names = ["document", "location", "fetch", "addEventListener"];
  new Function(...names, script)(document, page.location, fetch, listen);
  return { ...page, page, document };
}

const unavailable = () => Promise.resolve({ status: 502 });
const served = () => Promise.resolve({ status: 200 });
// As fetch says it where it does not follow: somebody has to sign in before.
const redirected = () => Promise.resolve({ status: 0 });

describe.each(["en", "de"])("in %s, the offline page", (language) => {
  test("tries again less and less often", async () => {
    const { asked, location } = opened(language);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(asked).toEqual([2, 6, 14, 30, 62, 122, 182]);
    expect(location.reload).not.toHaveBeenCalled();
  });

  test.each([served, redirected])("goes away once there is a server", async (up) => {
    const { page, location } = opened(language);
    page.answer = unavailable;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(location.reload).not.toHaveBeenCalled();
    page.answer = up;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(location.reload).toHaveBeenCalledOnce();
  });

  test("tries at once when the device is online, or when it is looked at again", async () => {
    const { asked, window, document, page, location } = opened(language);
    await vi.advanceTimersByTimeAsync(100_000);
    const before = asked.length;
    window.dispatchEvent(new Event("online"));
    document.visibilityState = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
    expect(asked.length).toBe(before + 1);
    // The network may take a moment after that.
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked.length).toBe(before + 2);
    document.visibilityState = "visible";
    page.answer = served;
    document.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(0);
    expect(location.reload).toHaveBeenCalledOnce();
  });

  test("forgets what it asked before the device was online", async () => {
    const { asked, window, page } = opened(language);
    let failEarlier = (_: Error) => {};
    page.answer = () =>
      new Promise((_, fail) => {
        failEarlier = fail;
      });
    await vi.advanceTimersByTimeAsync(2_000);
    page.answer = unavailable;
    window.dispatchEvent(new Event("online"));
    failEarlier(new TypeError("Failed to fetch"));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(asked).toEqual([2, 2, 4, 8]);
  });

  test("tries at once when its button is pressed", () => {
    const { button, location } = opened(language);
    button.dispatchEvent(new Event("click"));
    expect(location.reload).toHaveBeenCalledOnce();
  });
});
