// Types for TypeScript from the schema, by graphql-codegen's preset for clients, for the operations of
// the account pages. Whatever it has to warn about fails.

import { readdir } from "node:fs/promises";
import { generate } from "@graphql-codegen/cli";

const { SCHEMA: schema, DOCUMENTS: documents } = process.env;

const warnings = [];
for (const level of ["warn", "error"]) {
  console[level] = (...words) => warnings.push(words.join(" "));
}
process.on("warning", (warning) => warnings.push(warning.message));

const files = await generate(
  {
    schema,
    documents: `${documents}/*.graphql`,
    errorsOnly: false,
    silent: true,
    strictScalars: true,
    generates: {
      "./generated/": {
        preset: "client",
        config: {
          strictScalars: true,
          scalars: { DateTime: "string", Url: "string", JSON: "unknown" },
        },
      },
    },
  },
  false,
);

const graphql = files.find(({ filename }) => filename.endsWith("graphql.ts"));
const operations = (await readdir(documents)).map((name) => name.replace(".graphql", ""));
const missing = operations.filter((name) => !graphql.content.includes(`${name}Document`));
if (missing.length > 0) warnings.push(`no types for ${missing.join(", ")}`);
for (const type of ["HistoryEvent", "AuditEvent"]) {
  if (!graphql.content.includes(type)) warnings.push(`no type ${type}`);
}
if (warnings.length > 0) {
  process.stdout.write(`${warnings.join("\n")}\n`);
  process.exit(1);
}
process.stdout.write(`${operations.length} operations\n`);
