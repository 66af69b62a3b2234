// The types of the REST interface, from the OpenAPI document's components.

import { isDeepStrictEqual } from "node:util";
import { protocolDefinitions } from "./protocol.mjs";
import { namesUsedBy, prepared, requireFields, typesOf, walk } from "./schemas.mjs";

// A type named Error would shadow JavaScript's.
const RENAMED = { Error: "ErrorBody" };

// The only optional field in the server's responses.
const LEFT_OUT = new Set(["fields"]);

/** Returns all responses in `paths`. */
function answers(paths) {
  return Object.values(paths).flatMap((operations) =>
    Object.values(operations).map((operation) => operation.responses),
  );
}

/** Returns the text of src/rest.gen.ts below its first line. */
export async function restTypes(document, protocol) {
  const schemas = structuredClone(document.components.schemas);
  for (const name of namesUsedBy(answers(document.paths), schemas)) {
    requireFields(schemas[name], LEFT_OUT);
  }
  const $defs = prepared(schemas, RENAMED);
  const shared = takeShared($defs, protocolDefinitions(protocol));
  const types = await typesOf({ $defs, anyOf: Object.keys($defs).map(refTo) }, "RestSchema");
  return `import type { ${shared.join(", ")} } from "./protocol.gen";\n\n${types}`;
}

const refTo = (name) => ({ $ref: `#/$defs/${name}` });

/**
 * Removes from `$defs` what the socket's messages define identically, so that each type is written
 * once, and returns the names that are still used. Types that these refer to are identical too.
 */
function takeShared($defs, others) {
  const shared = Object.keys($defs).filter((name) => isDeepStrictEqual($defs[name], others[name]));
  for (const name of shared) {
    for (const part of namesUsedBy($defs[name], $defs)) {
      if (shared.includes(part)) continue;
      throw new Error(`${name} has another ${part} over REST than on the socket`);
    }
  }
  for (const name of shared) delete $defs[name];
  const used = new Set();
  walk($defs, (node) => {
    const name = node.$ref?.split?.("/").at(-1);
    if (!shared.includes(name)) return;
    used.add(name);
    delete node.$ref;
    node.tsType = name;
  });
  return [...used].sort();
}
