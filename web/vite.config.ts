import { build, type Plugin } from "vite";
import { defineConfig } from "vitest/config";

const TARGET = "es2022";
const MAIN = "/src/main.tsx";

/**
 * Puts `src/early.ts` before the page's code, which takes longer to load and to read. It is
 * bundled by itself: as a second entry it would tear the page's code into many small files.
 */
function earlyScript(): Plugin {
  let fileName = "";
  return {
    name: "early-script",
    apply: (_config, { command, isPreview }) => command === "build" && !isPreview,
    async generateBundle() {
      const built = await build({
        configFile: false,
        logLevel: "warn",
        publicDir: false,
        build: { write: false, target: TARGET, rolldownOptions: { input: "src/early.ts" } },
      });
      const [chunk] = "output" in built ? built.output : [];
      if (chunk?.type !== "chunk") throw new Error("src/early.ts gave no script");
      const source = chunk.code;
      fileName = this.getFileName(this.emitFile({ type: "asset", name: "early.js", source }));
    },
    transformIndexHtml: {
      order: "post",
      handler: () => {
        // Async: others wait for the style sheets.
        const attrs = { type: "module", async: true, crossorigin: true, src: `/${fileName}` };
        return fileName ? [{ tag: "script", attrs, injectTo: "head-prepend" }] : [];
      },
    },
  };
}

/**
 * Keeps in one file what the page needs at once. Else what it shares with a page that is loaded
 * later becomes a file of its own, and each costs a round trip before the first picture.
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
          output: { codeSplitting: { groups: [{ name: "page", test: isNeeded }] } },
        },
      },
    }),
    moduleParsed: ({ id, importedIds }) => {
      imports.set(id, importedIds);
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
  plugins: [earlyScript(), oneFile()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    assetsDir: "assets",
    target: TARGET,
    // The oldest browsers with light-dark(). Translated for older ones it would be resolved once,
    // at the root, and the dark stage on a light page would turn light.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    sourcemap: false,
  },
  test: {
    // A test that needs a document says so: `// @vitest-environment happy-dom`.
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
