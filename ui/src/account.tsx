// What all pages of somebody who is signed in share: who it is, the ways to the pages, and what
// happens meanwhile.

import { useSubscription } from '@urql/preact';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { useAsk, useConnection } from './ask';
import { refresh } from './events';
import { Frame } from './frame';
import { type AccountQuery, AccountDocument, LiveDocument } from './gql/graphql';
import { Failed, Loading } from './parts/state';
import { Title } from './parts/title';
import { say } from './parts/toast';
import { base } from './shell';
import { language, t } from './texts';

type User = Extract<AccountQuery['viewer'], { __typename: 'User' }>;

export interface Me {
  user: User;
  /** The id of the session of this browser. */
  session: string;
  site: AccountQuery['siteConfig'];
  /** Whether changes that matter ask for the password. */
  asksForPassword: boolean;
}

const MeContext = createContext<Me | undefined>(undefined);

export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error('outside of an account');
  return me;
}

export function Account({ children }: { children: ComponentChildren }) {
  const { data, error, again } = useAsk(AccountDocument, {});
  if (!data) {
    return <Frame>{error ? <Failed error={error} again={again} /> : <Loading />}</Frame>;
  }
  const { viewer, viewerSession, siteConfig } = data;
  if (viewer.__typename !== 'User' || viewerSession.__typename !== 'BrowserSession') {
    return (
      <Frame>
        <SignedOut />
      </Frame>
    );
  }
  const me: Me = {
    user: viewer,
    session: viewerSession.id,
    site: siteConfig,
    asksForPassword: viewer.hasPassword && siteConfig.passwordLoginEnabled,
  };
  return (
    <MeContext.Provider value={me}>
      <Frame navigation={<Navigation />}>
        <Live />
        {children}
      </Frame>
    </MeContext.Provider>
  );
}

function SignedOut() {
  return (
    <section class="panel narrow">
      <Title>{t('signed-out-title')}</Title>
      <p class="lead" role="status">
        {t('signed-out-text')}
      </p>
      <a class="button button-primary" href={`${base}/`}>
        {t('sign-in')}
      </a>
    </section>
  );
}

const WAYS: [string, string, (path: string) => boolean][] = [
  ['/', 'nav-profile', (path) => path === '/' || /^\/(emails|password|reset)/.test(path)],
  ['/sessions', 'nav-sessions', (path) => /^\/(sessions|devices|clients)/.test(path)],
  ['/tokens', 'nav-tokens', (path) => path.startsWith('/tokens')],
  ['/history', 'nav-history', (path) => path.startsWith('/history')],
];

function Navigation() {
  const [path] = useLocation();
  const { site } = useMe();
  const ways = site.planManagementIframeUri
    ? [...WAYS, ['/plan', 'nav-plan', (at: string) => at === '/plan'] as (typeof WAYS)[number]]
    : WAYS;
  return (
    <nav class="ways" aria-label={t('nav-label')}>
      <ul>
        {ways.map(([to, label, here]) => (
          <li key={to}>
            <Link href={to} aria-current={here(path) ? 'page' : undefined}>
              {t(label)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const POLL = 20_000;

/** Follows the account. Says what happened elsewhere; asks from time to time when it can't follow. */
function Live() {
  const me = useMe();
  const connection = useConnection();
  const [{ data }] = useSubscription({ query: LiveDocument, variables: { language } });
  const event = data?.history;
  useEffect(() => {
    if (!event) return;
    refresh();
    const here = event.session?.__typename === 'BrowserSession' && event.session.id === me.session;
    if (event.isNotable && !here) say(t('live-news', { what: event.title }), { to: '/history' });
  }, [event, me.session]);
  const lost = connection === 'lost';
  useEffect(() => {
    if (!lost) return undefined;
    const timer = setInterval(refresh, POLL);
    return () => clearInterval(timer);
  }, [lost]);
  return lost ? (
    <p class="notice" role="status">
      {t('live-lost', { seconds: POLL / 1000 })}
    </p>
  ) : null;
}
