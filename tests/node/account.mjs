// People who look after their account, in a real browser: every account page on a desktop and on a
// phone, by what the pages say, with a second browser beside the first in which other things happen to
// the same account; looked over by axe in light and in dark. Then how long the first page takes on a
// slow line. `SHOTS=folder` keeps a picture of each page.

import assert from 'node:assert/strict';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { BASE, MAILS, CLIENT_ID, CHROMIUM, APP_PORT, PASSWORD, SHOTS } = process.env;
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = Number(process.env.PATIENCE ?? 30_000);
const SECOND = 'an entirely different horse 7';
// At most, on a line of 1.6 Mbit/s with a processor four times slower; milliseconds.
const LARGEST_PAINT = 2_500;
const LOADS = 5;

const at = (path) => new URL(path, BASE).href;
const problems = [];

/** Looks at the page with axe, in both colour schemes; whatever is serious is a fault. */
async function look(page, name) {
  // Not as a script of the page, whose policy is in force.
  await page.evaluate(AXE);
  const known = page.scheme;
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const rules = colorScheme === known ? {} : { runOnly: ['color-contrast'] };
    const { violations } = await page.evaluate((chosen) => globalThis.axe.run(chosen), rules);
    for (const { id, impact, nodes } of violations) {
      if (impact === 'serious' || impact === 'critical') {
        const where = nodes.map((node) => node.html).join(' ');
        problems.push(`${name} (${page.device}, ${colorScheme}): ${impact}: ${id}: ${where}`);
      }
    }
    if (SHOTS) {
      const path = join(SHOTS, `${name}-${page.device}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: known });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) problems.push(`${name} (${page.device}): ${overflow} px wider than the window`);
}

const seen = new Set();

/** The newest mail to an address, once there is one with this in it. */
async function mail(address, pattern) {
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

/** A browser of its own, with the words that steps are made of. */
async function open(browser, { device, scheme = 'light', refusals = false, ...options }) {
  const context = await browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    colorScheme: scheme,
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  Object.assign(page, { device, scheme, refusals });
  page.on('console', (message) => {
    const expected = page.refusals && message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !expected) problems.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error}`));
  const there = (locator) => locator.first().waitFor();
  const steps = {
    context,
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
  return steps;
}

async function signIn({ page, go, fill, press, heading }, name, password) {
  await go('/login?kind=manage_account');
  // Said first to whoever was signed out elsewhere.
  if ((await page.title()).startsWith('You were signed out')) await press('Sign in again');
  await fill('Username', name);
  await fill('Password', password);
  await press('Sign in');
  await page.waitForURL(/\/account\//);
  await heading('Your account');
}

/** Where the application waits for its code. */
async function application() {
  const waiting = new Map();
  const server = createServer((request, response) => {
    const query = new URL(request.url, 'http://app.invalid').searchParams;
    waiting.get(query.get('state'))?.(query.get('code'));
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><html lang="en"><title>App</title><h1>Back in the app</h1></html>');
  });
  await new Promise((resolve) => server.listen(Number(APP_PORT), '127.0.0.1', resolve));
  return { waiting, close: () => server.close() };
}

/** Signs the application in, in a browser where its user is, as a device of theirs. */
async function signInApp(app, { page, press }, state, device) {
  const code = new Promise((resolve) => app.waiting.set(state, resolve));
  const redirect = `http://127.0.0.1:${APP_PORT}/callback`;
  const authorize = new URL(at('/authorize'));
  authorize.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: redirect,
    scope: `openid urn:matrix:client:api:* urn:matrix:client:device:${device}`,
    state,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }).toString();
  await page.goto(authorize.href);
  await press('Allow');
  const answer = await fetch(at('/oauth2/token'), {
    method: 'POST',
    headers: { 'user-agent': 'TheApp/1.0 (Android 14)' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: await code,
      redirect_uri: redirect,
      client_id: CLIENT_ID,
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function profile(mine, name) {
  const { page, press, fill, heading, says, gone, dialog } = mine;
  await says(`@${name}:example.com`);
  await look(page, 'profile');
  await press('Edit name');
  await fill('Display name', `${name} the first`);
  await press('Save');
  await says('Your name was changed.');
  await press('Undo');
  await gone(`${name} the first`);

  await press('Add an address');
  await look(page, 'profile-email');
  await fill('Email address', `${name}.2@example.com`);
  await fill('Password', 'not this');
  await press('Send me a code');
  await says('The password is wrong.');
  await fill('Password', PASSWORD);
  await press('Send me a code');
  await heading('Check your mail');
  await fill('Code', '000000');
  await press('Continue');
  await says('This code is wrong.');
  await look(page, 'email-code');
  await fill('Code', await mail(`${name}.2@example.com`, /\b(\d{6})\b/));
  await press('Continue');
  await heading('Your account');
  await says(`${name}.2@example.com was added.`);
  await press(`Remove ${name}.2@example.com`);
  await dialog().waitFor();
  await look(page, 'email-remove');
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  await press(`Remove ${name}.2@example.com`);
  await fill('Password', PASSWORD, dialog());
  await press('Remove', dialog());
  await says(`${name}.2@example.com was removed.`);
}

async function devices(mine, other, app, name) {
  const { page, press, follow, fill, go, heading, says, dialog } = mine;
  await follow('Devices');
  await heading('Your devices');
  await says('Nowhere else');
  await look(page, 'devices-alone');
  // What happens elsewhere is seen without a reload.
  await page.evaluate(() => {
    globalThis.untouched = true;
  });
  await signIn(other, name, PASSWORD);
  const theirs = page.getByRole('listitem').filter({ hasText: 'Firefox' });
  await theirs.waitFor();
  await signInApp(app, other, name, `DEVICE${name.toUpperCase()}`);
  await page.getByRole('link', { name: 'The App' }).waitFor();
  await look(page, 'devices');
  await follow('The App');
  await heading('The App');
  await look(page, 'device');
  await press('Rename');
  await fill('Name', 'My own phone');
  await press('Save');
  await heading('My own phone');
  await press('Undo');
  await heading('The App');
  assert.equal(await page.evaluate(() => globalThis.untouched), true);
  await page.getByRole('definition').getByRole('link', { name: 'The App' }).click();
  await heading('The App');
  await says('Where you use it');
  await look(page, 'application');
  await go(`/account/?action=org.matrix.device_view&device_id=DEVICE${name.toUpperCase()}`);
  await page.waitForURL(/\/sessions\/oauth2_session/);
  await heading('The App');
  await go('/account/?action=org.matrix.session_end&device_id=NOSUCH');
  await heading('This device is not signed in');
  await look(page, 'device-missing');
  await go('/account/?action=org.matrix.devices_list');
  await heading('Your devices');

  await other.go('/account/sessions');
  await other.heading('Your devices');
  await theirs.getByRole('checkbox').check();
  await says('1 selected');
  await look(page, 'devices-selected');
  await press('End selected');
  await dialog().waitFor();
  await look(page, 'devices-end');
  await press('End session', dialog());
  await says('The session was ended.');
  await theirs.waitFor({ state: 'detached' });
  await other.heading('You are signed out');
  await signIn(other, name, PASSWORD);
  await theirs.waitFor();
  await press('End all others');
  await dialog().waitFor();
  await look(page, 'devices-end-others');
  await press('End all others', dialog());
  await says('2 sessions were ended.');
  await says('Nowhere else');
  await other.heading('You are signed out');
}

async function tokens(mine) {
  const { page, press, fill, follow, heading, says, dialog } = mine;
  await follow('Tokens');
  await heading('Personal tokens');
  await says('No tokens yet');
  await look(page, 'tokens-none');
  await press('Create a token');
  await fill('Name', 'A script', dialog());
  await fill('Password', PASSWORD, dialog());
  await press('Create', dialog());
  await says('Choose at least one thing that it may do.');
  await look(page, 'token-create');
  await page.getByLabel('See and change your account here').check();
  await press('Create', dialog());
  await says('Your new token');
  await look(page, 'token-made');
  const secret = await page.locator('.secret').innerText();
  await press('Copy');
  await says('Copied.');
  await press('I have kept it');
  await says(/Never used/);
  await look(page, 'tokens');
  const answer = await fetch(at('/graphql'), {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { __typename } }' }),
  });
  assert.deepEqual(await answer.json(), { data: { viewer: { __typename: 'User' } } });
  await press('Replace A script');
  await fill('Password', PASSWORD, dialog());
  await press('Replace', dialog());
  await says('Your new token');
  assert.notEqual(await page.locator('.secret').innerText(), secret);
  await press('I have kept it');
  await press('Revoke A script');
  await press('Revoke', dialog());
  await says('A script was revoked.');
  await says('No tokens yet');
}

async function history(mine, other, name) {
  const { page, press, fill, follow, heading, says, dialog } = mine;
  await follow('History');
  await heading('What happened to my account');
  await page.getByRole('listitem').filter({ hasText: 'Firefox' }).first().waitFor();
  await look(page, 'history');
  const all = await page.locator('.event').count();
  await page.getByLabel('Show', { exact: true }).selectOption('Email addresses');
  await page.waitForFunction((before) => {
    const count = document.querySelectorAll('.event').length;
    return count > 0 && count < before;
  }, all);
  await page.getByLabel('Show', { exact: true }).selectOption('Everything');
  await page.getByLabel('Only what deserves a second look').check();

  const before = await page.locator('.event').count();
  await signIn(other, name, PASSWORD);
  await page.waitForFunction(
    (known) => document.querySelectorAll('.event').length > known,
    before,
  );
  await says(/^Just now: /);
  await page.locator('.event').first().getByRole('button', { name: 'This wasn’t me' }).click();
  await says('This wasn’t you?');
  await look(page, 'not-me');
  await press('End it and go on', dialog());
  await other.heading('You are signed out');
  await look(other.page, 'signed-out');
  await heading('Change your password');
  await fill('Current password', 'not this');
  await fill('New password', 'password');
  await says('Far too easy to guess');
  await look(page, 'password-weak');
  await fill('Password again', 'password');
  await press('Change password');
  await says('This password is too easy to guess.');
  await fill('New password', SECOND);
  await says('Very good');
  await press('Change password');
  await says('The two passwords differ.');
  await fill('Password again', SECOND);
  await press('Change password');
  await says('This is not your current password.');
  await fill('Current password', PASSWORD);
  await press('Change password');
  await heading('Your new password is set');
  await look(page, 'password-done');
}

async function interrupted(mine) {
  const { context, page, follow, heading, gone, says } = mine;
  await follow('Devices');
  await heading('Your devices');
  page.refusals = true;
  await context.setOffline(true);
  await says(/^Live updates are interrupted/);
  await look(page, 'interrupted');
  await context.setOffline(false);
  await gone(/^Live updates are interrupted/);
  page.refusals = false;
}

async function rest(mine, other, name) {
  const { page, press, fill, go, heading, says, dialog } = mine;
  await go('/account/?action=org.matrix.cross_signing_reset');
  await heading('Reset your digital identity');
  await look(page, 'cross-signing');
  await press('Cancel');
  await heading('Nothing was reset');
  await go('/account/reset-cross-signing');
  await press('Allow the reset');
  await heading('The reset is allowed');
  await look(page, 'cross-signing-done');
  await go('/account/nowhere/at/all');
  await heading('There is nothing here');
  await look(page, 'missing');

  await other.go('/recover');
  await other.fill('Email address', `${name}@example.com`);
  await other.press('Send the link');
  await other.heading('Check your mail');
  const ticket = await mail(`${name}@example.com`, /ticket=([A-Za-z0-9]{32})/);
  await other.go(`/account/password/recovery?ticket=${ticket}`);
  await other.heading('Set a new password');
  await look(other.page, 'recovery');
  await other.fill('New password', PASSWORD);
  await other.fill('Password again', PASSWORD);
  await other.press('Set password');
  await other.heading('Your new password is set');

  await go('/account/');
  await heading('Your account');
  await press('Delete account');
  await says('Delete your account?');
  await look(page, 'delete');
  await fill('Password', 'not this', dialog());
  await press('Delete my account', dialog());
  await says('The password is wrong.');
  await press('Cancel', dialog());
  await press('Sign out');
  await heading('Sign in');
  await signIn(mine, name, PASSWORD);
  await press('Delete account');
  await fill('Password', PASSWORD, dialog());
  await press('Delete my account', dialog());
  await heading('This account was deactivated');
}

async function walk(browser, app, { name, ...options }) {
  const mine = await open(browser, { device: name, ...options });
  const other = await open(browser, {
    device: 'beside',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  });
  await signIn(mine, name, PASSWORD);
  await profile(mine, name);
  await devices(mine, other, app, name);
  await tokens(mine);
  await history(mine, other, name);
  await interrupted(mine);
  await rest(mine, other, name);
  await mine.context.close();
  await other.context.close();
}

/** In the other language, and without scripts. */
async function variants(browser) {
  const german = await open(browser, { device: 'german', locale: 'de-DE' });
  await german.go('/login?kind=manage_account');
  await german.fill('Benutzername', 'slow');
  await german.fill('Passwort', PASSWORD);
  await german.press('Anmelden');
  await german.heading('Dein Konto');
  await german.follow('Verlauf');
  await german.heading('Was mit meinem Konto geschah');
  await german.says('Heute');
  await german.context.close();

  const plain = await open(browser, { device: 'plain', javaScriptEnabled: false });
  await signIn(plain, 'slow', PASSWORD);
  await plain.follow('Change your password');
  await plain.heading('Change your password');
  await plain.fill('New password', SECOND);
  await plain.context.close();
}

/** When the largest thing of a page was painted, on a slow line and with nothing in the cache. */
async function paintedAfter(context, path) {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: 1_600_000 / 8,
    uploadThroughput: 750_000 / 8,
  });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.goto(at(path));
  await page.locator('.rows > li, .timeline > li').first().waitFor();
  const painted = await page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => {
          const last = list.getEntries().at(-1);
          requestAnimationFrame(() => setTimeout(() => resolve(last.startTime)));
        }).observe({ type: 'largest-contentful-paint', buffered: true });
      }),
  );
  await page.close();
  return painted;
}

/** How long it takes until the largest thing is painted, on a slow line. */
async function slow(browser) {
  const phone = await open(browser, {
    device: 'slow',
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  });
  await signIn(phone, 'slow', PASSWORD);
  await phone.page.close();
  const times = [];
  for (const path of ['/account/', '/account/sessions', '/account/history']) {
    // What else the machine does can only add to it: the fastest of some is nearest to the truth.
    let fastest = Number.POSITIVE_INFINITY;
    for (let load = 0; load < LOADS && fastest > LARGEST_PAINT; load += 1) {
      fastest = Math.min(fastest, await paintedAfter(phone.context, path));
    }
    times.push(`${path} ${Math.round(fastest)} ms`);
    if (fastest > LARGEST_PAINT) problems.push(`${path}: painted after ${fastest} ms`);
  }
  await phone.context.close();
  return times.join(', ');
}

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
const app = await application();
let times;
try {
  times = await slow(browser);
  await variants(browser);
  await walk(browser, app, { name: 'desk', viewport: { width: 1280, height: 800 } });
  await walk(browser, app, {
    name: 'phone',
    scheme: 'dark',
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  });
} catch (error) {
  // What the pages showed when a step could not be taken.
  for (const context of browser.contexts()) {
    for (const page of context.pages()) {
      console.error(page.url(), await page.locator('body').innerText());
    }
  }
  throw new Error(`${error.message}\n${problems.join('\n')}`, { cause: error });
} finally {
  await browser.close();
  app.close();
}
assert.deepEqual(problems, []);
console.log(`largest paint: ${times}`);
console.log('done');
