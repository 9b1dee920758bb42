// What the programs share that go through pages in Chromium as people do: the browser, the words that
// their steps are made of, the mails that come meanwhile, and what is looked at on every page.
// `SHOTS=folder` keeps a picture of each page that is looked at by name.

import assert from 'node:assert/strict';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { BASE, MAILS, CLIENT_ID, CHROMIUM, APP_PORT, SHOTS } = process.env;
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = Number(process.env.PATIENCE ?? 30_000);
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** What was wrong so far. */
export const problems = [];

export const at = (path) => new URL(path, BASE).href;

/** Does this with a browser; fails with what the pages showed when a step could not be taken. */
export async function withBrowser(steps) {
  if (SHOTS) await mkdir(SHOTS, { recursive: true });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  try {
    await steps(browser);
  } catch (error) {
    for (const context of browser.contexts()) {
      for (const page of context.pages()) {
        console.error(page.url(), await page.locator('body').innerText());
      }
    }
    throw new Error(`${error.message}\n${problems.join('\n')}`, { cause: error });
  } finally {
    await browser.close();
  }
  assert.deepEqual(problems, []);
}

/**
 * A browser of its own, with the words that steps are made of. What the browser reports as an error is a
 * fault, but for the answers that are refusals while `page.refusals` says so.
 */
export async function open(browser, { device, scheme = 'light', ...options }) {
  const context = await browser.newContext({
    locale: 'en-GB',
    // Else axe would see colours on their way from light to dark.
    reducedMotion: 'reduce',
    colorScheme: scheme,
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  return words(Object.assign(page, { device, scheme, scripts: options.javaScriptEnabled ?? true }));
}

/** The words for a page of a browser. */
export function words(page) {
  page.on('console', (message) => {
    const expected = page.refusals && message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !expected) problems.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error}`));
  const there = (locator) => locator.first().waitFor();
  return {
    context: page.context(),
    page,
    go: (path) => page.goto(at(path)),
    press: (name, within = page) => within.getByRole('button', { name, exact: true }).click(),
    follow: (name) => page.getByRole('link', { name, exact: true }).first().click(),
    fill: (label, text, within = page) => within.getByLabel(label, { exact: true }).fill(text),
    heading: (name) => there(page.getByRole('heading', { level: 1, name, exact: true })),
    says: (text) => there(page.getByText(text, { exact: typeof text === 'string' })),
    gone: (text) => page.getByText(text).first().waitFor({ state: 'hidden' }),
    dialog: () => page.getByRole('dialog'),
  };
}

/** Looks at the page with axe, in both colour schemes; whatever is serious is a fault. */
export async function look(page, name) {
  if (!page.scripts) return;
  // Not as a script of the page, whose policy is in force.
  await page.evaluate(AXE);
  const known = page.scheme;
  const called = `${name ?? page.url()} (${page.device}`;
  for (const colorScheme of [known, known === 'light' ? 'dark' : 'light']) {
    await page.emulateMedia({ colorScheme });
    // Of what axe looks at, the scheme changes the colours alone.
    const rules =
      colorScheme === known
        ? { rules: { 'target-size': { enabled: true } } }
        : { runOnly: ['color-contrast'] };
    const { violations } = await page.evaluate((chosen) => globalThis.axe.run(chosen), rules);
    for (const { id, impact, nodes } of violations) {
      if (impact === 'serious' || impact === 'critical') {
        const where = nodes.map((node) => node.html).join(' ');
        problems.push(`${called}, ${colorScheme}): ${impact}: ${id}: ${where}`);
      }
    }
    if (SHOTS && name) {
      const path = join(SHOTS, `${name}-${page.device}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: known });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) problems.push(`${called}): ${overflow} px wider than the window`);
}

const seen = new Set();

/** The newest mail to an address, once there is one with this in it. */
export async function mail(address, pattern) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const names = (await readdir(MAILS)).filter((name) => name.endsWith('.mail') && !seen.has(name));
    for (const name of names) {
      const raw = await readFile(join(MAILS, name), 'utf8');
      const text = raw.replace(/=\r?\n/g, '').replace(/=3D/g, '=');
      const found = pattern.exec(text);
      if (text.includes(address) && found) {
        seen.add(name);
        return found[1];
      }
    }
    assert(Date.now() < deadline, `no mail came to ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A server beside the one under test. */
export async function serve(answer) {
  const server = createServer((request, response) =>
    answer(new URL(request.url, 'http://app.invalid'), response),
  );
  await new Promise((resolve) => server.listen(Number(APP_PORT), '127.0.0.1', resolve));
  return { close: () => server.close() };
}

/** What an application answers whoever comes back to it. */
export function welcomeBack(response) {
  response.setHeader('content-type', 'text/html');
  response.end('<!doctype html><html lang="en"><title>App</title><h1>Back in the app</h1></html>');
}

export const CALLBACK = `http://127.0.0.1:${APP_PORT}/callback`;

/** Where the application sends people to be let in. */
export function authorization(scope, state) {
  const address = new URL(at('/authorize'));
  address.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: CALLBACK,
    scope,
    state,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }).toString();
  return address.href;
}

/** The application exchanges the code that it was given. */
export async function exchange(code, headers = {}) {
  const answer = await fetch(at('/oauth2/token'), {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      client_id: CLIENT_ID,
      code_verifier: VERIFIER,
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
}
