// Which page is at which address (the paths below the account root that links and mails know).

import type { ComponentType } from 'preact';
import { Redirect, Route, Router, Switch, useLocation, useSearch } from 'wouter-preact';
import { Account } from './account';
import { Frame } from './frame';
import { ApplicationPage } from './pages/application';
import { CrossSigningPage } from './pages/cross-signing';
import { DevicePage } from './pages/device';
import { EmailPage } from './pages/email';
import { HistoryPage } from './pages/history';
import { ChangePasswordPage } from './pages/password-change';
import { RecoveryPage } from './pages/password-recovery';
import { PlanPage } from './pages/plan';
import { ProfilePage } from './pages/profile';
import { SessionPage } from './pages/session';
import { SessionsPage } from './pages/sessions';
import { TokensPage } from './pages/tokens';
import { useArrival, useFocusKept } from './parts/focus';
import { Missing } from './parts/state';
import { base } from './shell';

const PAGES: [string, ComponentType<{ params: { id: string; outcome?: string } }>][] = [
  ['/', Start],
  ['/sessions', SessionsPage],
  ['/sessions/browsers', SessionsPage],
  ['/sessions/:id', SessionPage],
  ['/devices/:id', DevicePage],
  ['/clients/:id', ApplicationPage],
  ['/tokens', TokensPage],
  ['/history', HistoryPage],
  ['/emails/:id/verify', EmailPage],
  ['/emails/:id/in-use', EmailPage],
  ['/password/change', ChangePasswordPage],
  ['/password/change/success', ChangePasswordPage],
  ['/reset-cross-signing', CrossSigningPage],
  ['/reset-cross-signing/:outcome', CrossSigningPage],
  ['/plan', PlanPage],
];

/** Where a link of an application leads: `?action=…&device_id=…`. */
function destination(search: string): string | undefined {
  const query = new URLSearchParams(search);
  const device = query.get('device_id');
  switch (query.get('action')?.replace('org.matrix.', '')) {
    case 'devices_list':
    case 'sessions_list':
      return '/sessions';
    case 'device_view':
    case 'session_view':
    case 'device_delete':
    case 'session_end':
      return device ? `/devices/${encodeURIComponent(device)}` : '/sessions';
    case 'cross_signing_reset':
      return '/reset-cross-signing?deepLink=true';
    case 'plan_management':
      return '/plan';
    default:
      return undefined;
  }
}

function Start() {
  const target = destination(useSearch());
  return target ? <Redirect to={target} replace /> : <ProfilePage />;
}

/** On the way from page to page. */
function Focus() {
  const [path] = useLocation();
  useArrival(path);
  useFocusKept();
  return null;
}

export function App() {
  return (
    <Router base={base}>
      <Focus />
      <Switch>
        <Route path="/password/recovery">
          <Frame>
            <RecoveryPage />
          </Frame>
        </Route>
        <Route>
          <Account>
            <Switch>
              {PAGES.map(([path, page]) => (
                <Route key={path} path={path} component={page as never} />
              ))}
              <Route>
                <Missing />
              </Route>
            </Switch>
          </Account>
        </Route>
      </Switch>
    </Router>
  );
}
