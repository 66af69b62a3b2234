// Commands that a provider has not reported back yet. A report that matches one was not caused by
// the user.

type Command = "play" | "pause";

/** After this long without a report, a command had no effect. */
const PATIENCE_MS = 2000;

export class Echoes {
  #expected: { of: Command; until_ms: number }[] = [];

  get last(): Command | undefined {
    return this.#expected.at(-1)?.of;
  }

  expect(of: Command): void {
    this.#expected.push({ of, until_ms: performance.now() + PATIENCE_MS });
  }

  /** Returns whether a report is an echo, and forgets that command and all earlier ones. */
  answers(of: Command): boolean {
    const now_ms = performance.now();
    this.#expected = this.#expected.filter((echo) => echo.until_ms > now_ms);
    const index = this.#expected.findIndex((echo) => echo.of === of);
    if (index >= 0) this.#expected.splice(0, index + 1);
    return index >= 0;
  }
}
