/** The columns of a chunk of rows, filled in plain arrays and copied into DuckDB's vectors as a whole. */
import type { DuckDBType } from '@duckdb/node-api';
import type * as Bindings from '@duckdb/node-bindings';
import type { DuckDb } from './duckdb.js';
import type { Labels } from './labels.js';

/** Rows of a DuckDB vector. */
export const CHUNK_ROWS = 2048;
/** From so many texts on, making an enum for each question costs more than writing the texts. */
const MOST_LABELS = 20_000;

/** What a column holds: whole numbers up to 2^53, counts below 2^32, numbers of events and of processes (0: none), times (ns after `startMs`), labels by id, or text. */
export type ColumnType = 'bigint' | 'count' | 'seq' | 'id' | 'byte' | 'boolean' | 'text' | { startMs: number } | Labels;

export type Value = number | string | boolean | undefined;

export interface Column {
  /** Undefined, negative numbers, and 0 for a 'seq', an 'id' or a label become NULL. */
  set(at: number, value: Value): void;
  /** Numbers of `values` from `from` on; where `rows` is given, of these rows. */
  gather(values: ArrayLike<number>, rows: ArrayLike<number> | undefined, from: number, count: number): void;
  /** The first `count` rows go into a vector; all are free again. */
  flush(vector: Bindings.Vector, count: number): void;
}

export function duckType({ api }: DuckDb, type: ColumnType): DuckDBType {
  if (type === 'bigint' || type === 'seq') return api.BIGINT;
  if (type === 'id' || type === 'count') return api.UINTEGER;
  if (type === 'byte') return api.UTINYINT;
  if (type === 'boolean') return api.BOOLEAN;
  if (type === 'text') return api.VARCHAR;
  if ('startMs' in type) return api.TIMESTAMP_NS;
  return type.texts.length === 0 || type.texts.length > MOST_LABELS ? api.VARCHAR : api.ENUM(type.texts);
}

export function makeColumn({ bindings }: DuckDb, type: ColumnType): Column {
  if (type === 'bigint') return new BigColumn(bindings, 0, undefined);
  if (type === 'seq') return new BigColumn(bindings, 1, undefined);
  if (type === 'id') return new ArrayColumn(bindings, new Uint32Array(CHUNK_ROWS), undefined, 1);
  if (type === 'count') return new ArrayColumn(bindings, new Uint32Array(CHUNK_ROWS), undefined);
  if (type === 'byte' || type === 'boolean') return new ArrayColumn(bindings, new Uint8Array(CHUNK_ROWS), undefined);
  if (type === 'text') return new TextColumn(bindings, undefined);
  if ('startMs' in type) return new BigColumn(bindings, 0, BigInt(type.startMs) * 1_000_000n);
  const size = type.texts.length;
  if (size === 0 || size > MOST_LABELS) return new TextColumn(bindings, type);
  const values = size < 256 ? new Uint8Array(CHUNK_ROWS) : new Uint16Array(CHUNK_ROWS);
  return new ArrayColumn(bindings, values, (id) => type.index(id));
}

/** Which rows hold something. */
class Validity {
  readonly #bits = new Uint8Array(CHUNK_ROWS / 8).fill(0xff);
  #nulls = false;

  constructor(private readonly bindings: typeof Bindings) {}

  clear(at: number): void {
    this.#bits[at >> 3]! &= ~(1 << (at & 7));
    this.#nulls = true;
  }

  flush(vector: Bindings.Vector): void {
    if (!this.#nulls) return;
    this.bindings.vector_ensure_validity_writable(vector);
    this.bindings.copy_data_to_vector_validity(vector, 0, this.#bits.buffer, 0, this.#bits.byteLength);
    this.#bits.fill(0xff);
    this.#nulls = false;
  }
}

class ArrayColumn implements Column {
  readonly #validity: Validity;

  constructor(
    private readonly bindings: typeof Bindings,
    private readonly values: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
    /** What is stored for a value; -1 for NULL. As it is where absent. */
    private readonly stored: ((value: number) => number) | undefined,
    /** Below it is NULL. */
    private readonly least = 0,
  ) {
    this.#validity = new Validity(bindings);
  }

  set(at: number, value: Value): void {
    const stored = value === undefined ? -1 : this.stored ? this.stored(value as number) : Number(value);
    if (stored < this.least) this.#validity.clear(at);
    this.values[at] = stored;
  }

  gather(values: ArrayLike<number>, rows: ArrayLike<number> | undefined, from: number, count: number): void {
    const { values: target, stored, least } = this;
    for (let i = 0; i < count; i++) {
      const value = values[rows === undefined ? from + i : rows[from + i]!]!;
      const kept = stored === undefined ? value : stored(value);
      target[i] = kept;
      if (kept < least) this.#validity.clear(i);
    }
  }

  flush(vector: Bindings.Vector, count: number): void {
    const { buffer, BYTES_PER_ELEMENT } = this.values;
    this.bindings.copy_data_to_vector(vector, 0, buffer, 0, count * BYTES_PER_ELEMENT);
    this.#validity.flush(vector);
  }
}

/** 64-bit numbers, written as halves: making a bigint of each is many times slower. */
class BigColumn implements Column {
  readonly #halves = new Uint32Array(CHUNK_ROWS * 2);
  readonly #whole = new BigInt64Array(this.#halves.buffer);
  readonly #validity: Validity;

  constructor(
    private readonly bindings: typeof Bindings,
    /** Below it is NULL. */
    private readonly least: number,
    /** Is added to each. */
    private readonly base: bigint | undefined,
  ) {
    this.#validity = new Validity(bindings);
  }

  set(at: number, value: Value): void {
    const number = (value ?? -1) as number;
    if (number < this.least) this.#validity.clear(at);
    else if (this.base === undefined) {
      this.#halves[at * 2] = number;
      this.#halves[at * 2 + 1] = number / 4_294_967_296;
    } else this.#whole[at] = this.base + BigInt(number);
  }

  gather(values: ArrayLike<number>, rows: ArrayLike<number> | undefined, from: number, count: number): void {
    for (let i = 0; i < count; i++) this.set(i, values[rows === undefined ? from + i : rows[from + i]!]!);
  }

  flush(vector: Bindings.Vector, count: number): void {
    this.bindings.copy_data_to_vector(vector, 0, this.#halves.buffer, 0, count * 8);
    this.#validity.flush(vector);
  }
}

class TextColumn implements Column {
  readonly #values: (string | undefined)[] = [];
  readonly #validity: Validity;
  readonly #encoder = new TextEncoder();
  readonly #scratch = new Uint8Array(1 << 16);

  constructor(
    private readonly bindings: typeof Bindings,
    private readonly labels: Labels | undefined,
  ) {
    this.#validity = new Validity(bindings);
  }

  set(at: number, value: Value): void {
    this.#values[at] = typeof value === 'number' ? this.labels?.text(value) : (value as string | undefined);
  }

  gather(values: ArrayLike<number>, rows: ArrayLike<number> | undefined, from: number, count: number): void {
    for (let i = 0; i < count; i++) this.set(i, values[rows === undefined ? from + i : rows[from + i]!]!);
  }

  flush(vector: Bindings.Vector, count: number): void {
    for (let i = 0; i < count; i++) {
      const text = this.#values[i];
      if (text === undefined) this.#validity.clear(i);
      else this.bindings.vector_assign_string_element_len(vector, i, this.#encode(text));
    }
    this.#values.length = 0;
    this.#validity.flush(vector);
  }

  /** Valid until the next one: DuckDB copies it. */
  #encode(text: string): Uint8Array {
    if (text.length * 3 > this.#scratch.length) return this.#encoder.encode(text);
    return this.#scratch.subarray(0, this.#encoder.encodeInto(text, this.#scratch).written);
  }
}
