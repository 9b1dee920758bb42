// The way to the server: queries and changes by POST, what happens meanwhile by server-sent events.
// All answers share one cache, so that a page shows at once what another has learnt; whatever is
// shown is asked for again when something has happened.

import { type Cache, type Data, cacheExchange } from '@urql/exchange-graphcache';
import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/preact';
import { follow } from './events';
import matcher from './gql/possible-types';
import { endpoint } from './shell';
import { headers } from './texts';

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

const options = {
  url: endpoint,
  preferGetMethod: false,
  fetchOptions: { credentials: 'same-origin' as const, headers },
};

export const client = new Client({
  ...options,
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

/** Keeps nothing: for what there is no end of. */
export const passing = new Client({ ...options, exchanges: [fetchExchange] });
