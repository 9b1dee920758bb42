// Follows an account by graphql-sse, as an application would: POST, and the answers as they come.

import { createClient } from "graphql-sse";

const { URL: url, TOKEN: token, USER_ID: userId } = process.env;

const headers = { authorization: `Bearer ${token}` };

const client = createClient({ url, headers, retryAttempts: 0 });

const followed = client.iterate({
  query: "subscription { history { type } }",
});

async function mutate(query, variables) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const next = followed.next();
// The stream begins before this is answered only if it is given the time; what is missed then comes
// with the next attempt.
let told;
for (let attempt = 0; !told; attempt++) {
  await mutate(
    "mutation($input: SetDisplayNameInput!) { setDisplayName(input: $input) { status } }",
    { input: { userId, displayName: `Alice ${attempt}` } },
  );
  told = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 1000))]);
}
console.log(`told: ${told.value.data.history.type}`);

// The session that follows is ended, and the stream with it.
const viewer = await mutate("{ viewerSession { ... on Oauth2Session { id } } }");
await mutate(
  "mutation($input: EndOAuth2SessionInput!) { endOauth2Session(input: $input) { status } }",
  { input: { oauth2SessionId: viewer.viewerSession.id } },
);
for (let step = await followed.next(); !step.done; step = await followed.next());
console.log("ended");
