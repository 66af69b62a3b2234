import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** The rules of a style sheet, each as what it applies to, with the conditions around it. */
function rules(css: string): string[] {
  const found: string[] = [];
  const around: string[] = [];
  for (const [part, before, brace] of css
    .replace(/\/\*.*?\*\//gs, "")
    .matchAll(/([^{};]*)([{};])/g)) {
    if (brace === "{") around.push(before?.trim() ?? part);
    if (brace === "{") found.push(around.join(" "));
    if (brace === "}") around.pop();
  }
  return found;
}

// A touch screen keeps the hover of what was tapped last, until something else is tapped.
test("what changes under a pointer does so only where there is one", () => {
  const source = join(import.meta.dirname, "..");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".css"),
  );
  expect(files.length).toBeGreaterThan(50);
  const everywhere = files.flatMap((file) =>
    rules(readFileSync(join(source, file), "utf8"))
      .filter((rule) => rule.includes(":hover") && !rule.startsWith("@media (hover: hover) "))
      .map((rule) => `${file}: ${rule}`),
  );
  expect(everywhere).toEqual([]);
});
