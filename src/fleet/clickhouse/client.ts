/** A ClickHouse for who can wait: shipping. */
import { FleetError } from '../fleet-error.js';
import { pause } from '../pause.js';
import { sendHttp } from '../sync-http.js';
import type { Address } from './address.js';
import { checked, requestOf, unreachable, type Ask } from './requests.js';
import { RowReader, RowWriter } from './row-binary.js';
import { COLUMNS, type TableName } from './schema.js';

export interface ClientOptions {
  /** For how long what may pass by itself is tried again. */
  patienceMs: number;
  signal?: AbortSignal;
  /** Told once when it begins to wait for a server. */
  onTrouble?: (message: string) => void;
}

/** One INSERT is one block, and so all of it or nothing is there. */
const INSERT = { max_insert_block_size: 1_048_576, min_insert_block_size_rows: 0, min_insert_block_size_bytes: 0, async_insert: 0 }; // prettier-ignore
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

export class Client {
  constructor(
    readonly address: Address,
    private readonly options: ClientOptions,
  ) {}

  async run(sql: string, ask: Omit<Ask, 'sql'> = {}): Promise<void> {
    await this.#send({ sql, ...ask });
  }

  async select(sql: string): Promise<RowReader> {
    return new RowReader((await this.#send({ sql, format: 'RowBinary' })).body);
  }

  /** Writes one row. */
  async insert(table: TableName, fill: (row: RowWriter) => void): Promise<void> {
    const rows = new RowWriter(COLUMNS[table]);
    fill(rows);
    await this.insertRows(table, rows);
  }

  async insertRows(table: TableName, rows: RowWriter): Promise<void> {
    const names = COLUMNS[table].map(([name]) => `\`${name}\``).join(', ');
    await this.#send({
      sql: `insert into ${table} (${names}) format RowBinaryWithNamesAndTypes`,
      body: rows.bytes(),
      settings: INSERT,
    });
  }

  /** Tries again what may pass by itself: every statement of ours may run twice. */
  async #send(ask: Ask): Promise<{ body: Uint8Array }> {
    const { patienceMs, signal } = this.options;
    const end = Date.now() + patienceMs;
    for (let wait = FIRST_WAIT_MS, told = false; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return checked(this.address, await this.#answer(ask));
      } catch (error) {
        if (!(error instanceof FleetError) || !error.again || Date.now() + wait > end || signal?.aborted) throw error;
        if (!told) this.options.onTrouble?.(error.message);
        told = true;
        await pause(wait, signal);
      }
    }
  }

  async #answer(ask: Ask): ReturnType<typeof sendHttp> {
    try {
      return await sendHttp(requestOf(this.address, ask));
    } catch (error) {
      throw unreachable(this.address, error);
    }
  }
}
