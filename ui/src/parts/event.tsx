// Something that happened to the account, as a row of its history.

import { Link } from 'wouter-preact';
import type { HistoryRowFragment, SessionLinkFragment } from '../gql/graphql';
import { clockTime, fullTime, t } from '../texts';
import { agentName, clientName } from './session';

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
  const named = event.client?.clientName || event.client?.clientUri;
  const client = event.client && named ? clientName(event.client) : undefined;
  const address = event.ipAddress && t('history-address', { address: event.ipAddress });
  return [client, agent, address].filter((text): text is string => Boolean(text));
}

export function Event({ event, doubt }: { event: HistoryRowFragment; doubt: () => void }) {
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
