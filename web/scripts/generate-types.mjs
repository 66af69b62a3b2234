// Writes src/protocol.gen.ts and src/rest.gen.ts. With --check it only lists the stale ones.
//
// `./streamit generate` runs it with the OpenAPI document on standard input. The schema of the
// socket's messages is docs/protocol.schema.json.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { protocolTypes } from "./protocol.mjs";
import { restTypes } from "./rest.mjs";

const here = (path) => new URL(path, import.meta.url);
const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : null);

const protocol = JSON.parse(readFileSync(here("../../docs/protocol.schema.json"), "utf8"));
const openapi = JSON.parse(readFileSync(0, "utf8"));

const FILES = {
  "protocol.gen.ts": ["docs/protocol.schema.json", await protocolTypes(protocol)],
  "rest.gen.ts": ["the OpenAPI document", await restTypes(openapi, protocol)],
};

for (const [name, [origin, types]] of Object.entries(FILES)) {
  const file = here(`../src/${name}`);
  const text = `// Generated from ${origin} by ./streamit generate. Do not edit.\n\n${types}\n`;
  if (read(file) === text) continue;
  if (process.argv.includes("--check")) console.log(`web/src/${name}`);
  else writeFileSync(file, text);
}
