// How the pages ask the server and change things.

import {
  type AnyVariables,
  type CombinedError,
  type TypedDocumentNode,
  useMutation,
  useQuery,
} from '@urql/preact';
import { useEffect, useState } from 'preact/hooks';
import { connection, happened, refresh } from './client';

/** A query, shown from the cache at once and asked anew: now, and whenever something happens. */
export function useAsk<Answer, Variables extends AnyVariables>(
  query: TypedDocumentNode<Answer, Variables>,
  variables: Variables,
  pause = false,
) {
  const [state, ask] = useQuery({ query, variables, pause, requestPolicy: 'cache-and-network' });
  useEffect(
    () => (pause ? undefined : happened.listen(() => ask({ requestPolicy: 'network-only' }))),
    [ask, pause],
  );
  // What was shown stays while more is asked for.
  const [kept, keep] = useState<Answer>();
  useEffect(() => {
    if (state.data) keep(state.data);
  }, [state.data]);
  return {
    data: state.data ?? kept,
    error: state.error,
    again: () => ask({ requestPolicy: 'network-only' }),
  };
}

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
