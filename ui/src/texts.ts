// What people read, in the language that the server chose for the page; dates and numbers as the
// reader's own locale has them.

import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';

const catalogues = import.meta.glob<string>('../locales/*.ftl', {
  query: '?raw',
  import: 'default',
});

const wanted = document.documentElement.lang;

/** The language of the texts. */
export const language = `../locales/${wanted}.ftl` in catalogues ? wanted : 'en';

/** Answers are asked for in the same language. */
export const headers = { 'accept-language': language };

/** The language with the reader's region, where the browser names one: `en-GB`. */
const locale =
  navigator.languages.find((tag) => tag.split('-')[0] === language.split('-')[0]) ?? language;

let bundle: FluentBundle;

export async function loadTexts(): Promise<void> {
  const load = catalogues[`../locales/${language}.ftl`];
  if (!load) throw new Error(`there are no texts in ${language}`);
  bundle = new FluentBundle(locale, { useIsolating: false });
  bundle.addResource(new FluentResource(await load()));
}

/** A text by its name. */
export function t(id: string, args?: Record<string, FluentVariable>): string {
  const pattern = bundle.getMessage(id)?.value;
  return pattern ? bundle.formatPattern(pattern, args) : id;
}

const full = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });
const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
const weekday = new Intl.DateTimeFormat(locale, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

export const fullTime = (when: string) => full.format(new Date(when));
export const fullDate = (when: string) => date.format(new Date(when));
export const clockTime = (when: string) => clock.format(new Date(when));

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 hours ago", "in 2 months", "just now". */
export function ago(when: string, now = Date.now()): string {
  const seconds = (new Date(when).getTime() - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return t('just-now');
}

/** "Today", "Yesterday", or the date in full. */
export function day(when: string): string {
  const midnight = (moment: Date) => new Date(moment).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(new Date()) - midnight(new Date(when))) / 86_400_000);
  if (days > 1 || days < 0) return weekday.format(new Date(when));
  const name = relative.format(-days, 'day');
  return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);
}
