// What an operator decides, on the account pages in a real browser: name, picture, colours and links, a
// page of theirs about plans, a limit of devices, and what may not be changed; in light and in dark,
// in English and in German. Then links of recovery mails that do not work any more.

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
} from './browser.mjs';

const { APP_PORT, PASSWORD, TICKET } = process.env;
const HERE = `http://127.0.0.1:${APP_PORT}`;
const LIGHT = 'rgb(122, 31, 92)';
const DARK = 'rgb(255, 176, 221)';

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 36">
<rect width="72" height="36" rx="8" fill="#7a1f5c"/><circle cx="36" cy="18" r="10" fill="#fff"/></svg>`;

let arrived = () => {};

/** The operator's own server, and where the application waits for its code. */
function elsewhere(url, response) {
  if (url.pathname === '/callback') {
    arrived(url.searchParams.get('code'));
    return welcomeBack(response);
  }
  const [type, text] = {
    '/logo.svg': ['image/svg+xml', LOGO],
    '/plan': [
      'text/html',
      '<!doctype html><html lang="en"><title>Plans</title><h1>Anchor, 3 euros a month</h1></html>',
    ],
  }[url.pathname] ?? ['text/plain', 'Nothing.'];
  response.setHeader('content-type', type);
  return response.end(text);
}

/** Signs the application in, as one more device. */
async function signInApp({ page, press }, device) {
  const code = new Promise((resolve) => {
    arrived = resolve;
  });
  const scope = `openid urn:matrix:client:api:* urn:matrix:client:device:${device}`;
  await page.goto(authorization(scope, device));
  await press('Allow');
  await exchange(await code);
}

/** Said in time, and when there is no more room. */
async function limited(mine) {
  const { page, go, says } = mine;
  await signInApp(mine, 'DEVICEONE1');
  await go('/account/sessions');
  await says(/^Apps are signed in once/);
  await look(page, 'limit-near');
  await signInApp(mine, 'DEVICETWO2');
  await go('/account/sessions');
  await says(/^You have 2 or more sessions of apps/);
  await look(page, 'limit');
}

/** Name, picture and links of the operator, which every page has. */
async function branded({ page, says }) {
  await says('Harbour Chat');
  await says('Harbour Chat, Quay 1, Bremen');
  await page.waitForFunction(() => document.querySelector('.logo')?.naturalWidth > 0);
  const links = page.getByRole('contentinfo').getByRole('link');
  const targets = await links.evaluateAll((found) => found.map((link) => link.href));
  assert.deepEqual(targets, [`${HERE}/policy`, `${HERE}/terms`]);
}

/** The operator's colour, on what is painted with it. */
async function colored({ page }, selector, property) {
  for (const [colorScheme, color] of [['light', LIGHT], ['dark', DARK]]) {
    await page.emulateMedia({ colorScheme });
    const painted = await page
      .locator(selector)
      .first()
      .evaluate((element, name) => getComputedStyle(element)[name], property);
    assert.equal(painted, color, `${page.url()}: ${selector} (${colorScheme})`);
  }
  await page.emulateMedia({ colorScheme: page.scheme });
}

async function walk(browser, texts, options) {
  const mine = await open(browser, options);
  const { page, go, fill, press, follow, heading, says } = mine;
  await go('/login?kind=manage_account');
  await branded(mine);
  await colored(mine, '.button-primary', 'backgroundColor');
  await look(page, 'brand-login');
  await fill(texts.username, 'anna');
  await fill(texts.password, PASSWORD);
  await press(texts.signIn);
  await heading(texts.account);
  await branded(mine);
  await colored(mine, '.ways a[aria-current]', 'color');
  // What may not be changed here is not offered.
  await says('anna@example.com');
  for (const name of texts.refused) {
    assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
  }
  await look(page, 'brand-profile');

  await follow(texts.plan);
  await heading(texts.plan);
  await page.frameLocator('iframe').getByRole('heading', { name: /^Anchor/ }).waitFor();
  await look(page, 'brand-plan');
  await go('/account/?action=org.matrix.plan_management');
  await page.waitForURL(/\/account\/plan$/);
  await heading(texts.plan);

  await follow(texts.tokens);
  await press(texts.create);
  await colored(mine, '.dialog .button-primary', 'backgroundColor');
  await look(page, 'brand-dialog');
  await page.keyboard.press('Escape');
  await follow(texts.history);
  await page.locator('.event').first().waitFor();
  await look(page, 'brand-history');
  if (texts === ENGLISH) await limited(mine);
  await mine.context.close();
}

/** Links of recovery mails that came too late, came again, or were never sent. */
async function deadLinks(browser) {
  const lost = await open(browser, { device: 'lost', ...PHONE });
  const { page, go, fill, press, heading, says } = lost;
  await go(`/account/password/recovery?ticket=${TICKET}`);
  await heading('This link does not work');
  await says(/^It was good for a few minutes only/);
  await branded(lost);
  await look(page, 'recovery-expired');
  // The server under test does not know at which port it is.
  await page.route(/^http:\/\/127\.0\.0\.1\/recover/, (route) => {
    const { pathname } = new URL(route.request().url());
    return route.fulfill({ status: 303, headers: { location: at(pathname) } });
  });
  await press('Send a new link');
  await heading('Check your mail');
  const ticket = await newest('late@example.com');
  await go(`/account/password/recovery?ticket=${ticket}`);
  await heading('Set a new password');
  await fill('New password', 'an entirely different horse 7');
  await fill('Password again', 'an entirely different horse 7');
  await press('Set password');
  await heading('Your new password is set');
  await go(`/account/password/recovery?ticket=${ticket}`);
  await heading('This link was used already');
  await look(page, 'recovery-consumed');
  await go('/account/password/recovery?ticket=nonsense');
  await says(/^It is not complete/);
  await look(page, 'recovery-unknown');
  await lost.context.close();
}

/** The ticket of the mail that is not the one before. */
async function newest(address) {
  for (;;) {
    const ticket = await mail(address, /ticket=([A-Za-z0-9]{32})/);
    if (ticket !== TICKET) return ticket;
  }
}

const ENGLISH = {
  username: 'Username',
  password: 'Password',
  signIn: 'Sign in',
  account: 'Your account',
  plan: 'Plan',
  tokens: 'Tokens',
  create: 'Create a token',
  history: 'History',
  refused: ['Edit name', 'Add an address', 'Remove anna@example.com', 'Delete account'],
};
const GERMAN = {
  username: 'Benutzername',
  password: 'Passwort',
  signIn: 'Anmelden',
  account: 'Dein Konto',
  plan: 'Tarif',
  tokens: 'Tokens',
  create: 'Token anlegen',
  history: 'Verlauf',
  refused: ['Namen ändern', 'Adresse hinzufügen', 'Konto löschen'],
};

const server = await serve(elsewhere);
try {
  await withBrowser(async (browser) => {
    await walk(browser, ENGLISH, { device: 'desk', ...DESKTOP });
    await walk(browser, GERMAN, { device: 'phone', locale: 'de-DE', scheme: 'dark', ...PHONE });
    await deadLinks(browser);
  });
} finally {
  server.close();
}
console.log('done');
