// People who look after their account, in a real browser: every account page on a desktop and on a
// phone, by what the pages say, with a second browser beside the first in which other things happen to
// the same account; looked over by axe in light and in dark. Before that, how long the first page takes
// on a slow line.

import assert from 'node:assert/strict';
import {
  at,
  authorization,
  DESKTOP,
  exchange,
  look,
  mail,
  open,
  PHONE,
  serve,
  welcomeBack,
  withBrowser,
  words,
} from './browser.mjs';
import { paint } from './paint.mjs';

const { PASSWORD } = process.env;
const SECOND = 'an entirely different horse 7';

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
  const server = await serve((url, response) => {
    waiting.get(url.searchParams.get('state'))?.(url.searchParams.get('code'));
    welcomeBack(response);
  });
  return { waiting, ...server };
}

/** Signs the application in, in a browser where its user is, as a device of theirs. */
async function signInApp(app, { page, press }, state, device) {
  const code = new Promise((resolve) => app.waiting.set(state, resolve));
  const scope = `openid urn:matrix:client:api:* urn:matrix:client:device:${device}`;
  await page.goto(authorization(scope, state));
  await press('Allow');
  await exchange(await code, { 'user-agent': 'TheApp/1.0 (Android 14)' });
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
  // It can be taken back, by showing once more whose it is.
  await press('Undo');
  await heading('Check your mail');
  await fill('Code', await mail(`${name}.2@example.com`, /\b(\d{6})\b/));
  await press('Continue');
  await heading('Your account');
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
  assert.match(await page.title(), /^The App · /);
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
  await page.waitForFunction(
    () =>
      document.querySelector('.days[aria-busy="false"]') &&
      !document.querySelector('.event:not(.notable)'),
  );
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

/** A dialog with nothing but keys: the focus stays in it, and goes back to where it came from. */
async function keyboard(mine) {
  const { page, follow, heading, says } = mine;
  await follow('Tokens');
  await heading('Personal tokens');
  const create = page.getByRole('button', { name: 'Create a token', exact: true });
  const tab = () => page.keyboard.press('Tab');
  const focused = (locator) => locator.evaluate((element) => element === document.activeElement);
  for (let left = 20; !(await focused(create)); left -= 1) {
    assert(left > 0, 'the button is out of reach');
    await tab();
  }
  await page.keyboard.press('Enter');
  const name = page.getByLabel('Name', { exact: true });
  await name.waitFor();
  assert(await focused(name), 'the first field has the focus');
  // Once around, where the browser itself may come between.
  let inside = 0;
  for (let step = 0; step < 15; step += 1) {
    await tab();
    const where = await page.evaluate(() => {
      const { activeElement } = document;
      if (activeElement === document.body) return 'away';
      return activeElement.closest('dialog') ? 'inside' : activeElement.outerHTML;
    });
    assert(where === 'inside' || where === 'away', `the focus went to ${where}`);
    if (where === 'inside') inside += 1;
  }
  assert(inside >= 10, `the focus was inside ${inside} times`);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert(await focused(create), 'the focus is back');

  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('Typed');
  await tab();
  await page.keyboard.press('Space');
  const password = page.getByLabel('Password', { exact: true });
  for (let left = 10; !(await focused(password)); left -= 1) {
    assert(left > 0, 'the password is out of reach');
    await tab();
  }
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await says('Your new token');
  const kept = page.getByRole('button', { name: 'I have kept it', exact: true });
  for (let left = 5; !(await focused(kept)); left -= 1) {
    assert(left > 0, 'the button is out of reach');
    await tab();
  }
  await page.keyboard.press('Enter');
  await says('Typed');
  assert(await focused(create), 'the focus is back');
}

/** What is shown while there is nothing to show yet, and when nothing comes. */
async function slowAndBroken(mine) {
  const { page, press, go, heading, says } = mine;
  let release = () => {};
  const released = new Promise((resolve) => {
    release = resolve;
  });
  const held = async (route) => {
    await released;
    await route.fallback();
  };
  await page.route('**/graphql', held);
  await go('/account/sessions');
  await page.locator('.bone').first().waitFor();
  const moving = () => page.evaluate(() => document.getAnimations().length);
  assert.equal(await moving(), 0, 'nothing moves for who does not want it');
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  assert((await moving()) > 0, 'else, what is to come is hinted at');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await look(page, 'loading');
  release();
  await heading('Your devices');
  await page.unroute('**/graphql', held);

  page.refusals = true;
  await page.route('**/graphql', (route) => route.abort());
  await go('/account/history');
  await says(/^The server cannot be reached/);
  await look(page, 'failed');
  await page.unroute('**/graphql');
  await press('Try again');
  await heading('What happened to my account');
  await page.locator('.event').first().waitFor();
  page.refusals = false;
}

/** Where events are held back on their way, the pages say so and ask from time to time. */
async function polled(mine, other, name) {
  const page = await mine.context.newPage();
  const { device, scheme, scripts } = mine.page;
  const asking = words(Object.assign(page, { device, scheme, scripts }));
  await page.clock.install();
  await page.route('**/graphql', (route) => {
    const followed = route.request().headers().accept === 'text/event-stream';
    return followed ? undefined : route.fallback();
  });
  await asking.go('/account/sessions');
  await asking.says('Nowhere else');
  await page.clock.fastForward(10_000);
  await asking.says(/^Live updates are interrupted/);
  await signIn(other, name, PASSWORD);
  await page.clock.fastForward(20_000);
  await page.getByRole('listitem').filter({ hasText: 'Firefox' }).waitFor();
  await look(page, 'polled');
  await page.close();
  await other.press('Sign out');
  await other.heading('Sign in');
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
  await polled(mine, other, name);
  await tokens(mine);
  if (!options.hasTouch) await keyboard(mine);
  await slowAndBroken(mine);
  await history(mine, other, name);
  await interrupted(mine);
  await rest(mine, other, name);
  await mine.context.close();
  await other.context.close();
}

/** A history of many pages. */
async function long(browser) {
  const busy = await open(browser, { device: 'busy', ...PHONE });
  const { page, follow, heading } = busy;
  await signIn(busy, 'busy', PASSWORD);
  await follow('History');
  await heading('What happened to my account');
  const events = page.locator('.event');
  const newest = () => events.first().locator('time').getAttribute('datetime');
  const until = (wanted) =>
    page.waitForFunction(
      ([time, is]) => (document.querySelector('.event time').dateTime === time) === is,
      wanted,
    );
  await events.nth(49).waitFor();
  const first = await newest();
  const shown = [first];
  const earlier = page.getByRole('link', { name: 'Show earlier', exact: true });
  for (;;) {
    await look(page, `history-${shown.length}`);
    if ((await earlier.count()) === 0) break;
    await earlier.click();
    await until([shown.at(-1), false]);
    assert((await events.count()) <= 50, 'no more is kept than is shown');
    shown.push(await newest());
  }
  assert.equal(shown.length, 3);
  await page.getByText('Account created').waitFor();
  await follow('Show later');
  await until([shown[1], true]);
  await follow('To the newest');
  await until([first, true]);
  assert.equal(await page.getByRole('link', { name: 'Show later', exact: true }).count(), 0);
  // The server narrows it: what is far from the newest is found.
  await page.getByLabel('Show', { exact: true }).selectOption('Password');
  await page.waitForFunction(() => {
    const { length } = document.querySelectorAll('.event');
    return length > 0 && length < 5;
  });
  await busy.context.close();
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

const app = await application();
let times;
try {
  await withBrowser(async (browser) => {
    times = await paint(browser, (mine) => signIn(mine, 'slow', PASSWORD));
    await variants(browser);
    await long(browser);
    await walk(browser, app, { name: 'desk', ...DESKTOP });
    await walk(browser, app, { name: 'phone', scheme: 'dark', ...PHONE });
  });
} finally {
  app.close();
}
console.log(`largest paint: ${times}`);
console.log('done');
