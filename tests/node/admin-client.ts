// What an operator's tool does with a client made of the committed document: it knows everybody, locks
// one account and ends all its sessions.

import createClient from 'openapi-fetch';
import type { components, paths } from './admin.js';

declare const process: { env: Record<string, string | undefined> };

const { BASE, TOKEN, NAME } = process.env;
const client = createClient<paths>({
  baseUrl: BASE ?? '',
  headers: { Authorization: `Bearer ${TOKEN}` },
});

type Refusal = components['schemas']['ErrorResponse'];

/** What was answered, unless it was refused. */
function good<T>(answer: { data?: T; error?: Refusal }): T {
  if (answer.data === undefined) {
    throw new Error(answer.error?.errors.map((one) => one.title).join(', '));
  }
  return answer.data;
}

/** Everybody, page by page. */
async function* users() {
  let after: string | undefined;
  do {
    const page = good(
      await client.GET('/api/admin/v1/users', {
        params: { query: { 'page[first]': 2, 'page[after]': after, count: 'false' } },
      }),
    );
    yield* page.data ?? [];
    after = page.links.next ? page.data?.at(-1)?.meta?.page?.cursor : undefined;
  } while (after);
}

/** Ends what goes on of one kind; how much that was. */
async function end<T extends { id: string }>(
  list: () => Promise<{ data?: { data?: T[] | null }; error?: Refusal }>,
  finish: (id: string) => Promise<{ data?: unknown; error?: Refusal }>,
): Promise<number> {
  let ended = 0;
  for (;;) {
    // What has ended leaves the list.
    const going = good(await list()).data ?? [];
    if (going.length === 0) {
      return ended;
    }
    for (const session of going) {
      good(await finish(session.id));
      ended += 1;
    }
  }
}

const everybody = [];
for await (const user of users()) {
  everybody.push(user);
}
console.log(everybody.map((user) => user.attributes.username).join(' '));

const found = everybody.find((user) => user.attributes.username === NAME);
if (!found) {
  throw new Error(`nobody is called ${NAME}`);
}
const path = (id: string) => ({ params: { path: { id } } });
const locked = good(await client.POST('/api/admin/v1/users/{id}/lock', path(found.id)));
console.log(`locked ${locked.data.attributes.locked_at !== null}`);

const theirs = { 'filter[user]': found.id, 'filter[status]': 'active' } as const;
console.log(
  await end(
    () => client.GET('/api/admin/v1/user-sessions', { params: { query: theirs } }),
    (id) => client.POST('/api/admin/v1/user-sessions/{id}/finish', path(id)),
  ),
  await end(
    () => client.GET('/api/admin/v1/oauth2-sessions', { params: { query: theirs } }),
    (id) => client.POST('/api/admin/v1/oauth2-sessions/{id}/finish', path(id)),
  ),
  await end(
    () => client.GET('/api/admin/v1/compat-sessions', { params: { query: theirs } }),
    (id) => client.POST('/api/admin/v1/compat-sessions/{id}/finish', path(id)),
  ),
  await end(
    () =>
      client.GET('/api/admin/v1/personal-sessions', {
        params: { query: { 'filter[actor_user]': found.id, 'filter[status]': 'active' } },
      }),
    (id) => client.POST('/api/admin/v1/personal-sessions/{id}/revoke', path(id)),
  ),
);
