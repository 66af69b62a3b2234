// Bundles the page's players for the test page; run in web/.
export default {
  logLevel: "warn",
  publicDir: false,
  build: {
    lib: { entry: "src/players/create.ts", formats: ["es"], fileName: () => "players.js" },
    minify: false,
    emptyOutDir: true,
  },
};
