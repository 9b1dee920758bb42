// The way to the server: queries and changes by POST, what happens meanwhile by server-sent events.
// All answers share one cache, so that a page shows at once what another has learnt; whatever is
// shown is asked for again when something has happened.

import { type Cache, type Data, cacheExchange } from '@urql/exchange-graphcache';
import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/preact';
import { createClient } from 'graphql-sse';
import matcher from './gql/possible-types';
import { endpoint } from './shell';
import { language } from './texts';

/** How things stand with the server-sent events. */
export type Connection = 'connecting' | 'live' | 'lost';

const RETRY_AT_MOST = 30_000;
const AGAIN_AFTER = 3_000;

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

const headers = { 'accept-language': language };

const events = createClient({
  url: endpoint,
  credentials: 'same-origin',
  headers,
  retryAttempts: Number.POSITIVE_INFINITY,
  // Longer each time, and not all browsers at once.
  retry: async (retries) => {
    connection.set('lost');
    const wait = Math.min(RETRY_AT_MOST, 1_000 * 2 ** retries) * (0.75 + Math.random() / 2);
    await new Promise((resolve) => setTimeout(resolve, wait));
  },
  on: {
    connected: () => {
      const missed = connection.value === 'lost';
      connection.set('live');
      if (missed) refresh();
    },
  },
});

/**
 * Follows until it is stopped. The server ends a stream with the session, and when it stops itself: what
 * is shown is asked for again, which tells one from the other, and the stream is begun anew.
 */
function follow(
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
    const again = () => {
      if (current !== attempt) return;
      refresh();
      setTimeout(() => current === attempt && begin(), AGAIN_AFTER);
    };
    stop = events.subscribe({ query, variables }, { next, error: again, complete: again });
  };
  // A stream may hang for long before the browser notices that its line is gone.
  const offline = () => connection.set('lost');
  addEventListener('offline', offline);
  addEventListener('online', begin);
  begin();
  return () => {
    attempt += 1;
    removeEventListener('offline', offline);
    removeEventListener('online', begin);
    stop();
  };
}

/** A new name is shown before the server has answered. */
function named(type: string, key: string) {
  const fragment = gql`fragment Named on ${type} { id humanName }`;
  return (result: Data, args: { input: Record<string, string> }, cache: Cache) => {
    const { status } = Object.values(result)[0] as { status: string };
    const { [key]: id, humanName } = args.input;
    if (status === 'UPDATED') cache.writeFragment(fragment, { __typename: type, id, humanName });
  };
}

const alone = () => null;

const cache = cacheExchange({
  possibleTypes: matcher.possibleTypes,
  keys: {
    AppSessionConnection: alone,
    BrowserSessionConnection: alone,
    HistoryActor: alone,
    HistoryEventConnection: alone,
    MatrixUser: alone,
    Oauth2SessionConnection: alone,
    PersonalSessionConnection: alone,
    SessionLimitConfig: alone,
    UserAgent: alone,
    UserEmailConnection: alone,
  },
  updates: {
    Mutation: {
      setCompatSessionName: named('CompatSession', 'compatSessionId') as never,
      setOauth2SessionName: named('Oauth2Session', 'oauth2SessionId') as never,
    },
  },
  optimistic: {
    setCompatSessionName: () => ({ __typename: 'SetCompatSessionNamePayload', status: 'UPDATED' }),
    setOauth2SessionName: () => ({ __typename: 'SetOAuth2SessionNamePayload', status: 'UPDATED' }),
  },
});

export const client = new Client({
  url: endpoint,
  preferGetMethod: false,
  fetchOptions: { credentials: 'same-origin', headers },
  exchanges: [
    cache,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: follow(query, variables as Record<string, unknown>, (value) =>
            sink.next(value as never),
          ),
        }),
      }),
    }),
  ],
});
