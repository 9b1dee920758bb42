import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useMe } from '../account';
import { useAsk, useChange } from '../ask';
import { EndOtherSessionsDocument, EndSessionsDocument, SessionsDocument } from '../gql/graphql';
import { Dialog, Form } from '../parts/dialog';
import { Check } from '../parts/field';
import { DeviceSign, type SessionRow, agentName, appName, lastUsed, sessionName } from '../parts/session';
import { Empty, Failed, Loading } from '../parts/state';
import { Ago } from '../parts/time';
import { Title } from '../parts/title';
import { say } from '../parts/toast';
import { fullTime, t } from '../texts';

const PAGE = 50;

/** What there is in one list: browsers and apps, the last used first, this one before all. */
export function SessionsPage() {
  const me = useMe();
  const [last, setLast] = useState(PAGE);
  const { data, error, again } = useAsk(SessionsDocument, { last });
  const [picked, pick] = useState<ReadonlySet<string>>(new Set());
  const [ending, end] = useState<'picked' | 'others'>();
  const viewer = data?.viewer.__typename === 'User' ? data.viewer : undefined;
  if (!viewer) {
    return (
      <>
        <Title>{t('sessions-title')}</Title>
        {error ? <Failed error={error} again={again} /> : <Loading rows={5} />}
      </>
    );
  }
  const { browserSessions, appSessions } = viewer;
  const browsers = browserSessions.nodes.map(
    (row): SessionRow => ({ ...row, __typename: 'BrowserSession' }),
  );
  const rows = [...browsers, ...(appSessions.nodes as SessionRow[])]
    .filter((row) => !row.finishedAt)
    .sort((a, b) => lastUsed(b).localeCompare(lastUsed(a)));
  const here = rows.filter((row) => row.id === me.session);
  const others = rows.filter((row) => row.id !== me.session);
  const chosen = others.filter((row) => picked.has(row.id));
  const total = browserSessions.totalCount + appSessions.totalCount;
  const limit = me.site.sessionLimit?.softLimit;
  const toggle = (id: string) => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    pick(next);
  };
  return (
    <>
      <Title>{t('sessions-title')}</Title>
      <p class="lead">{t('sessions-lead')}</p>
      {limit !== undefined && <Limit limit={limit} count={appSessions.totalCount} />}
      <section class="panel">
        <h2>{t('sessions-here')}</h2>
        <ul class="rows">
          {here.map((row) => (
            <Row key={row.id} row={row} here />
          ))}
        </ul>
      </section>
      <section class="panel">
        <div class="panel-head">
          <h2>{t('sessions-others')}</h2>
          {others.length > 0 && (
            <button type="button" class="button button-danger" onClick={() => end('others')}>
              {t('sessions-end-others')}
            </button>
          )}
        </div>
        {others.length === 0 && (
          <Empty title={t('sessions-none')}>{t('sessions-none-text')}</Empty>
        )}
        <ul class="rows">
          {others.map((row) => (
            <Row
              key={row.id}
              row={row}
              picked={picked.has(row.id)}
              toggle={() => toggle(row.id)}
            />
          ))}
        </ul>
        {total > rows.length && (
          <button type="button" class="button button-quiet" onClick={() => setLast(last + PAGE)}>
            {t('more')}
          </button>
        )}
        {chosen.length > 0 && (
          <div class="bar-below">
            <p role="status">{t('sessions-picked', { count: chosen.length })}</p>
            <button type="button" class="button button-danger" onClick={() => end('picked')}>
              {t('sessions-end-picked')}
            </button>
          </div>
        )}
      </section>
      {ending === 'others' && <EndOthers close={() => end(undefined)} />}
      {ending === 'picked' && (
        <EndSessions
          rows={chosen}
          close={(done) => {
            end(undefined);
            if (done) pick(new Set());
          }}
        />
      )}
    </>
  );
}

/** Said before somebody is kept from signing in on another device. */
function Limit({ limit, count }: { limit: number; count: number }) {
  if (count >= limit) {
    return (
      <p class="notice notice-problem" role="alert">
        {t('sessions-limit', { limit })}
      </p>
    );
  }
  const near = count > 0 && count + Math.ceil(limit / 5) >= limit;
  return near ? <p class="notice">{t('sessions-limit-near', { count, limit })}</p> : null;
}

interface RowProps {
  row: SessionRow;
  here?: boolean;
  picked?: boolean;
  toggle?: () => void;
}

export function Row({ row, here, picked, toggle }: RowProps) {
  const name = sessionName(row);
  const what = [appName(row), agentName(row.userAgent)].filter((text) => text && text !== name);
  const kind = t(row.__typename === 'BrowserSession' ? 'kind-browser' : 'kind-app');
  return (
    <li class="row session">
      {toggle && (
        <input
          type="checkbox"
          aria-label={t('session-pick', { name })}
          checked={picked}
          onChange={toggle}
        />
      )}
      <DeviceSign session={row} />
      <div class="grow">
        <p class="row-title">
          <Link href={`/sessions/${row.id}`}>{name}</Link>
          {here && <span class="badge">{t('session-this')}</span>}
        </p>
        <p class="aside">{[kind, ...what].join(' · ')}</p>
        <p class="aside">{t('session-since', { time: fullTime(row.createdAt) })}</p>
        <p class="aside">
          {t('session-used')} <Ago when={lastUsed(row)} />
          {row.lastActiveIp && <> · {t('session-from', { address: row.lastActiveIp })}</>}
        </p>
      </div>
    </li>
  );
}

interface EndProps {
  rows: SessionRow[];
  close: (done: boolean) => void;
}

export function EndSessions({ rows, close }: EndProps) {
  const end = useChange(EndSessionsDocument);
  const [first] = rows;
  const count = rows.length;
  const apps = rows.some((row) => row.__typename !== 'BrowserSession');
  return (
    <Dialog title={t('end-title', { count })} close={() => close(false)}>
      <p>
        {count === 1 && first
          ? t('end-one', { name: sessionName(first) })
          : t('end-several', { count })}
      </p>
      {apps && <p class="aside">{t('end-keys')}</p>}
      <Form
        action={t('end-do', { count })}
        grave
        cancel={() => close(false)}
        submit={async () => {
          await end({ ids: rows.map((row) => row.id) });
          close(true);
          say(t('ended', { count }));
        }}
      />
    </Dialog>
  );
}

function EndOthers({ close }: { close: () => void }) {
  const end = useChange(EndOtherSessionsDocument);
  return (
    <Dialog title={t('end-others-title')} close={close}>
      <p>{t('end-others-text')}</p>
      <p class="aside">{t('end-keys')}</p>
      <Form
        action={t('sessions-end-others')}
        grave
        cancel={close}
        submit={async (fields) => {
          const answer = await end({ tokens: fields.get('tokens') !== null });
          close();
          say(t('ended', { count: answer.endOtherSessions.count }));
        }}
      >
        <Check name="tokens" label={t('end-others-tokens')} />
      </Form>
    </Dialog>
  );
}
