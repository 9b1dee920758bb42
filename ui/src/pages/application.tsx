import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useAsk } from '../ask';
import { ApplicationDocument, ApplicationSessionsDocument } from '../gql/graphql';
import { type SessionRow, clientName } from '../parts/session';
import { Empty, Failed, Loading, Missing } from '../parts/state';
import { Title } from '../parts/title';
import { inPlainWords } from '../scopes';
import { t } from '../texts';
import { EndSessions, Row } from './sessions';

const AT_MOST = 100;

/** Who an application is, what it may do here, and where it does. */
export function ApplicationPage({ params }: { params: { id: string } }) {
  const { id } = params;
  const { data, error, again } = useAsk(ApplicationDocument, { id });
  const mine = useAsk(ApplicationSessionsDocument, { id, last: AT_MOST });
  const [ending, end] = useState(false);
  if (!data) return error ? <Failed error={error} again={again} /> : <Loading rows={5} />;
  const client = data.oauth2Client;
  if (!client) return <Missing />;
  const name = clientName(client);
  const viewer = mine.data?.viewer.__typename === 'User' ? mine.data.viewer : undefined;
  const rows = (viewer?.oauth2Sessions.nodes ?? []).map(
    (row): SessionRow => ({ ...row, __typename: 'Oauth2Session' }),
  );
  const scopes = rows.flatMap((row) => (row.__typename === 'Oauth2Session' ? [row.scope] : []));
  const words = inPlainWords(scopes.join(' '));
  const links: [string, string | null | undefined][] = [
    ['app-website', client.clientUri],
    ['app-terms', client.tosUri],
    ['app-policy', client.policyUri],
  ];
  const known = links.filter(([, uri]) => uri);
  return (
    <>
      <p class="back">
        <Link href="/sessions">{t('back-sessions')}</Link>
      </p>
      <section class="panel">
        <div class="party">
          <span class="avatar avatar-client" aria-hidden="true">
            {name.charAt(0).toUpperCase()}
          </span>
          <div>
            <Title>{name}</Title>
            <p class="party-detail">
              {t(client.applicationType === 'NATIVE' ? 'app-native' : 'app-web')}
            </p>
          </div>
        </div>
        {known.length > 0 && (
          <ul class="links">
            {known.map(([label, uri]) => (
              <li key={label}>
                <a href={uri ?? undefined} target="_blank" rel="noreferrer">
                  {t(label)}
                </a>
              </li>
            ))}
          </ul>
        )}
        {words.length > 0 && (
          <>
            <h2>{t('fact-scopes')}</h2>
            <ul class="permissions">
              {words.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </>
        )}
      </section>
      <section class="panel">
        <div class="panel-head">
          <h2>{t('app-sessions')}</h2>
          {rows.length > 0 && (
            <button type="button" class="button button-danger" onClick={() => end(true)}>
              {t('app-end')}
            </button>
          )}
        </div>
        {viewer && rows.length === 0 && <Empty title={t('app-none')} />}
        <ul class="rows">
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </ul>
      </section>
      {ending && <EndSessions rows={rows} close={() => end(false)} />}
    </>
  );
}
