// What people call a session: where they signed in, and with what.

import type { AgentFragment, BrowserRowFragment, ClientNameFragment, ClientRowFragment, CompatRowFragment } from '../gql/graphql';
import { t } from '../texts';

export type SessionRow =
  | ({ __typename: 'BrowserSession' } & BrowserRowFragment)
  | ({ __typename: 'CompatSession' } & CompatRowFragment)
  | ({ __typename: 'Oauth2Session' } & ClientRowFragment);

/** "Firefox on Linux". */
export function agentName(agent: AgentFragment | null | undefined): string | undefined {
  const name = agent?.name ?? agent?.model ?? undefined;
  const system = agent?.os ?? undefined;
  if (name && system) return t('agent', { name, system });
  return name ?? system;
}

export const clientName = (client: ClientNameFragment): string =>
  client.clientName ?? (client.clientUri ? new URL(client.clientUri).host : t('app-unnamed'));

/** Of the app that the session is of; browsers have none. */
export function appName(session: SessionRow): string | undefined {
  switch (session.__typename) {
    case 'BrowserSession':
      return undefined;
    case 'CompatSession':
      return session.ssoLogin ? hostOf(session.ssoLogin.redirectUri) : t('app-matrix');
    case 'Oauth2Session':
      return clientName(session.client);
  }
}

function hostOf(uri: string): string {
  const { host, protocol } = new URL(uri);
  return host === '' ? protocol.replace(':', '') : host;
}

export function sessionName(session: SessionRow): string {
  const agent = agentName(session.userAgent);
  if (session.__typename === 'BrowserSession') return agent ?? t('browser-unknown');
  return session.humanName ?? appName(session) ?? agent ?? t('app-unnamed');
}

export function deviceId(session: SessionRow): string | undefined {
  if (session.__typename === 'CompatSession') return session.deviceId ?? undefined;
  if (session.__typename !== 'Oauth2Session') return undefined;
  const found = /urn:matrix:(?:client|org\.matrix\.msc2967\.client):device:(\S+)/.exec(session.scope);
  return found?.[1];
}

export const lastUsed = (session: SessionRow): string => session.lastActiveAt ?? session.createdAt;

/** A sign for the kind of device. */
export function DeviceSign({ session }: { session: SessionRow }) {
  const kind = session.userAgent?.deviceType ?? 'UNKNOWN';
  const phone = kind === 'MOBILE' || kind === 'TABLET';
  return (
    <span class="sign" aria-hidden="true">
      <svg viewBox="0 0 24 24" width="24" height="24">
        {phone ? (
          <path d="M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Zm3 15h2" />
        ) : session.__typename === 'BrowserSession' ? (
          <path d="M3 5h18v14H3zM3 9h18M6 7h.01M9 7h.01" />
        ) : (
          <path d="M4 5h16v11H4zM2 19h20" />
        )}
      </svg>
    </span>
  );
}
