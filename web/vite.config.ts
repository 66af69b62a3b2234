import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const TARGET = "es2022";
const MAIN = "/src/main.tsx";

const ICONS = "/lucide-preact/dist/esm/";

/**
 * Puts what the first page needs into one file, and icons of later pages into another. Otherwise
 * every shared part would become its own file, and each would cost a round trip.
 */
function oneFile(): Plugin {
  const imports = new Map<string, readonly string[]>();
  let needed: Set<string> | null = null;
  const isNeeded = (id: string): boolean => {
    needed ??= reached(imports, [...imports.keys()].find((known) => known.endsWith(MAIN)) ?? "");
    return needed.has(id);
  };
  return {
    name: "one-file",
    config: () => ({
      build: {
        rolldownOptions: {
          output: {
            codeSplitting: {
              groups: [
                { name: "page", test: isNeeded },
                { name: "icons", test: (id) => id.includes(ICONS) },
              ],
            },
          },
        },
      },
    }),
    moduleParsed: ({ id, importedIds, code }) => {
      // The icon library's index imports all icons; follow only those that are used.
      const all = importedIds.find((next) => next.includes(ICONS));
      if (id.includes(ICONS) || all === undefined) imports.set(id, importedIds);
      else imports.set(id, [...importedIds.filter((next) => next !== all), ...iconsOf(code, all)]);
    },
  };
}

/** Returns the modules of the icons that `code` imports from the library's `index`. */
function iconsOf(code: string | null, index: string): string[] {
  const names = /import\s*\{([^}]*)\}\s*from\s*"lucide-preact"/.exec(code ?? "")?.[1] ?? "";
  const exported = readFileSync(index, "utf8");
  return names.split(",").map((named) => {
    const name = named.trim().split(/\s/)[0];
    const file = new RegExp(`\\bdefault as ${name}\\b.*from '\\./(.*)'`).exec(exported)?.[1];
    if (file === undefined) throw new Error(`lucide-preact has no icon ${name}`);
    return join(dirname(index), file);
  });
}

/** Also writes scripts and styles with Brotli, which is a seventh smaller than gzip. */
function brotli(): Plugin {
  return {
    name: "brotli",
    // The gallery, a folder of its own, is only looked at.
    apply: ({ root }, { command }) => command === "build" && root === undefined,
    writeBundle: ({ dir = "" }, bundle) => {
      for (const name of Object.keys(bundle)) {
        const content = readFileSync(join(dir, name));
        if (/\.(js|css)$/.test(name) && content.length > 1024)
          writeFileSync(join(dir, `${name}.br`), brotliCompressSync(content));
      }
    },
  };
}

/** Everything that `from` imports, directly or not. */
function reached(imports: Map<string, readonly string[]>, from: string): Set<string> {
  const found = new Set([from]);
  for (const id of found) for (const next of imports.get(id) ?? []) found.add(next);
  return found;
}

export default defineConfig({
  plugins: [oneFile(), brotli()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    assetsDir: "assets",
    target: TARGET,
    // All supported browsers preload modules by themselves.
    modulePreload: { polyfill: false },
    // The oldest browsers with light-dark(). If it were compiled for older ones, it would be
    // resolved once at the root, and the dark stage on a light page would become light.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    sourcemap: false,
  },
  test: {
    // A test that needs a document starts with `// @vitest-environment happy-dom`.
    environment: "node",
    // No module keeps state between tests, so files can share a process, which is four times as
    // fast.
    isolate: false,
    // A tenth faster than processes.
    pool: "threads",
    // Longer than anything takes on a busy machine.
    testTimeout: 60_000,
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
