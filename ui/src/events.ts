// What happens meanwhile: server-sent events, and whether they get through.

import { createClient } from 'graphql-sse';
import { endpoint } from './shell';
import { headers } from './texts';

/** How things stand with the server-sent events. */
export type Connection = 'connecting' | 'live' | 'lost';

const RETRY_AT_MOST = 30_000;
const AGAIN_AFTER = 3_000;
/** The server says something as soon as it has begun. */
const FIRST_WITHIN = 10_000;
/** And then every 15 seconds, if only that it is there. */
const SILENT_AT_MOST = 40_000;

class Watched<T> {
  #listeners = new Set<() => void>();

  constructor(public value: T) {}

  set(value: T): void {
    this.value = value;
    for (const listener of this.#listeners) listener();
  }

  listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

export const connection = new Watched<Connection>('connecting');

/** Counts how often something has happened for which all that is shown is asked for again. */
export const happened = new Watched(0);

export const refresh = () => happened.set(happened.value + 1);

const lost = () => connection.set('lost');

let silence: ReturnType<typeof setTimeout> | undefined;
let afterSilence = () => {};

/** A line may be gone, or a proxy hold everything back, without anybody being told. */
function expectSomething(within: number): void {
  clearTimeout(silence);
  silence = setTimeout(() => {
    lost();
    afterSilence();
  }, within);
}

function heard(): void {
  expectSomething(SILENT_AT_MOST);
  const missed = connection.value === 'lost';
  connection.set('live');
  if (missed) refresh();
}

/** As `fetch`, but listens to whether something comes. */
async function listening(...asked: Parameters<typeof fetch>): Promise<Response> {
  expectSomething(FIRST_WITHIN);
  const response = await fetch(...asked);
  if (!response.ok || !response.body) return response;
  const noted = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, out) => {
      heard();
      out.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(noted), response);
}

const events = createClient({
  url: endpoint,
  credentials: 'same-origin',
  headers,
  fetchFn: listening,
  retryAttempts: Number.POSITIVE_INFINITY,
  // Longer each time, and not all browsers at once.
  retry: async (retries) => {
    lost();
    const wait = Math.min(RETRY_AT_MOST, 1_000 * 2 ** retries) * (0.75 + Math.random() / 2);
    await new Promise((resolve) => setTimeout(resolve, wait));
  },
});

/**
 * Follows until it is stopped. The server ends a stream with the session, and when it stops itself: what
 * is shown is asked for again, which tells one from the other, and the stream is begun anew. Where it
 * refuses to be followed, that is tried again less often.
 */
export function follow(
  query: string,
  variables: Record<string, unknown>,
  next: (value: unknown) => void,
): () => void {
  let attempt = 0;
  let stop = () => {};
  const begin = () => {
    stop();
    attempt += 1;
    const current = attempt;
    let refused = false;
    const again = () => {
      if (current !== attempt) return;
      if (refused) lost();
      else refresh();
      const wait = refused ? RETRY_AT_MOST : AGAIN_AFTER;
      setTimeout(() => current === attempt && begin(), wait);
    };
    const take = (value: { errors?: readonly unknown[] }) => {
      refused = value.errors !== undefined;
      next(value);
    };
    stop = events.subscribe({ query, variables }, { next: take, error: again, complete: again });
  };
  afterSilence = () => {
    const current = attempt;
    const dead = () => current === attempt && connection.value === 'lost';
    setTimeout(() => dead() && begin(), RETRY_AT_MOST);
  };
  addEventListener('offline', lost);
  addEventListener('online', begin);
  begin();
  return () => {
    attempt += 1;
    clearTimeout(silence);
    removeEventListener('offline', lost);
    removeEventListener('online', begin);
    stop();
  };
}
