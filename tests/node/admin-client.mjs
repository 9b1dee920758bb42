// Makes types of an OpenAPI document, checks and compiles a program against them, and runs it.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';

const { DOCUMENT, PROGRAM } = process.env;
const here = import.meta.dirname;
const folder = mkdtempSync(join(here, 'client-'));
try {
  const document = JSON.parse(readFileSync(DOCUMENT, 'utf8'));
  writeFileSync(join(folder, 'admin.d.ts'), astToString(await openapiTS(document)));
  copyFileSync(PROGRAM, join(folder, 'client.ts'));
  const options = ['--strict', '--target', 'es2022', '--module', 'nodenext'];
  const compiler = join(here, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, ...options, 'client.ts'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await import(join(folder, 'client.js'));
} finally {
  rmSync(folder, { recursive: true });
}
