/**
 * Answers SQL in a process of its own (src/server/sql-desk.ts starts it). DuckDB calls back into JavaScript for every chunk of rows, and a
 * question may take all memory that it gets: neither shall reach the server that answers everybody else.
 */
import { openRecording } from '../recording/index.js';
import { openSql, SqlError, TABLES, type SqlSession, type SqlValue } from '../sql/index.js';
import type { FromSql, ToSql } from './sql-messages.js';
import type { SqlCell, SqlProblem, SqlSchema, SqlTableView } from './sql-protocol.js';

const MAX_BYTES = 8 << 20;
const MAX_CELL = 10_000;
const TELL_MS = 200;
const WATCH_MS = 50;

const tell = (message: FromSql): void => void process.send?.(message);

/** One recording, opened with the first question. */
class Asked {
  private path = '';
  private opened: Promise<SqlSession> | undefined;
  /** The question before: one is answered after the other. */
  private before: Promise<void> = Promise.resolve();
  /** Ids of the newest question, and of the newest that nobody waits for any more. */
  private received = 0;
  private stopped = 0;

  take(message: ToSql): void {
    switch (message.kind) {
      case 'open':
        this.path = message.path;
        return;
      case 'interrupt':
        this.stopped = this.received;
        return;
      case 'tables':
        this.answer(message.id, async (session) => ({
          kind: 'schema',
          id: message.id,
          schema: await schemaOf(session),
        }));
        return;
      case 'ask':
        this.answer(message.id, async (session) => ({
          kind: 'table',
          id: message.id,
          table: await this.ask(session, message.id, message.text, message.rows),
        }));
    }
  }

  private answer(id: number, work: (session: SqlSession) => Promise<FromSql>): void {
    this.received = id;
    this.before = this.before.then(() => this.run(id, work));
  }

  private async run(id: number, work: (session: SqlSession) => Promise<FromSql>): Promise<void> {
    // An interruption stops what runs at that instant, and a question may be between two steps: so it is said until it is over.
    let watch: ReturnType<typeof setInterval> | undefined;
    try {
      tell({ kind: 'progress', phase: this.opened === undefined ? 'opening' : 'working', rows: 0 });
      const session = await this.session();
      tell({ kind: 'progress', phase: 'working', rows: 0 });
      watch = setInterval(() => {
        if (this.stopped >= id) session.interrupt();
      }, WATCH_MS);
      if (this.stopped >= id) throw new SqlError('Interrupted before it began');
      tell(await work(session));
    } catch (error) {
      tell({ kind: 'problem', id, problem: problemOf(error, this.stopped >= id) });
    } finally {
      clearInterval(watch);
    }
  }

  private session(): Promise<SqlSession> {
    const opening = (this.opened ??= this.open());
    // What is missing now need not be missing when it is asked for again.
    opening.catch(() => (this.opened = undefined));
    return opening;
  }

  private async open(): Promise<SqlSession> {
    const recording = openRecording(this.path);
    try {
      return await openSql(recording);
    } catch (error) {
      recording.close();
      throw error;
    }
  }

  private async ask(session: SqlSession, id: number, text: string, most: number): Promise<SqlTableView> {
    const began = performance.now();
    const { columns, rows } = await session.query(text);
    const table: SqlTableView = { columns, rows: [], more: undefined, cut: 0, tookMs: 0 };
    let bytes = 0;
    let told = performance.now();
    for await (const some of rows) {
      for (const row of some) {
        if (table.rows.length === most) table.more = 'rows';
        else if (bytes > MAX_BYTES) table.more = 'bytes';
        if (table.more !== undefined) break;
        const cells = row.map((value) => {
          const cell = cellOf(value);
          if (typeof cell !== 'string') return cell;
          bytes += Math.min(cell.length, MAX_CELL);
          if (cell.length <= MAX_CELL) return cell;
          table.cut++;
          return `${cell.slice(0, MAX_CELL)}…`;
        });
        bytes += cells.length * 8;
        table.rows.push(cells);
      }
      if (table.more !== undefined || this.stopped >= id) break;
      if (performance.now() - told > TELL_MS) {
        told = performance.now();
        tell({ kind: 'progress', phase: 'reading', rows: table.rows.length });
      }
    }
    // What nobody reads on must not go on.
    if (table.more !== undefined) session.interrupt();
    table.tookMs = performance.now() - began;
    return table;
  }
}

const cellOf = (value: SqlValue): SqlCell =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : value;

async function schemaOf(session: SqlSession): Promise<SqlSchema> {
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
// Whoever asked is gone.
process.on('disconnect', () => process.exit());
