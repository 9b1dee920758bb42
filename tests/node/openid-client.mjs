// What an application does that uses the openid-client package as its documentation says. The browser
// is played by plain requests with the cookie of a session.

import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { exportJWK } from 'jose';

const { ISSUER, SESSION_COOKIE, PUBLIC_ID, REDIRECT_URI } = process.env;
const insecure = { execute: [client.allowInsecureRequests] };

/** Sends the form of a page, as a browser would; the answer. */
async function submit(url, fields) {
  const page = await fetch(url, { headers: { cookie: SESSION_COOKIE }, redirect: 'manual' });
  assert.equal(page.status, 200, `${url} answers ${page.status}`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())[1];
  const cookies = page.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  const cookie = [SESSION_COOKIE, ...cookies.filter((one) => one.startsWith('csrf='))].join('; ');
  return fetch(url, {
    method: 'POST',
    headers: { cookie },
    body: new URLSearchParams({ csrf, ...fields }),
    redirect: 'manual',
  });
}

function location(response) {
  assert.equal(response.status, 303, `${response.url} answers ${response.status}`);
  return new URL(response.headers.get('location'), ISSUER);
}

async function codeFlow(config) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const request = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const asked = await fetch(request, { headers: { cookie: SESSION_COOKIE }, redirect: 'manual' });
  const callback = location(await submit(location(asked), { action: 'consent' }));
  return client.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
}

async function deviceFlow(config) {
  const device = await client.initiateDeviceAuthorization(config, { scope: 'openid' });
  const page = location(await submit(device.verification_uri, { code: device.user_code }));
  const granted = await submit(page, { action: 'consent', confirm_device: 'on' });
  assert.equal(granted.status, 200);
  return client.pollDeviceAuthorizationGrant(config, { ...device, interval: 0 });
}

async function registered() {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const response = await fetch(new URL('oauth2/registration', ISSUER), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_uri: 'https://example.com/',
      redirect_uris: ['https://example.com/callback'],
      grant_types: ['authorization_code', 'client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one' }] },
    }),
  });
  assert.equal(response.status, 201);
  const { client_id } = await response.json();
  return client.discovery(
    new URL(ISSUER),
    client_id,
    undefined,
    client.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' }),
    insecure,
  );
}

const config = await client.discovery(
  new URL(ISSUER),
  PUBLIC_ID,
  undefined,
  client.None(),
  insecure,
);
const tokens = await codeFlow(config);
const { sub } = tokens.claims();
assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub)).username, 'alice');
const next = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(next.access_token, tokens.access_token);
assert.equal((await client.fetchUserInfo(config, next.access_token, sub)).sub, sub);

const device = await deviceFlow(config);
assert.equal(device.claims().sub, sub);

const signing = await registered();
assert.ok((await client.clientCredentialsGrant(signing, { scope: 'openid' })).access_token);
assert.equal((await client.tokenIntrospection(signing, next.access_token)).username, 'alice');
await client.tokenRevocation(config, next.access_token);
assert.equal((await client.tokenIntrospection(signing, next.access_token)).active, false);
console.log('done');
