// Holds the catalogues to each other and to the source: the same messages with the same placeholders
// in every language, none that is missing, none that nobody uses.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FluentBundle, FluentResource } from '@fluent/bundle';

const here = (path) => new URL(path, import.meta.url).pathname;
const problems = [];

async function catalogue(language) {
  const text = await readFile(here(`locales/${language}.ftl`), 'utf8');
  const bundle = new FluentBundle(language);
  for (const error of bundle.addResource(new FluentResource(text))) {
    problems.push(`${language}: ${error}`);
  }
  const messages = new Map();
  let id;
  for (const line of text.split('\n')) {
    id = /^([a-z0-9-]+) *=/.exec(line)?.[1] ?? (/^\s/.test(line) ? id : undefined);
    if (!id) continue;
    const known = messages.get(id) ?? new Set();
    for (const [, name] of line.matchAll(/\{[^"{}]*?\$([a-z]+)/g)) known.add(name);
    messages.set(id, known);
    if (!bundle.hasMessage(id)) problems.push(`${language}: ${id} can not be read`);
  }
  return messages;
}

async function* sources(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'gql') yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield await readFile(path, 'utf8');
  }
}

const [english, german] = await Promise.all(['en', 'de'].map(catalogue));
for (const [id, names] of english) {
  const other = german.get(id);
  if (!other) problems.push(`de lacks ${id}`);
  else if ([...names].sort().join() !== [...other].sort().join()) problems.push(`${id} differs`);
}
for (const id of german.keys()) if (!english.has(id)) problems.push(`only de has ${id}`);

let all = '';
for await (const source of sources(here('src'))) all += source;
// Names that are put together from a prefix and an answer's status.
const prefixes = [...all.matchAll(/`([a-z0-9-]+-)\$\{/g)].map(([, prefix]) => prefix);
for (const id of english.keys()) {
  const used = all.includes(`'${id}'`) || all.includes(`"${id}"`);
  if (!used && !prefixes.some((prefix) => id.startsWith(prefix))) problems.push(`nobody uses ${id}`);
}
for (const [, id] of all.matchAll(/\bt\(\s*'([a-z0-9-]+)'/g)) {
  if (!english.has(id)) problems.push(`there is no text ${id}`);
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
