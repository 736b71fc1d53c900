/** DuckDB over a recording: each table is a function that DuckDB asks for rows, so nothing is copied beforehand and nothing can be changed. */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';
import { RecordingError, parseMoment, type BulkRecording } from '../recording/index.js';
import { duckType, makeColumn, type Column } from './columns.js';
import { loadDuckDb, type DuckDb } from './duckdb.js';
import { Names } from './labels.js';
import { SqlError } from './sql-error.js';
import type { Filter, Parameter, Scan, Source, Table } from './table.js';
import * as tables from './tables/index.js';
import { sqlValue, type SqlValue } from './values.js';

export interface SqlColumn {
  name: string;
  type: string;
}

export interface SqlAnswer {
  columns: SqlColumn[];
  /** Rows as they come, some thousand at a time. Throws an SqlError where the question fails on the way. */
  rows: AsyncIterable<SqlValue[][]>;
}

/** What a session may take of the machine; DuckDB's own choice where absent, which is every core. */
export interface SqlLimits {
  threads?: number;
  memoryMb?: number;
  /** Of the disk, where the memory is not enough. */
  spillMb?: number;
}

/** How far the tables have been read for the question under way. */
export interface SqlProgress {
  rows: number;
  /** Rows of the tables whose reading has begun; undefined: of one of them nobody knows. */
  of: number | undefined;
}

export interface SqlSession {
  /** Runs one statement, or several of which the last one answers. Throws an SqlError. */
  query(sql: string): Promise<SqlAnswer>;
  /** Stops the question that is under way. */
  interrupt(): void;
  close(): void;
}

/** SQL over a recording on this machine. */
export interface RecordingSql extends SqlSession {
  /** Since the question began that was asked last. */
  progress(): SqlProgress;
}

export const TABLES = [
  'events',
  'processes',
  'functions',
  'calls',
  'lines',
  'messages',
  'states',
  'gaps',
  'marks',
] as const;
export type TableName = (typeof TABLES)[number];

/**
 * Opens a recording for SQL from outside: no files, no network, no extensions, no settings. What a statement creates lives in memory until
 * `close`. Throws an SqlError where DuckDB is missing.
 */
export async function openSql(recording: BulkRecording, limits: SqlLimits = {}): Promise<RecordingSql> {
  return Session.open(recording, false, limits);
}

/** The same for statements of our own that write files. */
export async function openTrustedSql(recording: BulkRecording): Promise<SqlSession> {
  return Session.open(recording, true, {});
}

const REFUSED =
  'only questions can be asked here (SELECT, EXPLAIN), and tables and views of your own made in memory (CREATE, INSERT, UPDATE, DELETE)';

class Session implements RecordingSql {
  readonly #source: Source;
  /** What DuckDB knows of: made anew when the recording grows, as types hold its names. */
  #tables: Table[] = [];
  #progress: SqlProgress = { rows: 0, of: 0 };

  private constructor(
    private readonly duckdb: DuckDb,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly recording: BulkRecording,
    private readonly trusted: boolean,
  ) {
    this.#source = { recording, names: new Names(recording) };
  }

  static async open(recording: BulkRecording, trusted: boolean, limits: SqlLimits): Promise<Session> {
    const duckdb = await loadDuckDb();
    const instance = await duckdb.api.DuckDBInstance.create(':memory:', {
      memory_limit: `${String(limits.memoryMb ?? 1_024)}MB`,
      ...(limits.threads === undefined ? {} : { threads: String(limits.threads) }),
      ...(limits.spillMb === undefined ? {} : { max_temp_directory_size: `${String(limits.spillMb)}MB` }),
      // DuckDB makes it when it must, and removes it.
      temp_directory: join(tmpdir(), `elixirscope-sql-${randomUUID()}`),
      autoload_known_extensions: 'false',
      autoinstall_known_extensions: 'false',
      allow_persistent_secrets: 'false',
      enable_external_access: String(trusted),
    });
    const connection = await instance.connect();
    // DuckDB keeps rows back until it has so many: whoever asks would see nothing of a long search before a megabyte was found.
    if (!trusted) await connection.run(`set streaming_buffer_size = '1KB'`);
    await connection.run('set lock_configuration = true');
    const session = new Session(duckdb, instance, connection, recording, trusted);
    session.#tables = session.#make();
    session.#register();
    await session.#createViews();
    return session;
  }

  async query(sql: string): Promise<SqlAnswer> {
    if (this.recording.refresh()) {
      this.#source.names.refresh();
      this.#tables = this.#make();
      await this.#createViews();
    }
    this.#progress = { rows: 0, of: 0 };
    const result = await this.#run(sql);
    const types = result.columnTypes();
    return {
      columns: result.columnNames().map((name, i) => ({ name, type: typeName(String(types[i])) })),
      rows: rowsOf(result),
    };
  }

  /**
   * Runs each statement. What only sets DuckDB itself up is refused: nothing here needs it, and some of it (logging to a file) breaks a
   * closed-off instance.
   */
  async #run(sql: string): Promise<DuckDBResult> {
    const { StatementType } = this.duckdb.api;
    const allowed = ['SELECT', 'EXPLAIN', 'CREATE', 'INSERT', 'UPDATE', 'DELETE'].map(
      (name) => StatementType[name as keyof typeof StatementType],
    );
    if (this.trusted) allowed.push(StatementType.COPY);
    const statements = await told(() => this.connection.extractStatements(sql));
    if (/enable_logging/i.test(sql)) throw new SqlError(REFUSED);
    let result: DuckDBResult | undefined;
    for (let i = 0; i < statements.count; i++) {
      const prepared = await told(() => statements.prepare(i));
      if (!allowed.includes(prepared.statementType)) throw new SqlError(REFUSED);
      result = await told(() => (i < statements.count - 1 ? prepared.run() : prepared.stream()));
    }
    if (result === undefined) throw new SqlError('there is no statement to run');
    return result;
  }

  progress(): SqlProgress {
    return { ...this.#progress };
  }

  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  #make(): Table[] {
    return TABLES.map((name) => tables[name](this.#source));
  }

  async #createViews(): Promise<void> {
    for (const name of TABLES) await this.connection.run(`create or replace view ${name} as select * from ${name}()`);
  }

  #register(): void {
    const { api } = this.duckdb;
    TABLES.forEach((name, t) => {
      this.connection.registerTableFunction(
        api.DuckDBTableFunction.create({
          name,
          supportsProjectionPushdown: true,
          namedParameterTypes: Object.fromEntries(this.#tables[t]!.parameters.map((one) => [one, api.VARCHAR])),
          bindFunction: (bind) => {
            const table = this.#tables[t]!;
            try {
              const filter = this.#filter(table.parameters, (one) => bind.getNamedParameter(one));
              for (const column of table.columns) bind.addResultColumn(column.name, duckType(this.duckdb, column.type));
              if (table.rows !== undefined && Object.keys(filter).length === 0) bind.setCardinality(table.rows, true);
              bind.setBindData({ table, filter } satisfies Bound);
            } catch (error) {
              bind.setError(messageOf(error));
            }
          },
          initFunction: (init) => {
            const { table, filter } = init.bindData as Bound;
            const targets = init.getColumnIndexes().map((index) => ({
              index,
              column: table.columns[index] && makeColumn(this.duckdb, table.columns[index].type),
            }));
            const columns: (Column | undefined)[] = table.columns.map(() => undefined);
            for (const { index, column } of targets) if (column) columns[index] = column;
            const all = Object.keys(filter).length === 0 ? table.rows : undefined;
            const { of } = this.#progress;
            this.#progress.of = all === undefined || of === undefined ? undefined : of + all;
            init.setInitData({
              scan: table.scan(filter, columns),
              targets: targets.map(({ index }) => columns[index]),
            } satisfies Running);
            init.setMaxThreads(1);
          },
          mainFunction: (info, chunk) => {
            const { scan, targets } = info.initData as Running;
            try {
              const count = scan.next();
              this.#progress.rows += count;
              this.duckdb.bindings.data_chunk_set_size(chunk.chunk, count);
              if (count > 0)
                targets.forEach((column, i) =>
                  column?.flush(this.duckdb.bindings.data_chunk_get_vector(chunk.chunk, i), count),
                );
            } catch (error) {
              this.duckdb.bindings.data_chunk_set_size(chunk.chunk, 0);
              info.setError(messageOf(error));
            }
          },
        }),
      );
    });
  }

  /** Reads `since`, `until` (moments) and `process` (a pid or a name). */
  #filter(parameters: readonly Parameter[], given: (parameter: Parameter) => unknown): Filter {
    const text = (parameter: Parameter): string | undefined => {
      const value = parameters.includes(parameter) ? given(parameter) : undefined;
      return typeof value === 'string' ? value : undefined;
    };
    const filter: Filter = {};
    const since = text('since');
    const until = text('until');
    const process = text('process');
    if (since !== undefined) {
      // A moment is after its event; what happens at that time is asked for too.
      const { seq, ns } = parseMoment(since, this.recording);
      filter.from = /^#/.test(since) ? seq : ns === 0 ? 1 : this.recording.momentAt(ns - 1).seq + 1;
    }
    if (until !== undefined) filter.to = parseMoment(until, this.recording).seq;
    if (process !== undefined) {
      const id = this.recording.findProcess(process);
      if (id === undefined) throw new SqlError(`no process "${process}" in this recording`);
      filter.process = id;
    }
    return filter;
  }
}

interface Bound {
  table: Table;
  filter: Filter;
}
interface Running {
  scan: Scan;
  targets: (Column | undefined)[];
}

async function* rowsOf(result: DuckDBResult): AsyncIterable<SqlValue[][]> {
  for (;;) {
    const chunk = await told(() => result.fetchChunk());
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk.getRows().map((row) => row.map(sqlValue));
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new SqlError(messageOf(error));
  }
}

const messageOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof RecordingError ? text : text.trim();
};

/** An enum of a recording is long, and text to whoever asks. */
const typeName = (type: string): string => (type.startsWith('ENUM(') ? 'VARCHAR' : type);
