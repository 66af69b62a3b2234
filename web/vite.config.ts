import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const TARGET = "es2022";
const MAIN = "/src/main.tsx";

const ICONS = "/lucide-preact/dist/esm/";

/**
 * Keeps in one file what the page needs at once, and in another one the icons that only later pages
 * need. Else what several of them share becomes a file of its own, and each costs a round trip.
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
      // The library's index imports every icon there is, and a page needs those it names.
      const all = importedIds.find((next) => next.includes(ICONS));
      if (id.includes(ICONS) || all === undefined) imports.set(id, importedIds);
      else imports.set(id, [...importedIds.filter((next) => next !== all), ...iconsOf(code, all)]);
    },
  };
}

/** Returns the modules of the icons that `code` imports from `index`, the library's. */
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

/** Writes scripts and styles as Brotli too, which is a seventh less than gzip. */
function brotli(): Plugin {
  return {
    name: "brotli",
    apply: "build",
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
    // All browsers below preload modules by themselves.
    modulePreload: { polyfill: false },
    // The oldest browsers with light-dark(). Translated for older ones it would be resolved once,
    // at the root, and the dark stage on a light page would turn light.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    sourcemap: false,
  },
  test: {
    // A test that needs a document says so: `// @vitest-environment happy-dom`.
    environment: "node",
    // No module keeps anything between tests, so that files may share a process: four times as fast.
    isolate: false,
    // Only what hangs takes so long, on a busy machine too.
    testTimeout: 60_000,
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
