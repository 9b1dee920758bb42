import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useMe } from '../account';
import { useAsk, useChange } from '../ask';
import {
  DeleteAccountDocument,
  MatrixProfileDocument,
  SetDisplayNameDocument,
  SignOutDocument,
} from '../gql/graphql';
import { Dialog, Form } from '../parts/dialog';
import { Check, Field, Owner, Password } from '../parts/field';
import { useReturn } from '../parts/focus';
import { Title } from '../parts/title';
import { say } from '../parts/toast';
import { base } from '../shell';
import { t } from '../texts';
import { Emails } from './emails';

export function ProfilePage() {
  const { user, site } = useMe();
  return (
    <>
      <Title>{t('profile-title')}</Title>
      <Names />
      <Emails />
      <section class="panel">
        <h2>{t('security-title')}</h2>
        <ul class="rows">
          <li class="row">
            <div>
              <p class="row-title">{t('password-title')}</p>
              <p class="aside">{t(user.hasPassword ? 'password-set' : 'password-none')}</p>
            </div>
            {user.hasPassword && site.passwordChangeAllowed && site.passwordLoginEnabled && (
              <Link class="button button-secondary" href="/password/change">
                {t('password-change-title')}
              </Link>
            )}
          </li>
          <li class="row">
            <div>
              <p class="row-title">{t('cross-signing-title')}</p>
              <p class="aside">{t('cross-signing-short')}</p>
            </div>
            <Link class="button button-secondary" href="/reset-cross-signing">
              {t('cross-signing-open')}
            </Link>
          </li>
        </ul>
      </section>
      <Leaving />
    </>
  );
}

function Names() {
  const { user, site } = useMe();
  const { data, error } = useAsk(MatrixProfileDocument, {});
  const set = useChange(SetDisplayNameDocument);
  const [editing, edit] = useState(false);
  const opener = useReturn(editing);
  const matrix = data?.viewer.__typename === 'User' ? data.viewer.matrix : undefined;
  const name = matrix?.displayName ?? '';
  const rename = async (displayName: string) => {
    const answer = await set({ userId: user.id, displayName: displayName || null });
    return answer.setDisplayName.status === 'SET';
  };
  const undo = async () => t((await rename(name)) ? 'undone' : 'undo-failed');
  return (
    <section class="panel">
      <div class="party">
        <span class="avatar" aria-hidden="true">
          {(name || user.username).charAt(0).toUpperCase()}
        </span>
        <div>
          <p class="party-name">{name || user.username}</p>
          <p class="party-detail address">
            {matrix?.mxid ?? `@${user.username}:${site.serverName}`}
          </p>
        </div>
        {site.displayNameChangeAllowed && matrix && !editing && (
          <button
            ref={opener}
            type="button"
            class="button button-secondary end"
            onClick={() => edit(true)}
          >
            {t('name-edit')}
          </button>
        )}
      </div>
      {error && !matrix && <p class="notice">{t('homeserver-silent')}</p>}
      {editing && (
        <Form
          action={t('save')}
          opened
          cancel={() => edit(false)}
          submit={async (fields) => {
            const wanted = String(fields.get('name')).trim();
            if (!(await rename(wanted))) return t('name-invalid');
            edit(false);
            say(t('name-changed'), { undo });
            return undefined;
          }}
        >
          <Field
            label={t('name-label')}
            hint={t('name-hint')}
            name="name"
            defaultValue={name}
            maxLength={256}
            autocomplete="nickname"
          />
        </Form>
      )}
    </section>
  );
}

function Leaving() {
  const me = useMe();
  const signOut = useChange(SignOutDocument);
  const remove = useChange(DeleteAccountDocument);
  const [asking, ask] = useState(false);
  const name = `@${me.user.username}:${me.site.serverName}`;
  return (
    <section class="panel">
      <h2>{t('leaving-title')}</h2>
      <ul class="rows">
        <li class="row">
          <p class="aside">{t('sign-out-text')}</p>
          <Form
            action={t('sign-out')}
            minor
            submit={async () => {
              await signOut({ id: me.session });
              location.assign(`${base}/`);
            }}
          />
        </li>
        {me.site.accountDeactivationAllowed && (
          <li class="row">
            <p class="aside">{t('delete-short')}</p>
            <button type="button" class="button button-danger" onClick={() => ask(true)}>
              {t('delete-open')}
            </button>
          </li>
        )}
      </ul>
      {asking && (
        <Dialog title={t('delete-title')} close={() => ask(false)}>
          <p>{t('delete-means')}</p>
          <ul class="reasons">
            <li>{t('delete-sessions')}</li>
            <li>{t('delete-data')}</li>
            <li>{t('delete-name', { name: me.user.username })}</li>
            <li>{t('delete-forever')}</li>
          </ul>
          <Form
            action={t('delete-do')}
            grave
            cancel={() => ask(false)}
            submit={async (fields) => {
              if (!me.asksForPassword && fields.get('name') !== name) return t('delete-mistyped');
              const answer = await remove({
                erase: fields.get('erase') !== null,
                password: (fields.get('password') as string | null) ?? null,
              });
              if (answer.deactivateUser.status === 'INCORRECT_PASSWORD') return t('password-wrong');
              location.assign(`${base}/`);
              return undefined;
            }}
          >
            <Check name="erase" label={t('delete-erase')} />
            {me.asksForPassword ? (
              <>
                <Owner name={me.user.username} />
                <Password
                  label={t('password-label')}
                  name="password"
                  autocomplete="current-password"
                />
              </>
            ) : (
              <Field label={t('delete-type', { name })} name="name" required autocomplete="off" />
            )}
          </Form>
        </Dialog>
      )}
    </section>
  );
}
