// People who register, sign in, allow an application, get lost and find back, in a real browser: by
// what the pages say, on a desktop and on a phone, with and without scripts, looked over by axe in
// light and in dark. Then those who come with a device, from a legacy client, from another service,
// and those who come to nothing.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import {
  at,
  authorization,
  CALLBACK,
  DESKTOP,
  look,
  mail,
  open,
  PHONE,
  serve,
  welcomeBack,
  withBrowser,
} from './browser.mjs';

const { CLIENT_ID, PROVIDER, IDP_CLIENT, IDP_SECRET } = process.env;
const FIRST = 'correct horse battery staple 9';
const SECOND = 'an entirely different horse 7';

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
  const back = new URL(at(`/upstream/callback/${PROVIDER}`));
  back.searchParams.set('state', url.searchParams.get('state'));
  if (app.person) back.searchParams.set('code', 'a-code');
  else back.searchParams.set('error', 'access_denied');
  return response.writeHead(303, { location: back.href }).end();
}

/** Where an application waits for its code. */
async function application() {
  const app = { codes: [], person: null, told: null };
  const server = await serve((url, response) => {
    if (url.pathname.startsWith('/idp/')) return otherService(app, url, response);
    app.codes.push(url.searchParams);
    return welcomeBack(response);
  });
  return Object.assign(app, server);
}

async function walk(browser, app, { name, ...options }) {
  const mine = await open(browser, { device: name, ...options });
  const { context, page, go, press, follow, fill } = mine;
  const email = `${name}@example.com`;
  const heading = async (text) => {
    await mine.heading(text);
    await look(page);
  };

  await go('/');
  await heading('Welcome');
  await follow('Create an account');
  await heading('Create an account');
  await follow('With a username and password');
  await page.getByLabel('Password again', { exact: true }).waitFor();
  await look(page);
  await press('Create an account');
  await page.getByRole('alert').waitFor();
  await look(page);
  await fill('Username', name);
  await fill('Email address', email);
  await fill('Password', FIRST);
  await fill('Password again', FIRST);
  await press('Create an account');
  await page.getByLabel('Code', { exact: true }).waitFor();
  await look(page);
  await fill('Code', await mail(email, /\b(\d{6})\b/));
  await press('Continue');
  await page.getByLabel('Display name', { exact: true }).waitFor();
  await look(page);
  await fill('Display name', `${name} the first`);
  await press('Continue');
  await page.getByText(`You are signed in as ${name}.`).waitFor();
  await look(page);
  await press('Sign out');
  await heading('Sign in');

  await page.goto(authorization('openid email', name));
  await heading('Sign in');
  await fill('Username', name);
  await fill('Password', 'wrong');
  await press('Sign in');
  await page.getByRole('alert').waitFor();
  await look(page);
  await fill('Password', FIRST);
  await press('Sign in');
  await page.getByRole('button', { name: 'Allow', exact: true }).waitFor();
  await look(page);
  await press('Allow');
  await page.getByRole('heading', { name: 'Back in the app' }).waitFor();
  const answer = app.codes.find((parameters) => parameters.get('state') === name);
  assert.match(answer.get('code'), /^[A-Za-z0-9]{32}$/);

  await go('/account/');
  await heading('Your account');
  await follow('Change your password');
  await heading('Change your password');
  await go('/');
  await press('Sign out');
  await heading('Sign in');
  await follow('Forgot your password?');
  await heading('Set a new password');
  await fill('Email address', email);
  await press('Send the link');
  await heading('Check your mail');
  const ticket = await mail(email, /ticket=([A-Za-z0-9]{32})/);
  await go(`/account/password/recovery?ticket=${ticket}`);
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

  const home = (who) => page.getByText(`You are signed in as ${who}.`).waitFor();
  page.refusals = true;
  await go('/nowhere');
  await heading('Page not found');
  await go('/authorize?client_id=nobody&response_type=code&scope=openid');
  await heading('Unknown app');
  app.person = null;
  await go('/login');
  await follow('Continue with Handmade');
  await heading('The other service did not let you in');
  page.refusals = false;

  const elsewhere = (sub) => ({ sub: `${name}-${sub}`, preferred_username: `${name}2`, name: 'N.' });
  app.person = elsewhere(1);
  await go('/login');
  await follow('Continue with Handmade');
  await heading('Create an account');
  await fill('Username', '');
  await press('Create an account');
  await page.getByRole('alert').waitFor();
  await look(page);
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

  const asked = await fetch(at('/oauth2/device'), {
    method: 'POST',
    body: new URLSearchParams({ client_id: CLIENT_ID, scope: 'openid' }),
  });
  const { user_code } = await asked.json();
  await go('/link');
  await heading('Connect a device');
  await fill('Code', 'WRONG1');
  await press('Continue');
  await page.getByRole('alert').waitFor();
  await look(page);
  await fill('Code', user_code);
  await press('Continue');
  await heading('Connect this device?');
  await press('Allow');
  await page.getByRole('alert').waitFor();
  await look(page);
  await page.getByRole('checkbox').check();
  await press('Allow');
  await heading('Device connected');

  const legacy = new URL(at('/_matrix/client/v3/login/sso/redirect'));
  legacy.searchParams.set('redirectUrl', CALLBACK);
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
}

const app = await application();
try {
  await withBrowser(async (browser) => {
    await walk(browser, app, { name: 'desk', ...DESKTOP });
    await walk(browser, app, { name: 'phone', scheme: 'dark', ...PHONE });
    await walk(browser, app, { name: 'plain', javaScriptEnabled: false, ...DESKTOP });
  });
} finally {
  app.close();
}
console.log('done');
