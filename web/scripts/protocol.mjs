// The types of the socket's messages, from docs/protocol.schema.json.

import { namesUsedBy, prepared, requireFields, typesOf } from "./schemas.mjs";

// A type named Error would shadow JavaScript's.
const RENAMED = { Error: "ErrorMessage" };

// The server writes all fields of a message, also those with a default, except these if null.
const LEFT_OUT_WHEN_NULL = new Set(["id", "client_id", "retry_after_s"]);

/** Returns the definitions of the socket's messages, ready to be written as types. */
export function protocolDefinitions(schema) {
  const definitions = structuredClone(schema.$defs);
  for (const name of namesUsedBy(definitions.ToClient, definitions)) {
    requireFields(definitions[name], LEFT_OUT_WHEN_NULL);
  }
  return prepared(definitions, RENAMED);
}

function constants(schema) {
  const literal = (value) => JSON.stringify(value, null, 2).replace(/"(\w+)":/g, "$1:");
  return [
    `export const PROTOCOL_VERSION = ${schema.version};`,
    `/** Limits of what a client may send. */\nexport const limits = ${literal(schema.limits)} as const;`,
    `/** Why a socket was closed, and whether a client reconnects. */\nexport const closeCodes = ${literal(schema.closeCodes)} as const;`,
  ].join("\n\n");
}

/** Returns the text of src/protocol.gen.ts below its first line. */
export async function protocolTypes(schema) {
  const $defs = protocolDefinitions(schema);
  const anyOf = [{ $ref: "#/$defs/FromClient" }, { $ref: "#/$defs/ToClient" }];
  return `${constants(schema)}\n\n${await typesOf({ anyOf, $defs }, "Message")}`;
}
