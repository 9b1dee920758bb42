import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { useMe } from '../account';
import { useAsk, useChange } from '../ask';
import {
  NameClientSessionDocument,
  NameCompatSessionDocument,
  SessionDocument,
} from '../gql/graphql';
import { Form } from '../parts/dialog';
import { Field } from '../parts/field';
import { useReturn } from '../parts/focus';
import {
  DeviceSign,
  type SessionRow,
  agentName,
  appName,
  deviceId,
  lastUsed,
  sessionName,
} from '../parts/session';
import { Failed, Loading, Missing } from '../parts/state';
import { Ago } from '../parts/time';
import { Title } from '../parts/title';
import { say } from '../parts/toast';
import { inPlainWords } from '../scopes';
import { fullTime, t } from '../texts';
import { EndSessions } from './sessions';

export function SessionPage({ params }: { params: { id: string } }) {
  const me = useMe();
  const [, navigate] = useLocation();
  const { data, error, again } = useAsk(SessionDocument, { id: params.id });
  const [ending, end] = useState(false);
  const [naming, name] = useState(false);
  const opener = useReturn(naming);
  if (!data) return error ? <Failed error={error} again={again} /> : <Loading rows={5} />;
  const found = data.node;
  const kinds = ['BrowserSession', 'CompatSession', 'Oauth2Session'];
  if (!found || !kinds.includes(found.__typename)) return <Missing />;
  const row = found as SessionRow;
  const device = deviceId(row);
  const agent = agentName(row.userAgent);
  const app = appName(row);
  const here = row.id === me.session;
  return (
    <>
      <p class="back">
        <Link href="/sessions">{t('back-sessions')}</Link>
      </p>
      <section class="panel">
        <div class="party">
          <DeviceSign session={row} />
          <div>
            <Title>{sessionName(row)}</Title>
            <p class="party-detail">
              {t(row.__typename === 'BrowserSession' ? 'kind-browser' : 'kind-app')}
              {here && <span class="badge">{t('session-this')}</span>}
            </p>
          </div>
        </div>
        {row.finishedAt && (
          <p class="notice" role="status">
            {t('session-ended', { time: fullTime(row.finishedAt) })}
          </p>
        )}
        {naming && row.__typename !== 'BrowserSession' ? (
          <Naming row={row} close={() => name(false)} />
        ) : (
          <dl class="facts">
            {app && (
              <>
                <dt>{t('fact-app')}</dt>
                <dd>
                  {row.__typename === 'Oauth2Session' ? (
                    <Link href={`/clients/${row.client.id}`}>{app}</Link>
                  ) : (
                    app
                  )}
                </dd>
              </>
            )}
            {agent && (
              <>
                <dt>{t('fact-device')}</dt>
                <dd>{agent}</dd>
              </>
            )}
            {device && (
              <>
                <dt>{t('fact-device-id')}</dt>
                <dd>
                  <code>{device}</code>
                </dd>
              </>
            )}
            <dt>{t('fact-signed-in')}</dt>
            <dd>{fullTime(row.createdAt)}</dd>
            <dt>{t('fact-used')}</dt>
            <dd>
              <Ago when={lastUsed(row)} />
            </dd>
            <dt>{t('fact-address')}</dt>
            <dd>
              {row.lastActiveIp ?? t('address-unknown')}
              {row.lastActiveIp && <p class="aside">{t('address-hint')}</p>}
            </dd>
          </dl>
        )}
        {row.__typename === 'Oauth2Session' && (
          <>
            <h2>{t('fact-scopes')}</h2>
            <ul class="permissions">
              {inPlainWords(row.scope).map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          </>
        )}
        {!row.finishedAt && (
          <div class="actions">
            {row.__typename !== 'BrowserSession' && !naming && (
              <button
                ref={opener}
                type="button"
                class="button button-secondary"
                onClick={() => name(true)}
              >
                {t('rename')}
              </button>
            )}
            {!here && (
              <button type="button" class="button button-danger" onClick={() => end(true)}>
                {t('end-this')}
              </button>
            )}
            {here && <p class="aside">{t('session-this-text')}</p>}
          </div>
        )}
      </section>
      {ending && (
        <EndSessions
          rows={[row]}
          close={(done) => {
            end(false);
            if (done) navigate('/sessions');
          }}
        />
      )}
    </>
  );
}

type NamedRow = Exclude<SessionRow, { __typename: 'BrowserSession' }>;

function Naming({ row, close }: { row: NamedRow; close: () => void }) {
  const nameCompat = useChange(NameCompatSessionDocument);
  const nameClient = useChange(NameClientSessionDocument);
  const before = sessionName(row);
  const rename = async (to: string) => {
    const variables = { id: row.id, name: to };
    const { status } =
      row.__typename === 'CompatSession'
        ? (await nameCompat(variables)).setCompatSessionName
        : (await nameClient(variables)).setOauth2SessionName;
    return status === 'UPDATED';
  };
  const undo = async () => t((await rename(before)) ? 'undone' : 'undo-failed');
  return (
    <Form
      action={t('save')}
      opened
      cancel={close}
      submit={async (fields) => {
        if (!(await rename(String(fields.get('name')).trim()))) return t('missing-title');
        close();
        say(t('renamed'), { undo });
        return undefined;
      }}
    >
      <Field
        label={t('session-name')}
        hint={t('session-name-hint')}
        name="name"
        defaultValue={before}
        maxLength={256}
        required
        autocomplete="off"
      />
    </Form>
  );
}
