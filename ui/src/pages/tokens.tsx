import { useState } from 'preact/hooks';
import { useMe } from '../account';
import { useAsk, useChange } from '../ask';
import {
  CreateTokenDocument,
  RegenerateTokenDocument,
  RevokeTokenDocument,
  type TokenRowFragment,
  TokensDocument,
} from '../gql/graphql';
import { Dialog, Form } from '../parts/dialog';
import { Check, Choice, Field, Owner, Password } from '../parts/field';
import { Empty, Failed, Loading } from '../parts/state';
import { Ago } from '../parts/time';
import { Title } from '../parts/title';
import { say } from '../parts/toast';
import { inPlainWords } from '../scopes';
import { fullDate, t } from '../texts';

const PAGE = 50;
const DAY = 86_400;

/** What a token can be allowed, as the server takes it. */
const OFFERED: [string, string][] = [
  ['urn:matrix:client:api:*', 'scope-matrix'],
  ['urn:mas:graphql:*', 'scope-account'],
  ['openid', 'scope-openid'],
  ['email', 'scope-email'],
];

const SPANS: [number, string][] = [
  [7 * DAY, 'span-week'],
  [30 * DAY, 'span-month'],
  [90 * DAY, 'span-quarter'],
  [365 * DAY, 'span-year'],
  [0, 'span-ever'],
];

type Doing =
  | { what: 'create' }
  | { what: 'renew' | 'revoke'; token: TokenRowFragment }
  | { what: 'show'; secret: string };

export function TokensPage() {
  const [last, setLast] = useState(PAGE);
  const { data, error, again } = useAsk(TokensDocument, { last });
  const [doing, set] = useState<Doing>();
  const close = () => set(undefined);
  const shown = (secret: string) => set({ what: 'show', secret });
  const viewer = data?.viewer.__typename === 'User' ? data.viewer : undefined;
  const tokens = viewer?.personalSessions;
  return (
    <>
      <Title>{t('tokens-title')}</Title>
      <p class="lead">{t('tokens-lead')}</p>
      {!tokens && (error ? <Failed error={error} again={again} /> : <Loading />)}
      {tokens && (
        <section class="panel">
          {tokens.totalCount === 0 && (
            <Empty title={t('tokens-none')}>{t('tokens-none-text')}</Empty>
          )}
          <ul class="rows">
            {tokens.nodes.toReversed().map((token) => (
              <Token key={token.id} token={token} act={set} />
            ))}
          </ul>
          {tokens.totalCount > tokens.nodes.length && (
            <button type="button" class="button button-quiet" onClick={() => setLast(last + PAGE)}>
              {t('more')}
            </button>
          )}
          <button
            type="button"
            class="button button-primary"
            onClick={() => set({ what: 'create' })}
          >
            {t('token-create')}
          </button>
        </section>
      )}
      {doing?.what === 'create' && <Creating close={close} shown={shown} />}
      {doing?.what === 'renew' && <Renewing token={doing.token} close={close} shown={shown} />}
      {doing?.what === 'revoke' && <Revoking token={doing.token} close={close} />}
      {doing?.what === 'show' && <Secret secret={doing.secret} close={close} />}
    </>
  );
}

function Token({ token, act }: { token: TokenRowFragment; act: (doing: Doing) => void }) {
  const expired = token.expiresAt && new Date(token.expiresAt).getTime() < Date.now();
  return (
    <li class="row">
      <div class="grow">
        <p class="row-title">
          {token.humanName}
          {expired && <span class="badge badge-problem">{t('token-expired')}</span>}
        </p>
        <ul class="words">
          {inPlainWords(token.scope).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
        <p class="aside">
          {token.expiresAt
            ? t('token-expires', { date: fullDate(token.expiresAt) })
            : t('token-forever')}
          {' · '}
          {token.lastActiveAt ? (
            <>
              {t('session-used')} <Ago when={token.lastActiveAt} />
              {token.lastActiveIp && <> · {t('session-from', { address: token.lastActiveIp })}</>}
            </>
          ) : (
            t('token-unused')
          )}
        </p>
      </div>
      <div class="row-actions">
        <button
          type="button"
          class="button button-secondary"
          aria-label={t('token-renew-label', { name: token.humanName })}
          onClick={() => act({ what: 'renew', token })}
        >
          {t('token-renew')}
        </button>
        <button
          type="button"
          class="button button-danger"
          aria-label={t('token-revoke-label', { name: token.humanName })}
          onClick={() => act({ what: 'revoke', token })}
        >
          {t('token-revoke')}
        </button>
      </div>
    </li>
  );
}

function PasswordWhereAsked() {
  const me = useMe();
  return me.asksForPassword ? (
    <>
      <Owner name={me.user.username} />
      <Password label={t('password-label')} name="password" autocomplete="current-password" />
    </>
  ) : null;
}

const Expiry = () => (
  <Choice label={t('token-expiry')} name="expiry">
    {SPANS.map(([seconds, label]) => (
      <option key={label} value={seconds} selected={seconds === 30 * DAY}>
        {t(label)}
      </option>
    ))}
  </Choice>
);

const expiryOf = (fields: FormData) => Number(fields.get('expiry')) || null;

interface MakingProps {
  close: () => void;
  shown: (secret: string) => void;
}

function Creating({ close, shown }: MakingProps) {
  const create = useChange(CreateTokenDocument);
  return (
    <Dialog title={t('token-create')} close={close}>
      <Form
        action={t('token-create-do')}
        cancel={close}
        submit={async (fields) => {
          const scope = fields.getAll('scope').join(' ');
          if (scope === '') return t('token-no-scope');
          const { createPersonalSession: answer } = await create({
            name: String(fields.get('name')).trim(),
            scope,
            expiresIn: expiryOf(fields),
            password: fields.get('password') as string | null,
          });
          if (answer.status === 'CREATED' && answer.accessToken) {
            shown(answer.accessToken);
            return undefined;
          }
          if (answer.violations?.length) return answer.violations.join(' ');
          return t(`token-${answer.status.toLowerCase().replaceAll('_', '-')}`);
        }}
      >
        <Field
          label={t('token-name')}
          hint={t('token-name-hint')}
          name="name"
          maxLength={256}
          required
          autocomplete="off"
        />
        <fieldset>
          <legend>{t('token-scopes')}</legend>
          {OFFERED.map(([scope, label]) => (
            <Check key={scope} name="scope" value={scope} label={t(label)} />
          ))}
        </fieldset>
        <Expiry />
        <PasswordWhereAsked />
      </Form>
    </Dialog>
  );
}

function Renewing({ token, close, shown }: MakingProps & { token: TokenRowFragment }) {
  const renew = useChange(RegenerateTokenDocument);
  return (
    <Dialog title={t('token-renew-title')} close={close}>
      <p>{t('token-renew-text', { name: token.humanName })}</p>
      <Form
        action={t('token-renew')}
        cancel={close}
        submit={async (fields) => {
          const { regeneratePersonalSession: answer } = await renew({
            id: token.id,
            expiresIn: expiryOf(fields),
            password: fields.get('password') as string | null,
          });
          if (answer.status === 'REGENERATED' && answer.accessToken) {
            shown(answer.accessToken);
            return undefined;
          }
          return t(`token-${answer.status.toLowerCase().replaceAll('_', '-')}`);
        }}
      >
        <Expiry />
        <PasswordWhereAsked />
      </Form>
    </Dialog>
  );
}

function Revoking({ token, close }: { token: TokenRowFragment; close: () => void }) {
  const revoke = useChange(RevokeTokenDocument);
  return (
    <Dialog title={t('token-revoke-title')} close={close}>
      <p>{t('token-revoke-text', { name: token.humanName })}</p>
      <Form
        action={t('token-revoke')}
        grave
        cancel={close}
        submit={async () => {
          await revoke({ id: token.id });
          close();
          say(t('token-revoked-now', { name: token.humanName }));
        }}
      />
    </Dialog>
  );
}

function Secret({ secret, close }: { secret: string; close: () => void }) {
  const [copied, setCopied] = useState(false);
  return (
    <Dialog title={t('token-made')} close={close}>
      <p>{t('token-made-text')}</p>
      <p class="secret">
        <code>{secret}</code>
      </p>
      <p role="status" class="aside">
        {copied ? t('copied') : t('token-once')}
      </p>
      <div class="actions">
        <button
          type="button"
          class="button button-primary"
          onClick={() => {
            void navigator.clipboard?.writeText(secret).then(() => setCopied(true));
          }}
        >
          {t('copy')}
        </button>
        <button type="button" class="button button-secondary" onClick={close}>
          {t('token-kept')}
        </button>
      </div>
    </Dialog>
  );
}
