// People who register, sign in, allow an application, get lost and find back, in a real browser: by
// what the pages say, on a desktop and on a phone, with and without scripts, looked over by axe in
// light and in dark. Then those who come with a device, from a legacy client, from another service,
// and those who come to nothing.

import assert from 'node:assert/strict';
import { readFile, readdir, stat } from 'node:fs/promises';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { BASE, MAILS, CLIENT_ID, CHROMIUM, APP_PORT, PROVIDER, IDP_CLIENT, IDP_SECRET } = process.env;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PATIENCE = 30_000;
const FIRST = 'correct horse battery staple 9';
const SECOND = 'an entirely different horse 7';

/** Looks at the page with axe; whatever is serious is a fault. */
async function look(page, problems) {
  if (!page.scripts) return;
  await page.addScriptTag({ path: AXE });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    for (const { id, impact, nodes } of violations) {
      if (impact === 'serious' || impact === 'critical') {
        const where = nodes.map((node) => node.html).join(' ');
        problems.push(`${page.url()} (${colorScheme}): ${impact}: ${id}: ${where}`);
      }
    }
  }
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) problems.push(`${page.url()}: ${overflow} px wider than the window`);
}

/** The newest mail to an address, once there is one with this in it. */
async function mail(address, pattern, seen) {
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

/** What another service tells of whoever signs in there. */
function idToken(claims) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: 'https://idp.example/', aud: IDP_CLIENT, iat: now, exp: now + 300, ...claims };
  const message = `${encode({ alg: 'HS256' })}.${encode(all)}`;
  return `${message}.${createHmac('sha256', IDP_SECRET).update(message).digest('base64url')}`;
}

/** Another service, where everybody is signed in already, as whom `app.person` says. */
function otherService(app, url, response) {
  if (url.pathname === '/idp/token') {
    const body = { access_token: 'at', token_type: 'Bearer', id_token: idToken(app.told) };
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify(body));
  }
  app.told = { ...app.person, nonce: url.searchParams.get('nonce') };
  const back = new URL(`/upstream/callback/${PROVIDER}`, BASE);
  back.searchParams.set('state', url.searchParams.get('state'));
  if (app.person) back.searchParams.set('code', 'a-code');
  else back.searchParams.set('error', 'access_denied');
  return response.writeHead(303, { location: back.href }).end();
}

/** Where an application waits for its code. */
async function application() {
  const codes = [];
  const app = { codes, person: null, told: null };
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://app.invalid');
    if (url.pathname.startsWith('/idp/')) return otherService(app, url, response);
    codes.push(url.searchParams);
    response.setHeader('content-type', 'text/html');
    return response.end(
      '<!doctype html><html lang="en"><title>App</title><h1>Back in the app</h1></html>',
    );
  });
  await new Promise((resolve) => server.listen(Number(APP_PORT), '127.0.0.1', resolve));
  return Object.assign(app, { close: () => server.close() });
}

async function walk(browser, app, { name, scripts, ...options }) {
  const context = await browser.newContext({
    ...options,
    // So that axe can be put into pages whose policy lets no other script in.
    bypassCSP: scripts,
    javaScriptEnabled: scripts,
    locale: 'en-GB',
    // Else axe would see colours on their way from light to dark.
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.scripts = scripts;
  const problems = [];
  page.on('console', (message) => {
    // The browser reports pages that are refusals.
    const expected = page.refused && message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !expected) problems.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error}`));
  const seen = new Set();
  const email = `${name}@example.com`;
  const press = (label) => page.getByRole('button', { name: label, exact: true }).click();
  const follow = (label) => page.getByRole('link', { name: label, exact: true }).click();
  const fill = (label, text) => page.getByLabel(label, { exact: true }).fill(text);
  const heading = async (text) => {
    await page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor();
    await look(page, problems);
  };

  await page.goto(BASE);
  await heading('Welcome');
  await follow('Create an account');
  await heading('Create an account');
  await follow('With a username and password');
  await page.getByLabel('Password again', { exact: true }).waitFor();
  await look(page, problems);
  await press('Create an account');
  await page.getByRole('alert').waitFor();
  await look(page, problems);
  await fill('Username', name);
  await fill('Email address', email);
  await fill('Password', FIRST);
  await fill('Password again', FIRST);
  await press('Create an account');
  await page.getByLabel('Code', { exact: true }).waitFor();
  await look(page, problems);
  await fill('Code', await mail(email, /\b(\d{6})\b/, seen));
  await press('Continue');
  await page.getByLabel('Display name', { exact: true }).waitFor();
  await look(page, problems);
  await fill('Display name', `${name} the first`);
  await press('Continue');
  await page.getByText(`You are signed in as ${name}.`).waitFor();
  await look(page, problems);
  await press('Sign out');
  await heading('Sign in');

  const authorize = new URL('/authorize', BASE);
  authorize.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: `http://127.0.0.1:${APP_PORT}/callback`,
    scope: 'openid email',
    state: name,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }).toString();
  await page.goto(authorize.href);
  await heading('Sign in');
  await fill('Username', name);
  await fill('Password', 'wrong');
  await press('Sign in');
  await page.getByRole('alert').waitFor();
  await look(page, problems);
  await fill('Password', FIRST);
  await press('Sign in');
  await page.getByRole('button', { name: 'Allow', exact: true }).waitFor();
  await look(page, problems);
  await press('Allow');
  await page.getByRole('heading', { name: 'Back in the app' }).waitFor();
  const answer = app.codes.find((parameters) => parameters.get('state') === name);
  assert.match(answer.get('code'), /^[A-Za-z0-9]{32}$/);

  await page.goto(new URL('/account/', BASE).href);
  await heading('Your account');
  await follow('Change your password');
  await heading('Change your password');
  await page.goto(BASE);
  await press('Sign out');
  await heading('Sign in');
  await follow('Forgot your password?');
  await heading('Set a new password');
  await fill('Email address', email);
  await press('Send the link');
  await heading('Check your mail');
  const ticket = await mail(email, /ticket=([A-Za-z0-9]{32})/, seen);
  await page.goto(new URL(`/account/password/recovery?ticket=${ticket}`, BASE).href);
  await heading('Set a new password');
  await fill('New password', SECOND);
  await fill('Password again', SECOND);
  await press('Set password');
  await heading('Your new password is set');
  await follow('Sign in');
  await fill('Username', name);
  await fill('Password', SECOND);
  await press('Sign in');
  await page.getByText(`You are signed in as ${name}.`).waitFor();
  await press('Sign out');
  await heading('Sign in');

  const go = (path) => page.goto(new URL(path, BASE).href);
  const home = (who) => page.getByText(`You are signed in as ${who}.`).waitFor();
  page.refused = true;
  await go('/nowhere');
  await heading('Page not found');
  await go('/authorize?client_id=nobody&response_type=code&scope=openid');
  await heading('Unknown app');
  app.person = null;
  await go('/login');
  await follow('Continue with Handmade');
  await heading('The other service did not let you in');
  page.refused = false;

  const elsewhere = (sub) => ({ sub: `${name}-${sub}`, preferred_username: `${name}2`, name: 'N.' });
  app.person = elsewhere(1);
  await go('/login');
  await follow('Continue with Handmade');
  await heading('Create an account');
  await fill('Username', '');
  await press('Create an account');
  await page.getByRole('alert').waitFor();
  await look(page, problems);
  await fill('Username', `${name}2`);
  await page.getByLabel('Use my name N.', { exact: true }).check();
  await press('Create an account');
  await home(`${name}2`);
  app.person = elsewhere(2);
  await go(`/upstream/authorize/${PROVIDER}`);
  await heading('Connect your account with Handmade?');
  await press('Connect');
  await home(`${name}2`);
  await press('Sign out');
  await fill('Username', name);
  await fill('Password', SECOND);
  await press('Sign in');
  await home(name);
  await go(`/upstream/authorize/${PROVIDER}`);
  await heading('Two different accounts');
  await follow(`Stay signed in as ${name}`);
  await home(name);

  const asked = await fetch(new URL('/oauth2/device', BASE), {
    method: 'POST',
    body: new URLSearchParams({ client_id: CLIENT_ID, scope: 'openid' }),
  });
  const { user_code } = await asked.json();
  await go('/link');
  await heading('Connect a device');
  await fill('Code', 'WRONG1');
  await press('Continue');
  await page.getByRole('alert').waitFor();
  await look(page, problems);
  await fill('Code', user_code);
  await press('Continue');
  await heading('Connect this device?');
  await press('Allow');
  await page.getByRole('alert').waitFor();
  await look(page, problems);
  await page.getByRole('checkbox').check();
  await press('Allow');
  await heading('Device connected');

  const legacy = new URL('/_matrix/client/v3/login/sso/redirect', BASE);
  legacy.searchParams.set('redirectUrl', `http://127.0.0.1:${APP_PORT}/callback`);
  const begun = await fetch(legacy, { redirect: 'manual' });
  const confirm = new URL(begun.headers.get('location')).pathname;
  await go(confirm);
  await heading('Sign in to an app?');
  await press('Continue');
  await page.getByRole('heading', { name: 'Back in the app' }).waitFor();
  const back = app.codes.findLast((parameters) => parameters.has('loginToken'));
  assert.match(back.get('loginToken'), /^[A-Za-z0-9]{32}$/);
  await go(confirm);
  await heading('This sign-in has expired');
  await context.close();
  return problems;
}

await stat(CHROMIUM);
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
const problems = [];
try {
  const desktop = { viewport: { width: 1280, height: 800 } };
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  for (const options of [
    { name: 'desk', scripts: true, ...desktop },
    { name: 'phone', scripts: true, colorScheme: 'dark', ...phone },
    { name: 'plain', scripts: false, ...desktop },
  ]) {
    problems.push(...(await walk(browser, app, options)));
  }
} finally {
  await browser.close();
  app.close();
}
assert.deepEqual(problems, []);
console.log('done');
