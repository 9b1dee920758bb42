import { Provider } from '@urql/preact';
import { useState } from 'preact/hooks';
import { Link, useLocation, useSearchParams } from 'wouter-preact';
import { useAsk } from '../ask';
import { client, passing } from '../client';
import { type HistoryCategory, HistoryDocument, type HistoryRowFragment } from '../gql/graphql';
import { Event } from '../parts/event';
import { Check, Choice } from '../parts/field';
import { useArrival } from '../parts/focus';
import { Empty, Failed, Loading } from '../parts/state';
import { Title } from '../parts/title';
import { day, language, t } from '../texts';
import { NotMe } from './not-me';

const PAGE = 50;

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

/** What is looked at, as the address says it: the newest, or what is before or after an event. */
interface View {
  category?: HistoryCategory | undefined;
  notable?: boolean;
  before?: string | undefined;
  after?: string | undefined;
}

function pathTo({ category, notable, before, after }: View): string {
  const query = new URLSearchParams();
  if (category) query.set('category', category);
  if (notable) query.set('notable', 'true');
  if (before) query.set('before', before);
  if (after) query.set('after', after);
  const text = query.toString();
  return text ? `/history?${text}` : '/history';
}

function useView(): View {
  const [query] = useSearchParams();
  return {
    category: CATEGORIES.find((name) => name === query.get('category')),
    notable: query.get('notable') === 'true',
    before: query.get('before') ?? undefined,
    after: query.get('after') ?? undefined,
  };
}

/** What happened to the account, the newest first, day by day; as far back as it goes, a page at a time. */
export function HistoryPage() {
  const [, navigate] = useLocation();
  const [doubted, doubt] = useState<HistoryRowFragment>();
  const view = useView();
  const { category, notable = false } = view;
  const narrow = (to: View) => navigate(pathTo({ category, notable, ...to }), { replace: true });
  const newest = !view.before && !view.after;
  return (
    <>
      <Title>{t('history-title')}</Title>
      <p class="lead">{t('history-lead')}</p>
      <section class="panel filters" aria-label={t('history-filters')}>
        <Choice
          label={t('history-category')}
          name="category"
          value={category ?? ''}
          onPick={(value) => narrow({ category: value as HistoryCategory })}
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
          onChange={(event) => narrow({ notable: event.currentTarget.checked })}
        />
      </section>
      <Provider value={newest ? client : passing}>
        <Timeline view={view} doubt={doubt} />
      </Provider>
      {doubted && <NotMe event={doubted} close={() => doubt(undefined)} />}
    </>
  );
}

interface TimelineProps {
  view: View;
  doubt: (event: HistoryRowFragment) => void;
}

function Timeline({ view, doubt }: TimelineProps) {
  const { category, notable, before, after } = view;
  const { data, waiting, error, again } = useAsk(HistoryDocument, {
    ...(after ? { first: PAGE, after } : { last: PAGE, before: before ?? null }),
    categories: category ? [category] : null,
    notable: notable || null,
    language,
  });
  useArrival(before ?? after ?? '', !waiting);
  const history = data?.viewer.__typename === 'User' ? data.viewer.history : undefined;
  if (!history) return error ? <Failed error={error} again={again} /> : <Loading rows={5} />;
  const days = new Map<string, HistoryRowFragment[]>();
  for (const event of history.nodes.toReversed()) {
    const name = day(event.createdAt);
    days.set(name, [...(days.get(name) ?? []), event]);
  }
  return (
    <>
      {error && waiting && <Failed error={error} again={again} />}
      <div class="days" aria-busy={waiting && !error}>
        {days.size === 0 && (
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
      </div>
      <Pager view={view} {...history.pageInfo} />
    </>
  );
}

interface PagerProps {
  view: View;
  hasPreviousPage: boolean;
  hasNextPage: boolean;
  startCursor?: string | null | undefined;
  endCursor?: string | null | undefined;
}

/** The server says what lies ahead on the way that it was asked; there is always something behind. */
function Pager({ view, hasPreviousPage, hasNextPage, startCursor, endCursor }: PagerProps) {
  const { category, notable, before, after } = view;
  const earlier = hasPreviousPage || after ? startCursor : undefined;
  const later = hasNextPage || before ? endCursor : undefined;
  if (!earlier && !later) return null;
  return (
    <nav class="pager" aria-label={t('history-pages')}>
      {later && (
        <>
          <Link class="button button-quiet" href={pathTo({ category, notable })}>
            {t('history-newest')}
          </Link>
          <Link class="button button-secondary" href={pathTo({ category, notable, after: later })}>
            {t('history-later')}
          </Link>
        </>
      )}
      {earlier && (
        <Link class="button button-secondary" href={pathTo({ category, notable, before: earlier })}>
          {t('history-earlier')}
        </Link>
      )}
    </nav>
  );
}
