/** SQL of ClickHouse itself over one recording there: the views of the database, narrowed to the recording. Nothing can be changed. */
import { SqlError, type SqlAnswer, type SqlSession, type SqlValue } from '../../sql/index.js';
import { FleetError } from '../fleet-error.js';
import { httpFailure } from '../sync-http.js';
import { Client } from './client.js';
import type { Address } from './address.js';
import { ClickHouseError, checked, explained, quoted, requestOf, unreachable } from './requests.js';
import { SCHEMA, VIEW_NAMES, otherVersion, schemaVersion } from './schema.js';

/** Opens the recording of an address for SQL; without one, all recordings of the database. Throws a FleetError. */
export async function openClickHouseSql(address: Address): Promise<SqlSession> {
  const found = await schemaVersion(new Client(address, { patienceMs: 0 }));
  if (found === undefined) throw new FleetError(`nothing was shipped to ${address.shown} yet`);
  if (found !== SCHEMA) throw otherVersion(address.shown, found);
  return new Session(address);
}

class Session implements SqlSession {
  readonly #asking = new Set<AbortController>();

  constructor(private readonly address: Address) {}

  async query(sql: string): Promise<SqlAnswer> {
    const { address } = this;
    const stop = new AbortController();
    this.#asking.add(stop);
    const { url, ...init } = requestOf(address, {
      sql: sql.trim().replace(/;+$/, ''),
      format: 'JSONCompactEachRowWithNamesAndTypes',
      settings: {
        readonly: 2,
        // Numbers above 2^53 come whole.
        output_format_json_quote_64bit_integers: 1,
        join_use_nulls: 0,
        cancel_http_readonly_queries_on_client_close: 1,
        ...(address.recording === undefined ? {} : { additional_table_filters: filters(address.recording) }),
      },
    });
    let response: Response;
    try {
      response = await fetch(url, { ...init, redirect: 'error', signal: stop.signal });
    } catch (error) {
      throw new SqlError(unreachable(address, httpFailure(error)).message);
    }
    const lines = linesOf(response);
    if (response.status !== 200 || response.headers.has('x-clickhouse-exception-code')) {
      const body = new TextEncoder().encode((await all(lines)).join('\n'));
      const headers = Object.fromEntries(response.headers);
      throw asSqlError(() => checked(address, { status: response.status, headers, body }));
    }
    const names = JSON.parse((await lines.next()).value ?? '[]') as string[];
    const types = JSON.parse((await lines.next()).value ?? '[]') as string[];
    return {
      columns: names.map((name, i) => ({ name, type: types[i] ?? 'String' })),
      rows: rowsOf(address, lines, types, () => this.#asking.delete(stop)),
    };
  }

  interrupt(): void {
    for (const stop of this.#asking) stop.abort();
  }

  close(): void {
    this.interrupt();
  }
}

const filters = (recording: string): string =>
  `{${VIEW_NAMES.map((view) => `${quoted(view)}: ${quoted(`recording = ${quoted(recording)}`)}`).join(', ')}}`;

const ROWS_AT_ONCE = 1000;

async function* rowsOf(
  address: Address,
  lines: AsyncIterator<string>,
  types: readonly string[],
  done: () => void,
): AsyncIterable<SqlValue[][]> {
  const whole = types.map((type) => /^(?:Nullable\()?U?Int(?:64|128|256)/.test(type));
  try {
    let rows: SqlValue[][] = [];
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      if (line.value === '') continue;
      // Where it fails on the way, its complaint stands in the answer.
      if (!line.value.startsWith('[')) {
        const code = Number(/Code: (\d+)/.exec(line.value)?.[1] ?? 0);
        throw new SqlError(explained(address, 500, code, line.value).message);
      }
      rows.push((JSON.parse(line.value) as SqlValue[]).map((value, i) => (whole[i] ? integer(value) : value)));
      if (rows.length < ROWS_AT_ONCE) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  } finally {
    done();
  }
}

function integer(value: SqlValue): SqlValue {
  const number = typeof value === 'string' ? Number(value) : NaN;
  return Number.isSafeInteger(number) ? number : value;
}

async function* linesOf(response: Response): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const bytes of response.body ?? []) {
      const parts = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n');
      rest = parts.pop()!;
      yield* parts;
    }
  } catch (error) {
    throw new SqlError(error instanceof Error && error.name === 'AbortError' ? 'stopped' : httpFailure(error).message);
  }
  if (rest !== '') yield rest;
  return undefined;
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

function asSqlError(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof ClickHouseError) return new SqlError(error.message);
    throw error;
  }
  return new SqlError('ClickHouse answers with an error that it does not tell');
}
