import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { useMe } from '../account';
import { useAsk, useChange } from '../ask';
import {
  EndSessionsDocument,
  type HistoryCategory,
  HistoryDocument,
  type HistoryRowFragment,
  type SessionLinkFragment,
} from '../gql/graphql';
import { Dialog, Form } from '../parts/dialog';
import { Check, Choice } from '../parts/field';
import { agentName, clientName } from '../parts/session';
import { Empty, Failed, Loading } from '../parts/state';
import { say } from '../parts/toast';
import { clockTime, day, fullTime, language, t } from '../texts';

const PAGE = 30;
const AT_MOST = 480;

const CATEGORIES: HistoryCategory[] = [
  'SIGN_IN',
  'SESSION',
  'PASSWORD',
  'EMAIL',
  'PROFILE',
  'APPLICATION',
  'TOKEN',
  'ACCOUNT',
];

/** What happened to the account, the newest first, day by day. */
export function HistoryPage() {
  const [category, setCategory] = useState('');
  const [notable, setNotable] = useState(false);
  const [last, setLast] = useState(PAGE);
  const [doubted, doubt] = useState<HistoryRowFragment>();
  const categories = category ? [category as HistoryCategory] : null;
  const { data, error, again } = useAsk(HistoryDocument, { last, categories, language });
  const viewer = data?.viewer.__typename === 'User' ? data.viewer : undefined;
  const events = (viewer?.history.nodes ?? [])
    .filter((event) => !notable || event.isNotable)
    .toReversed();
  const days = new Map<string, HistoryRowFragment[]>();
  for (const event of events) {
    const name = day(event.createdAt);
    days.set(name, [...(days.get(name) ?? []), event]);
  }
  return (
    <>
      <h1>{t('history-title')}</h1>
      <p class="lead">{t('history-lead')}</p>
      <section class="panel filters" aria-label={t('history-filters')}>
        <Choice
          label={t('history-category')}
          name="category"
          value={category}
          onPick={(value) => {
            setCategory(value);
            setLast(PAGE);
          }}
        >
          <option value="">{t('history-all')}</option>
          {CATEGORIES.map((name) => (
            <option key={name} value={name}>
              {t(`category-${name.toLowerCase().replaceAll('_', '-')}`)}
            </option>
          ))}
        </Choice>
        <Check
          name="notable"
          label={t('history-notable')}
          checked={notable}
          onChange={(event) => setNotable(event.currentTarget.checked)}
        />
      </section>
      {!viewer && (error ? <Failed error={error} again={again} /> : <Loading rows={5} />)}
      {viewer && events.length === 0 && (
        <section class="panel">
          <Empty title={t('history-none')} />
        </section>
      )}
      {[...days].map(([name, those]) => (
        <section key={name} class="panel">
          <h2>{name}</h2>
          <ol class="timeline">
            {those.map((event) => (
              <Event key={event.id} event={event} doubt={() => doubt(event)} />
            ))}
          </ol>
        </section>
      ))}
      {viewer?.history.pageInfo.hasPreviousPage && last < AT_MOST && (
        <button
          type="button"
          class="button button-secondary"
          onClick={() => setLast(last + PAGE)}
        >
          {t('history-earlier')}
        </button>
      )}
      {doubted && <NotMe event={doubted} close={() => doubt(undefined)} />}
    </>
  );
}

/** Where the session that it is about can be looked at. */
function pathOf(session: SessionLinkFragment | null | undefined): string | undefined {
  if (!session || session.__typename === 'PersonalSession') return undefined;
  return `/sessions/${session.id}`;
}

/** From the event itself, or else from the session. */
function origin(event: HistoryRowFragment): string[] {
  const sessions = [event.target, event.session].filter(
    (session) => session && session.__typename !== 'PersonalSession',
  );
  const first = sessions[0];
  const agent =
    agentName(event.userAgent) ??
    (first && first.__typename !== 'PersonalSession' ? agentName(first.userAgent) : undefined);
  const client = event.client ? clientName(event.client) : undefined;
  return [client, agent, event.ipAddress ?? undefined].filter((text) => text !== undefined);
}

function Event({ event, doubt }: { event: HistoryRowFragment; doubt: () => void }) {
  const path = pathOf(event.target ?? event.session);
  const by = event.actor.kind;
  return (
    <li class={event.isNotable ? 'event notable' : 'event'}>
      <time dateTime={event.createdAt} title={fullTime(event.createdAt)}>
        {clockTime(event.createdAt)}
      </time>
      <div class="grow">
        <p class="row-title">
          {event.title}
          {event.isNotable && <span class="badge badge-notice">{t('notable')}</span>}
        </p>
        {event.details && <p>{event.details}</p>}
        <p class="aside">
          {[by === 'SELF' ? undefined : t(`by-${by.toLowerCase()}`), ...origin(event)]
            .filter(Boolean)
            .join(' · ')}
        </p>
        <p class="event-links">
          {path && <Link href={path}>{t('history-session')}</Link>}
          {event.isNotable && (
            <button type="button" class="link" onClick={doubt}>
              {t('not-me')}
            </button>
          )}
        </p>
      </div>
    </li>
  );
}

/** Ends what somebody else may be in, and leads on to a new password. */
function NotMe({ event, close }: { event: HistoryRowFragment; close: () => void }) {
  const me = useMe();
  const [, navigate] = useLocation();
  const end = useChange(EndSessionsDocument);
  const over = (session: SessionLinkFragment) =>
    session.__typename === 'PersonalSession' ? session.revokedAt : session.finishedAt;
  const sessions = [event.target, event.session].filter(
    (session): session is SessionLinkFragment =>
      session !== null && session !== undefined && !over(session) && session.id !== me.session,
  );
  const ids = [...new Set(sessions.map((session) => session.id))];
  const canChange = me.user.hasPassword && me.site.passwordChangeAllowed;
  return (
    <Dialog title={t('not-me-title')} close={close}>
      <p>
        {event.title}, {fullTime(event.createdAt)}
      </p>
      <ol class="reasons">
        <li>{t(ids.length > 0 ? 'not-me-ends' : 'not-me-no-session')}</li>
        <li>{t(canChange ? 'not-me-password' : 'not-me-no-password')}</li>
        <li>{t('not-me-look')}</li>
      </ol>
      <Form
        action={t(ids.length > 0 ? 'not-me-do' : 'continue')}
        grave={ids.length > 0}
        cancel={close}
        submit={async () => {
          if (ids.length > 0) {
            await end({ ids });
            say(t('ended', { count: ids.length }));
          }
          close();
          navigate(canChange ? '/password/change' : '/sessions');
        }}
      />
    </Dialog>
  );
}
