/**
 * SQL for one browser: a process of its own, started with the first question and ended with the connection or after a while without
 * questions. One question at a time; a newer one takes the place of the one under way.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromSql, ToSql } from './sql-messages.js';
import type { SqlMethods, SqlProblem, SqlProgressView, SqlTableView } from './sql-protocol.js';

const ROWS = 2_000;
const SECONDS = 20;
/** From asking it to stop until it is ended by force. */
const GRACE_MS = 2_000;
const IDLE_MS = 5 * 60_000;
const MAX_PROCESSES = 4;
const HEAP_MB = 1_024;
/** Of a process, 0 the usual, 19 the lowest. */
const LOW_PRIORITY = 19;
/** Of an answer that is not complete yet, rows that are told on the way. */
const FIRST_ROWS = 200;
const NOTHING_READ = { phase: 'opening', read: 0, readOf: undefined } as const;

type Answer = Extract<FromSql, { kind: 'schema' | 'problem' }> | { kind: 'table'; id: number; table: SqlTableView };
interface Current {
  id: number;
  text: string;
  /** Most rows. */
  most: number;
  began: number;
  /** Rows that have come. */
  table: SqlTableView | undefined;
  done: (answer: Answer) => void;
}
interface Tables {
  id: number;
  answer: Promise<Answer>;
  done: (answer: Answer) => void;
}

/** All desks of a server: together they have few processes. */
export class SqlHouse {
  private readonly running = new Set<ChildProcess>();
  private closed = false;

  /** `program`: what to start, where it is not the built one beside this file. `graceMs`: how long one may take to stop. */
  constructor(
    readonly path: string,
    private readonly program = fileURLToPath(new URL('./sql-process.js', import.meta.url)),
    readonly graceMs = GRACE_MS,
  ) {}

  desk(): SqlDesk {
    return new SqlDesk(this);
  }

  /** Starts a process; why not, where it cannot. */
  start(): { child: ChildProcess } | string {
    if (this.closed) return 'the server is closing';
    if (!existsSync(this.program)) return 'the SQL process is not built: npm run build:node';
    if (this.running.size >= MAX_PROCESSES)
      return `${MAX_PROCESSES} browsers ask in SQL already: close one of them, or wait`;
    // What DuckDB puts there goes with the process, however it ends.
    const folder = mkdtempSync(join(tmpdir(), 'elixirscope-sql-'));
    const child = fork(this.program, [], {
      env: { ...process.env, TMPDIR: folder },
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // A question may take all cores; whoever looks at the recording meanwhile comes first.
    if (child.pid !== undefined) {
      try {
        setPriority(child.pid, LOW_PRIORITY);
      } catch {
        // Gone already, or not allowed here: it is only a courtesy.
      }
    }
    this.running.add(child);
    const gone = (): void => {
      child.removeAllListeners();
      // An error after this is one of sending to who is gone.
      child.on('error', () => undefined);
      this.running.delete(child);
      rmSync(folder, { recursive: true, force: true });
    };
    child.once('exit', gone);
    child.send({ kind: 'open', path: this.path, folder } satisfies ToSql);
    return { child };
  }

  /** Ends all processes; when they are gone, so is what they left on the disk. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(
      [...this.running].map(async (child) => {
        // One that could not be started does not end either.
        if (child.pid === undefined) return;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }),
    );
  }
}

export class SqlDesk {
  private child: ChildProcess | undefined;
  /** The process has opened the recording, so it works on what it was asked. */
  private opened = false;
  /** Ended because it did not stop: what was asked since is asked of another one. */
  private forced: ChildProcess | undefined;
  private lastId = 0;
  private current: Current | undefined;
  /** Which tables there are: waited for beside `current`, which it neither stops nor is stopped by. */
  private listed: Tables | undefined;
  private progress: Pick<SqlProgressView, 'phase' | 'read' | 'readOf'> = NOTHING_READ;
  private idle: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(private readonly house: SqlHouse) {}

  async sql({
    text,
    rows = ROWS,
    seconds = SECONDS,
  }: SqlMethods['sql']['params']): Promise<SqlMethods['sql']['result']> {
    const answer = await this.ask(text, rows, seconds);
    return answer.kind === 'table' ? { table: answer.table } : { problem: problemIn(answer) };
  }

  async tables(): Promise<SqlMethods['sqlTables']['result']> {
    const answer = await this.list();
    return answer.kind === 'schema' ? answer.schema : { problem: problemIn(answer) };
  }

  /** `have`: of the first rows, those that are known to whoever asks. */
  state(have = 0): SqlProgressView {
    const { current, progress } = this;
    const table = current?.table;
    return {
      running: current !== undefined,
      ...progress,
      rows: table?.rows.length ?? 0,
      ms: current === undefined ? 0 : performance.now() - current.began,
      first:
        table === undefined || have >= FIRST_ROWS || have >= table.rows.length
          ? undefined
          : { columns: table.columns, rows: table.rows.slice(have, FIRST_ROWS) },
    };
  }

  cancel(): SqlMethods['sqlCancel']['result'] {
    const { current } = this;
    if (current === undefined) return { cancelled: false };
    this.stop(current.id, 'cancelled', 'stopped');
    return { cancelled: true };
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.idle);
    this.child?.kill('SIGKILL');
  }

  private async ask(text: string, most: number, seconds: number): Promise<Answer> {
    if (this.current !== undefined) this.stop(this.current.id, 'cancelled', 'a newer question took its place');
    const id = ++this.lastId;
    const child = this.started();
    if (typeof child === 'string') return problem(id, 'unavailable', child);
    clearTimeout(this.idle);
    return new Promise((resolve) => {
      const limit = setTimeout(() => {
        this.stop(id, 'time', `not answered within ${String(seconds)} s: ask for less, or allow more time`);
      }, seconds * 1_000);
      this.progress = NOTHING_READ;
      this.current = {
        id,
        text,
        most,
        began: performance.now(),
        table: undefined,
        done: (answer) => {
          clearTimeout(limit);
          if (this.current?.id === id) this.current = undefined;
          this.rest();
          resolve(answer);
        },
      };
      this.send(child);
    });
  }

  private list(): Promise<Answer> {
    if (this.listed !== undefined) return this.listed.answer;
    const id = ++this.lastId;
    const child = this.started();
    if (typeof child === 'string') return Promise.resolve(problem(id, 'unavailable', child));
    clearTimeout(this.idle);
    let resolve: (answer: Answer) => void = () => undefined;
    const answer = new Promise<Answer>((settle) => (resolve = settle));
    const done = (found: Answer): void => {
      this.listed = undefined;
      this.rest();
      resolve(found);
    };
    this.listed = { id, answer, done };
    child.send({ kind: 'tables', id } satisfies ToSql);
    return answer;
  }

  private send(child: ChildProcess): void {
    const { current } = this;
    if (current !== undefined)
      child.send({ kind: 'ask', id: current.id, text: current.text, rows: current.most } satisfies ToSql);
  }

  private started(): ChildProcess | string {
    if (this.closed) return 'the browser is gone';
    if (this.child !== undefined) return this.child;
    const started = this.house.start();
    if (typeof started === 'string') return started;
    const { child } = started;
    child.on('message', (message: FromSql) => {
      if (this.child === child) this.take(message);
    });
    child.prependOnceListener('exit', (code, signal) => {
      if (this.child === child) this.child = undefined;
      const how = signal === null ? `code ${String(code)}` : signal;
      // Once the house knows as well that it is gone.
      if (this.forced === child) queueMicrotask(this.again);
      else this.fail(`the SQL process ended (${how}): it may have needed too much memory`);
    });
    this.child = child;
    this.opened = false;
    return child;
  }

  /** What was asked since the process was told to end. */
  private readonly again = (): void => {
    const { current, listed } = this;
    if (current === undefined && listed === undefined) return;
    const child = this.started();
    if (typeof child === 'string') {
      this.fail(child);
      return;
    }
    if (listed !== undefined) child.send({ kind: 'tables', id: listed.id } satisfies ToSql);
    this.send(child);
  };

  private fail(why: string): void {
    for (const each of [this.current, this.listed]) each?.done(problem(each.id, 'unavailable', why));
  }

  private take(message: FromSql): void {
    if (message.kind !== 'progress' || message.phase !== 'opening') this.opened = true;
    if (message.kind === 'progress') {
      if (message.id === this.current?.id)
        this.progress = { phase: message.phase, read: message.read, readOf: message.readOf };
      return;
    }
    const { current, listed } = this;
    if (message.id === listed?.id && (message.kind === 'schema' || message.kind === 'problem')) listed.done(message);
    if (message.id !== current?.id) return;
    switch (message.kind) {
      case 'rows':
        current.table ??= { columns: message.columns, rows: [], more: undefined, cut: 0, tookMs: 0 };
        for (const row of message.rows) current.table.rows.push(row);
        current.table.cut = message.cut;
        return;
      case 'end': {
        const { more, cut, tookMs } = message;
        const { columns, rows } = current.table ?? { columns: [], rows: [] };
        current.done({ kind: 'table', id: message.id, table: { columns, rows, more, cut, tookMs } });
        return;
      }
      case 'schema':
      case 'problem':
        current.done(message);
    }
  }

  /** Answers for it at once, with the rows that have come, and makes sure that it does not go on. */
  private stop(id: number, why: SqlProblem['why'], message: string): void {
    const { child, current } = this;
    if (current?.id !== id || child === undefined) return;
    child.send({ kind: 'interrupt', id } satisfies ToSql);
    let force: ReturnType<typeof setTimeout> | undefined;
    // One that still opens the recording, which takes long on a busy machine, will not begin with what was stopped.
    let opened = this.opened;
    const soon = (): void => {
      force = setTimeout(() => {
        if (this.child !== child) return;
        if (opened) {
          this.forced = child;
          child.kill('SIGKILL');
          return;
        }
        opened = this.opened;
        soon();
      }, this.house.graceMs);
      force.unref();
    };
    soon();
    const answered = (reply: FromSql): void => {
      if (reply.kind === 'progress' || reply.kind === 'rows' || reply.id !== id) return;
      clearTimeout(force);
      child.off('message', answered);
    };
    child.on('message', answered);
    child.once('exit', () => {
      clearTimeout(force);
    });
    const { table } = current;
    if (table === undefined || table.rows.length === 0) current.done(problem(id, why, message));
    else {
      const more = why === 'time' ? 'time' : 'stopped';
      current.done({ kind: 'table', id, table: { ...table, more, tookMs: performance.now() - current.began } });
    }
  }

  private rest(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.child?.kill('SIGKILL');
    }, IDLE_MS);
    this.idle.unref();
  }
}

const problem = (id: number, why: SqlProblem['why'], message: string): Answer => ({
  kind: 'problem',
  id,
  problem: { why, message, line: undefined, column: undefined },
});

function problemIn(answer: Answer): SqlProblem {
  if (answer.kind !== 'problem') throw new Error('an answer to another question');
  return answer.problem;
}
