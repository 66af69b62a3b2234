// Turns the definitions of a JSON schema into TypeScript.

import { compile } from "json-schema-to-typescript";

/** Calls `visit` on `node` and on every object inside it. */
export function walk(node, visit) {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visit);
  } else if (node !== null && typeof node === "object") {
    visit(node);
    for (const child of Object.values(node)) walk(child, visit);
  }
}

/** Returns the names of all definitions that `node` refers to, directly or through others. */
export function namesUsedBy(node, definitions, found = new Set()) {
  walk(node, ({ $ref }) => {
    if (typeof $ref !== "string") return;
    const name = $ref.split("/").at(-1);
    if (found.has(name)) return;
    found.add(name);
    namesUsedBy(definitions[name], definitions, found);
  });
  return found;
}

/**
 * Returns a copy of `definitions` prepared for the generator: references point to `$defs`, names
 * follow `renamed`, and nothing makes it write an alias for a plain field.
 */
export function prepared(definitions, renamed) {
  const copy = structuredClone(definitions);
  const nameOf = (name) => renamed[name] ?? name;
  walk(copy, (node) => {
    // If the value is an object, it is a property called "title".
    if (typeof node.title === "string") delete node.title;
    // A newer server may send more fields, so types stay open.
    if (node.additionalProperties === false) delete node.additionalProperties;
    if (typeof node.default !== "object" || node.default === null) delete node.default;
    if (typeof node.$ref === "string") node.$ref = `#/$defs/${nameOf(node.$ref.split("/").at(-1))}`;
  });
  return Object.fromEntries(Object.entries(copy).map(([name, each]) => [nameOf(name), each]));
}

/** Marks every field as required, because the server always writes it, even the default. */
export function requireFields(definition, except) {
  if (definition.properties === undefined) return;
  const required = Object.keys(definition.properties).filter((field) => !except.has(field));
  definition.required = [...new Set([...(definition.required ?? []), ...required])];
}

/** Returns the TypeScript of `schema`, which is called `name`, and of all its definitions. */
export async function typesOf(schema, name) {
  const types = await compile(schema, name, {
    additionalProperties: false,
    bannerComment: "",
    format: true,
    style: { printWidth: 100 },
    unreachableDefinitions: true,
  });
  return types.trim();
}
