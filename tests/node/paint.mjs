// How soon account pages are painted on a slow line, as a phone has it.

import { at, open, PHONE, problems } from './browser.mjs';

// At most, on a line of 1.6 Mbit/s with a processor four times slower; milliseconds.
const LARGEST_PAINT = 2_500;
const LOADS = 5;

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
export async function paint(browser, signIn) {
  const phone = await open(browser, { device: 'slow', ...PHONE });
  await signIn(phone);
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
