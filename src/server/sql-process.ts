/**
 * Answers SQL in a process of its own (src/server/sql-desk.ts starts it). DuckDB calls back into JavaScript for every chunk of rows, and a
 * question may take all memory that it gets: neither shall reach the server that answers everybody else.
 */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { openRecording } from '../recording/index.js';
import { openSql, SqlError, TABLES, type RecordingSql, type SqlLimits, type SqlValue } from '../sql/index.js';
import type { FromSql, ToSql } from './sql-messages.js';
import type { SqlCell, SqlProblem, SqlSchema, SqlTableView } from './sql-protocol.js';

const MAX_BYTES = 8 << 20;
const MAX_CELL = 10_000;
const TELL_MS = 200;
const WATCH_MS = 50;
/** Whoever looks at the recording meanwhile needs a core for the server and one for the browser: on two cores DuckDB gets one thread. */
const LIMITS: SqlLimits = { threads: Math.max(1, (availableParallelism() >> 1) - 1), memoryMb: 512, spillMb: 2_048 };

const tell = (message: FromSql): void => void process.send?.(message);

/** One recording, opened with the first question. */
class Asked {
  private path = '';
  private folder: string | undefined;
  private opened: Promise<RecordingSql> | undefined;
  /** The question before: one is answered after the other. */
  private before: Promise<void> = Promise.resolve();
  /** Id of the newest question that nobody waits for any more; all before it are as old. */
  private stopped = 0;
  private phase: 'working' | 'reading' = 'working';

  take(message: ToSql): void {
    switch (message.kind) {
      case 'open':
        this.path = message.path;
        this.folder = message.folder;
        return;
      case 'interrupt':
        this.stopped = Math.max(this.stopped, message.id);
        return;
      case 'tables':
        // Never stopped: it takes no time, and whoever asks next wants to know the tables too.
        this.answer(message.id, () => false, async (session) => ({ kind: 'schema', id: message.id, schema: await schemaOf(session) })); // prettier-ignore
        return;
      case 'ask': {
        const { id, text, rows } = message;
        this.answer(id, () => this.stopped >= id, (session) => this.ask(session, id, text, rows)); // prettier-ignore
      }
    }
  }

  /** Whoever asked is gone, and would have taken the folder away. */
  leave(): never {
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
    process.exit();
  }

  private answer(id: number, stopped: () => boolean, work: (session: RecordingSql) => Promise<FromSql>): void {
    this.before = this.before.then(() => this.run(id, stopped, work));
  }

  private async run(
    id: number,
    stopped: () => boolean,
    work: (session: RecordingSql) => Promise<FromSql>,
  ): Promise<void> {
    let watch: ReturnType<typeof setInterval> | undefined;
    try {
      if (this.opened === undefined) tell({ kind: 'progress', id, phase: 'opening', read: 0, readOf: undefined });
      const session = await this.session();
      this.phase = 'working';
      // From here on it can be stopped.
      tell({ kind: 'progress', id, phase: 'working', read: 0, readOf: undefined });
      if (stopped()) throw new SqlError('Interrupted before it began');
      const working = work(session);
      let told = 0;
      watch = setInterval(() => {
        // An interruption stops what runs at that instant, and a question may be between two steps: so it is said until it is over.
        if (stopped()) session.interrupt();
        if (performance.now() - told < TELL_MS) return;
        told = performance.now();
        const { rows, of } = session.progress();
        tell({ kind: 'progress', id, phase: this.phase, read: rows, readOf: of });
      }, WATCH_MS);
      tell(await working);
    } catch (error) {
      tell({ kind: 'problem', id, problem: problemOf(error, stopped()) });
    } finally {
      clearInterval(watch);
    }
  }

  private session(): Promise<RecordingSql> {
    const opening = (this.opened ??= this.open());
    // What is missing now need not be missing when it is asked for again.
    opening.catch(() => (this.opened = undefined));
    return opening;
  }

  private async open(): Promise<RecordingSql> {
    const recording = openRecording(this.path);
    try {
      return await openSql(recording, LIMITS);
    } catch (error) {
      recording.close();
      throw error;
    }
  }

  /** Rows go out as they come, so that whoever asks sees the first ones while more are looked for. */
  private async ask(session: RecordingSql, id: number, text: string, most: number): Promise<FromSql> {
    const began = performance.now();
    const { columns, rows } = await session.query(text);
    let more: SqlTableView['more'];
    let [count, bytes, cut] = [0, 0, 0];
    for await (const some of rows) {
      this.phase = 'reading';
      const page: SqlCell[][] = [];
      for (const row of some) {
        if (count === most) more = 'rows';
        else if (bytes > MAX_BYTES) more = 'bytes';
        if (more !== undefined) break;
        const cells = row.map((value) => {
          const cell = cellOf(value);
          if (typeof cell !== 'string') return cell;
          bytes += Math.min(cell.length, MAX_CELL);
          if (cell.length <= MAX_CELL) return cell;
          cut++;
          return `${cell.slice(0, MAX_CELL)}…`;
        });
        bytes += cells.length * 8;
        count++;
        page.push(cells);
      }
      tell({ kind: 'rows', id, columns, rows: page, cut });
      if (more !== undefined || this.stopped >= id) break;
    }
    if (count === 0) tell({ kind: 'rows', id, columns, rows: [], cut });
    // What nobody reads on must not go on.
    if (more !== undefined) session.interrupt();
    return { kind: 'end', id, more, cut, tookMs: performance.now() - began };
  }
}

const cellOf = (value: SqlValue): SqlCell =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : value;

async function schemaOf(session: RecordingSql): Promise<SqlSchema> {
  // An enum of a recording has thousands of labels: to whoever asks it is text.
  const { rows } = await session.query(
    `select table_name, column_name, case when starts_with(data_type, 'ENUM') then 'VARCHAR' else data_type end from information_schema.columns order by table_name, ordinal_position`,
  );
  const tables = new Map<string, SqlSchema['tables'][number]>(TABLES.map((name) => [name, { name, columns: [] }]));
  for await (const some of rows)
    for (const [table, name, type] of some) {
      const known = tables.get(String(table)) ?? { name: String(table), columns: [] };
      known.columns.push({ name: String(name), type: String(type) });
      tables.set(known.name, known);
    }
  return { tables: [...tables.values()] };
}

function problemOf(error: unknown, interrupted: boolean): SqlProblem {
  const text = error instanceof Error ? error.message : String(error);
  if (interrupted && /interrupt/i.test(text))
    return { why: 'cancelled', message: 'stopped', line: undefined, column: undefined };
  if (error instanceof SqlError && /optional package/.test(text))
    return { why: 'missing', message: text, line: undefined, column: undefined };
  return { why: error instanceof SqlError ? 'sql' : 'unavailable', ...placeOf(text) };
}

/** DuckDB shows the line with a caret below: taken apart, so that the place can be shown in the text itself. */
function placeOf(text: string): Pick<SqlProblem, 'message' | 'line' | 'column'> {
  const found = /\n+LINE (\d+): (.*)\n( *)\^/.exec(text);
  if (found === null) return { message: text, line: undefined, column: undefined };
  const [whole, line, shown, spaces] = found;
  const column = spaces!.length - `LINE ${line!}: `.length + 1;
  // Of a long line only a part is shown, with dots in front.
  const exact = column >= 1 && !shown!.startsWith('...');
  return {
    message: text.slice(0, found.index).trim() + text.slice(found.index + whole.length).trimEnd(),
    line: Number(line),
    column: exact ? column : undefined,
  };
}

const asked = new Asked();
process.on('message', (message: ToSql) => {
  asked.take(message);
});
process.on('disconnect', () => {
  asked.leave();
});
