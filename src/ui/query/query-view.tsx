/** SQL over the recording: a question, its answer as a table and as a chart. */
import { useEffect, useRef, type ReactNode } from 'react';
import type { SqlProblem } from '../../server/index.js';
import { count, counted } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { useStore } from '../state/store.js';
import { CHART_KINDS, type ChartKind } from '../state/view-state.js';
import { ChartPanel } from './chart.js';
import { EXAMPLES } from './examples.js';
import type { QueryState } from './query-book.js';
import { ResultTable } from './result-table.js';
import { SchemaHelp } from './schema-help.js';

const ROWS = [200, 2_000, 20_000];
const SECONDS = [5, 20, 60, 300];
const CHART_LABEL: Record<ChartKind, string> = {
  auto: 'chart: as suits',
  bar: 'bars',
  line: 'line',
  scatter: 'points',
  none: 'no chart',
};

export function useQuery<S>(select: (state: QueryState) => S): S {
  return useStore(useSession().query.store, select);
}

export function QueryView(): ReactNode {
  const session = useSession();
  const text = useView((state) => state.query.text);
  const ready = useView((state) => state.info !== undefined && state.link === 'open');
  const running = useQuery((state) => state.running);
  const table = useQuery((state) => state.table);
  const problem = useQuery((state) => state.problem);
  const asked = useQuery((state) => state.asked);
  const row = useQuery((state) => state.row);
  const partial = useQuery((state) => state.partial);
  const chart = useView((state) => state.query.chart);
  useEffect(() => {
    if (ready) session.query.arrive();
  }, [session, text, ready]);
  return (
    <section className="query" aria-label="SQL" data-testid="query">
      <Editor />
      {running && <Progress />}
      {problem !== undefined && <Problem problem={problem} text={asked} />}
      {table !== undefined && (
        <>
          <p className="query-told" role="status" data-testid="query-told">
            {partial
              ? `The first ${counted(table.rows.length, 'row')}, more may come`
              : `${table.rows.length === 0 ? 'No rows' : counted(table.rows.length, 'row')}, ${String(Math.max(1, Math.round(table.tookMs)))} ms`}
            {table.more === 'rows' && <strong>{' · there are more: allow more rows, or ask for less'}</strong>}
            {table.more === 'bytes' && <strong>{' · there are more: these are 8 MiB already'}</strong>}
            {table.more === 'time' && (
              <strong>{' · not all: the time was up. Allow more time, or ask for less'}</strong>
            )}
            {table.more === 'stopped' && <strong>{' · not all: stopped'}</strong>}
            {table.cut > 0 && ` · ${counted(table.cut, 'cell')} cut at 10,000 characters`}
          </p>
          {table.rows.length > 0 && (
            <div
              className={`query-answer${chart === 'none' ? ' is-alone' : ''}${running && !partial ? ' is-old' : ''}`}
            >
              <ResultTable key={asked} table={table} row={row} />
              {chart !== 'none' && <ChartPanel table={table} row={row} />}
            </div>
          )}
        </>
      )}
      {table === undefined && problem === undefined && !running && <Begin />}
    </section>
  );
}

function Editor(): ReactNode {
  const session = useSession();
  const draft = useQuery((state) => state.draft);
  const running = useQuery((state) => state.running);
  const maxRows = useQuery((state) => state.maxRows);
  const maxSeconds = useQuery((state) => state.maxSeconds);
  const history = useQuery((state) => state.history);
  const chart = useView((state) => state.query.chart);
  const { store } = session.query;
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = Math.min(8, Math.max(3, draft.split('\n').length));
  return (
    <div className="query-editor">
      <textarea
        ref={area}
        aria-label="Question in SQL"
        placeholder="select kind, count(*) as n from events group by kind order by n desc"
        spellCheck={false}
        rows={lines}
        maxLength={10_000}
        data-testid="query-text"
        value={draft}
        onChange={(event) => {
          store.set({ draft: event.target.value });
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void session.query.run();
          } else if (event.key === 'Escape') area.current?.blur();
        }}
      />
      <div className="query-bar">
        {running ? (
          <button
            type="button"
            className="button is-quiet"
            data-testid="query-stop"
            onClick={() => {
              session.query.stop();
            }}
          >
            Stop
          </button>
        ) : (
          <button
            type="button"
            className="button"
            title="Ctrl-Enter"
            disabled={draft.trim() === ''}
            data-testid="query-run"
            onClick={() => void session.query.run()}
          >
            Run
          </button>
        )}
        <Choice
          label="Most rows"
          value={maxRows}
          values={ROWS}
          text={(n) => counted(n, 'row')}
          choose={(value) => {
            store.set({ maxRows: value });
          }}
        />
        <Choice
          label="Most time"
          value={maxSeconds}
          values={SECONDS}
          text={(n) => `${String(n)} s`}
          choose={(value) => {
            store.set({ maxSeconds: value });
          }}
        />
        <select
          className="choice"
          aria-label="Chart"
          data-testid="query-chart"
          value={chart}
          onChange={(event) => {
            session.store.set({ query: { ...session.state.query, chart: event.target.value as ChartKind } });
          }}
        >
          {CHART_KINDS.map((each) => (
            <option key={each} value={each}>
              {CHART_LABEL[each]}
            </option>
          ))}
        </select>
        <select
          className="choice query-history"
          aria-label="Earlier questions"
          value=""
          disabled={history.length === 0}
          onChange={(event) => {
            store.set({ draft: event.target.value });
          }}
        >
          <option value="">earlier questions</option>
          {history.map((each) => (
            <option key={each} value={each}>
              {each.length > 80 ? `${each.slice(0, 80)}…` : each}
            </option>
          ))}
        </select>
        <SchemaHelp
          insert={(word) => {
            const { selectionStart = draft.length, selectionEnd = draft.length } = area.current ?? {};
            store.set({ draft: draft.slice(0, selectionStart) + word + draft.slice(selectionEnd) });
            area.current?.focus();
          }}
        />
      </div>
    </div>
  );
}

function Choice({
  label,
  value,
  values,
  text,
  choose,
}: {
  label: string;
  value: number;
  values: readonly number[];
  text: (n: number) => string;
  choose: (n: number) => void;
}): ReactNode {
  return (
    <select
      className="choice"
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => {
        choose(Number(event.target.value));
      }}
    >
      {values.map((each) => (
        <option key={each} value={each}>
          {text(each)}
        </option>
      ))}
    </select>
  );
}

function Progress(): ReactNode {
  const { phase, rows, read, readOf, ms, maxSeconds } = useQuery((state) => state);
  const looked = read === 0 ? 'Looking' : `Looked at ${count(read)}${readOf === undefined || readOf < read ? '' : ` of ${count(readOf)}`} rows`; // prettier-ignore
  const found = rows > 0 ? `, found ${counted(rows, 'row')}` : '';
  return (
    <div className="query-progress" role="status" data-testid="query-progress" data-read={read}>
      <progress max={maxSeconds * 1_000} value={ms} aria-label="Time used of the time allowed" />
      <span>{`${phase === 'opening' ? 'Opening the recording for SQL' : looked}${found} · ${(ms / 1e3).toFixed(1)} s of at most ${String(maxSeconds)} s`}</span>
    </div>
  );
}

function Problem({ problem, text }: { problem: SqlProblem; text: string }): ReactNode {
  const { line, column, message, why } = problem;
  const shown = line === undefined ? undefined : text.split('\n')[line - 1];
  return (
    <div className="query-problem" role="alert" data-testid="query-problem" data-why={why}>
      <p>{why === 'cancelled' ? 'Stopped.' : message}</p>
      {shown !== undefined && (
        <pre>
          <span className="faint">{`${String(line)} `}</span>
          {column === undefined ? (
            shown
          ) : (
            <>
              {shown.slice(0, column - 1)}
              <mark>{/^(?:\w+|.)?/s.exec(shown.slice(column - 1))?.[0] ?? ''}</mark>
              {shown.slice(column - 1).replace(/^(?:\w+|.)?/s, '')}
            </>
          )}
        </pre>
      )}
    </div>
  );
}

/** Nothing was asked yet. */
function Begin(): ReactNode {
  const session = useSession();
  return (
    <div className="query-begin" data-testid="query-begin">
      <h2>Ask anything in SQL</h2>
      <p>
        The whole recording as tables. Numbers of events, moments and processes in an answer lead there. Nothing can be
        changed, and no file or network is in reach.
      </p>
      <ul>
        {EXAMPLES.map(({ title, text }) => (
          <li key={title}>
            <button
              type="button"
              title={text}
              data-testid="query-example"
              onClick={() => {
                session.query.store.set({ draft: text });
                void session.query.run(text);
              }}
            >
              <strong>{title}</strong>
              <code>{text.replaceAll('\n', ' ')}</code>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
