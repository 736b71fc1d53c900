/** A question in SQL: asked, waited for, stopped, remembered. */
import type { SqlProblem, SqlSchema, SqlTableView } from '../../server/index.js';
import { AskError } from '../net/client.js';
import type { Session } from '../state/session.js';
import { Store } from '../state/store.js';

const HISTORY = 50;
const HISTORY_KEY = 'elixirscope:sql-history';
const LOOK_MS = 250;

export interface QueryState {
  /** What is being written; asked with Run. */
  draft: string;
  /** The question that `table` or `problem` answers. */
  asked: string;
  running: boolean;
  phase: 'opening' | 'working' | 'reading';
  rows: number;
  read: number;
  readOf: number | undefined;
  ms: number;
  table: SqlTableView | undefined;
  /** `table` holds the first rows of the question that is under way. */
  partial: boolean;
  problem: SqlProblem | undefined;
  schema: SqlSchema | undefined;
  history: readonly string[];
  maxRows: number;
  maxSeconds: number;
  /** The row that a point or a click leads to; -1: none. */
  row: number;
}

export class QueryBook {
  readonly store: Store<QueryState>;
  private serial = 0;

  constructor(private readonly session: Session) {
    this.store = new Store<QueryState>({
      draft: '',
      asked: '',
      running: false,
      phase: 'opening',
      rows: 0,
      read: 0,
      readOf: undefined,
      ms: 0,
      table: undefined,
      partial: false,
      problem: undefined,
      schema: undefined,
      history: readHistory(),
      maxRows: 2_000,
      maxSeconds: 20,
      row: -1,
    });
  }

  /** Shows the view, and asks what the address asks where that has not been asked yet. */
  arrive(): void {
    const { text } = this.session.state.query;
    const { asked, draft, running } = this.store.get();
    if (text !== '' && text !== asked && !running) void this.run(text);
    else if (draft === '' && text !== '') this.store.set({ draft: text });
    void this.fetchSchema();
  }

  /** From anywhere: opens the view and asks. */
  open(text: string): void {
    this.session.store.set({ main: 'query', query: { ...this.session.state.query, text } });
    void this.run(text);
  }

  async run(text = this.store.get().draft): Promise<void> {
    const question = text.trim();
    if (question === '') return;
    const { session, store } = this;
    const serial = ++this.serial;
    const { maxRows, maxSeconds } = store.get();
    session.store.set({ query: { ...session.state.query, text: question } });
    store.set({
      draft: text,
      asked: question,
      running: true,
      phase: 'opening',
      rows: 0,
      read: 0,
      readOf: undefined,
      ms: 0,
      partial: false,
      problem: undefined,
      row: -1,
    });
    this.remember(question);
    const watch = setInterval(() => {
      const { partial, table } = store.get();
      const known = partial ? table : undefined;
      const have = known?.rows.length ?? 0;
      void session.client.ask('sqlProgress', { have }, 'sql-progress').then(
        ({ phase, rows, read, readOf, ms, running, first }) => {
          if (serial !== this.serial || !running || !store.get().running) return;
          store.set({ phase, rows, read, readOf, ms });
          if (first === undefined || store.get().table !== table) return;
          const all = known === undefined ? first.rows : [...known.rows, ...first.rows];
          store.set({
            partial: true,
            table: { columns: first.columns, rows: all, more: undefined, cut: 0, tookMs: ms },
          });
        },
        () => undefined,
      );
    }, LOOK_MS);
    try {
      const answer = await session.client.ask('sql', { text: question, rows: maxRows, seconds: maxSeconds });
      if (serial !== this.serial) return;
      if ('table' in answer) store.set({ running: false, partial: false, table: answer.table, problem: undefined });
      else store.set({ running: false, partial: false, table: undefined, problem: answer.problem });
    } catch (error) {
      if (serial !== this.serial) return;
      const lost = error instanceof AskError && error.code === 'lost';
      const message = lost
        ? 'The connection was lost while the question was under way.'
        : error instanceof Error
          ? error.message
          : String(error);
      store.set({
        running: false,
        partial: false,
        table: undefined,
        problem: { why: 'unavailable', message, line: undefined, column: undefined },
      });
    } finally {
      clearInterval(watch);
    }
  }

  stop(): void {
    this.session.client.ask('sqlCancel', {}).catch((error: unknown) => {
      this.session.fail(error);
    });
  }

  private async fetchSchema(): Promise<void> {
    if (this.store.get().schema !== undefined) return;
    try {
      const answer = await this.session.client.ask('sqlTables', {});
      if ('tables' in answer) this.store.set({ schema: answer });
      else if (answer.problem.why !== 'cancelled' && this.store.get().asked === '')
        this.store.set({ problem: answer.problem });
    } catch {
      // Asked again when the view is opened again.
    }
  }

  private remember(question: string): void {
    const history = [question, ...this.store.get().history.filter((each) => each !== question)].slice(0, HISTORY);
    this.store.set({ history });
    try {
      localStorage.setItem(HISTORY_KEY, JSON.stringify(history));
    } catch {
      // A browser that keeps nothing: it is remembered until the page goes.
    }
  }
}

function readHistory(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(HISTORY_KEY) ?? '[]');
    return Array.isArray(kept)
      ? kept.filter((each): each is string => typeof each === 'string' && each.length <= 10_000).slice(0, HISTORY)
      : [];
  } catch {
    return [];
  }
}

/** What is typed in the omnibox is SQL: a statement, or what is marked as one. */
export function asSql(text: string): string | undefined {
  const marked = /^\s*(?:>|sql:)\s*([\s\S]+)$/i.exec(text);
  if (marked !== null) return marked[1]!.trim();
  return /^\s*(?:select|with|from|explain|describe|summarize|show)\s+\S/i.test(text) ? text.trim() : undefined;
}
