// After the build: packs the files as they are served, and holds the weight of the first load to its
// limit.

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const FOLDER = new URL('../api/assets/account/files/', import.meta.url).pathname;
// Bytes of script, packed by brotli, that a page loads before it is there.
const LIMIT = 100_000;

const sizes = new Map();
for (const name of await readdir(FOLDER)) {
  if (!/\.(js|css)$/.test(name)) continue;
  const plain = await readFile(join(FOLDER, name));
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  const brotli = brotliCompressSync(plain, options);
  await writeFile(join(FOLDER, `${name}.br`), brotli);
  await writeFile(join(FOLDER, `${name}.gz`), gzipSync(plain, { level: 9 }));
  sizes.set(name, brotli.length);
}

const manifest = JSON.parse(await readFile(join(FOLDER, 'manifest.json'), 'utf8'));
const first = new Set();
const add = (key) => {
  const entry = manifest[key];
  if (first.has(entry.file)) return;
  first.add(entry.file);
  for (const imported of entry.imports ?? []) add(imported);
};
add('src/main.tsx');
const texts = Object.keys(manifest).filter((key) => key.startsWith('locales/'));
const heaviest = Math.max(0, ...texts.map((key) => sizes.get(manifest[key].file)));
const weight = [...first].reduce((sum, name) => sum + sizes.get(name), heaviest);
console.log(`first load: ${weight} bytes of packed script, of ${LIMIT}`);
if (weight > LIMIT) {
  console.error('that is too much');
  process.exit(1);
}
