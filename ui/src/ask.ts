// How the pages ask the server and change things.

import {
  type AnyVariables,
  type CombinedError,
  type TypedDocumentNode,
  useMutation,
  useQuery,
} from '@urql/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { connection, happened, refresh } from './events';

/** A query, shown from the cache at once and asked anew: now, and whenever something happens. */
export function useAsk<Answer, Variables extends AnyVariables>(
  query: TypedDocumentNode<Answer, Variables>,
  variables: Variables,
) {
  const [state, ask] = useQuery({ query, variables, requestPolicy: 'cache-and-network' });
  // An answer that is on its way may be older than what has happened: it is asked for once more.
  const busy = useRef(false);
  const missed = useRef(false);
  busy.current = state.fetching || state.stale;
  useEffect(
    () =>
      happened.listen(() => {
        if (busy.current) missed.current = true;
        else ask({ requestPolicy: 'network-only' });
      }),
    [ask],
  );
  useEffect(() => {
    if (busy.current || !missed.current) return;
    missed.current = false;
    ask({ requestPolicy: 'network-only' });
  }, [state, ask]);
  // What was shown stays while more is asked for.
  const [kept, keep] = useState<Answer>();
  useEffect(() => {
    if (state.data) keep(state.data);
  }, [state.data]);
  return {
    data: state.data ?? kept,
    /** Whether what is shown is not yet what is asked for. */
    waiting: !state.data || !same(state.operation?.variables, variables),
    error: state.error,
    again: () => ask({ requestPolicy: 'network-only' }),
  };
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** A change. What it led to is asked for afterwards. Throws when the server can't be reached. */
export function useChange<Answer, Variables extends AnyVariables>(
  mutation: TypedDocumentNode<Answer, Variables>,
) {
  const [, run] = useMutation(mutation);
  return async (variables: Variables): Promise<Answer> => {
    const { data, error } = await run(variables);
    if (error || !data) throw error ?? new Error('no answer');
    refresh();
    return data;
  };
}

export function useConnection() {
  const [value, set] = useState(connection.value);
  useEffect(() => connection.listen(() => set(connection.value)), []);
  return value;
}

/** Whether the server was not reached at all. */
export const unreachable = (error: unknown): boolean =>
  (error as CombinedError | undefined)?.networkError !== undefined;
