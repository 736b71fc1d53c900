/** ClickHouse's RowBinary: values one after the other, little-endian, texts after their length. */
import { FleetError } from '../fleet-error.js';

export type CellType = 'UInt8' | 'UInt16' | 'UInt32' | 'UInt64' | 'Int64' | 'String' | 'Nullable(String)' | 'Nullable(UInt32)' | 'Array(UInt32)' | "DateTime64(9, 'UTC')"; // prettier-ignore

export class RowWriter {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #size = 0;

  /** Of a table's columns, for the format `RowBinaryWithNamesAndTypes`. */
  constructor(columns: readonly (readonly [name: string, type: string])[]) {
    this.varint(columns.length);
    for (const [name] of columns) this.text(name);
    for (const [, type] of columns) this.text(type);
  }

  get size(): number {
    return this.#size;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#size);
  }

  u8(value: number): void {
    this.#room(1);
    this.#bytes[this.#size++] = value;
  }

  u16(value: number): void {
    this.#room(2);
    this.#size = this.#bytes.writeUInt16LE(value, this.#size);
  }

  u32(value: number): void {
    this.#room(4);
    this.#size = this.#bytes.writeUInt32LE(value, this.#size);
  }

  /** Up to 2^53. */
  u64(value: number): void {
    this.#room(8);
    this.#bytes.writeUInt32LE(value % 2 ** 32, this.#size);
    this.#bytes.writeUInt32LE(Math.floor(value / 2 ** 32), this.#size + 4);
    this.#size += 8;
  }

  /** Also negative, also beyond 2^53. */
  i64(value: bigint): void {
    this.#room(8);
    this.#size = this.#bytes.writeBigInt64LE(value, this.#size);
  }

  varint(value: number): void {
    this.#room(8);
    let left = value;
    for (; left > 0x7f; left = Math.floor(left / 128)) this.#bytes[this.#size++] = (left & 0x7f) | 0x80;
    this.#bytes[this.#size++] = left;
  }

  raw(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.#room(length);
    this.#size += this.#bytes.write(text, this.#size);
  }

  maybeText(text: string | undefined): void {
    this.u8(text === undefined ? 1 : 0);
    if (text !== undefined) this.text(text);
  }

  maybeU32(value: number | undefined): void {
    this.u8(value === undefined ? 1 : 0);
    if (value !== undefined) this.u32(value);
  }

  u32s(values: ArrayLike<number>): void {
    this.varint(values.length);
    for (let i = 0; i < values.length; i++) this.u32(values[i]!);
  }

  #room(bytes: number): void {
    if (this.#size + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#size + bytes));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}

/** Reads what a question with `format: 'RowBinary'` answers. Throws a FleetError where the answer ends too early. */
export class RowReader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** Throws above 2^53. */
  u64(): number {
    const at = this.#take(8);
    const value = this.#bytes.readUInt32LE(at) + this.#bytes.readUInt32LE(at + 4) * 2 ** 32;
    if (value > Number.MAX_SAFE_INTEGER) throw new FleetError('ClickHouse answers with a number that cannot be');
    return value;
  }

  raw(): Uint8Array {
    let length = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.u8();
      length += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      if (factor > 2 ** 42) throw new FleetError('ClickHouse answers with a text that cannot be');
    }
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(): string {
    return Buffer.from(this.raw()).toString('utf8');
  }

  u32s(): Uint32Array {
    const length = this.u8();
    // Arrays of ours are short.
    if (length > 127) throw new FleetError('ClickHouse answers with a list that cannot be');
    return Uint32Array.from({ length }, () => this.u32());
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) throw new FleetError('an answer of ClickHouse breaks off');
    this.#at += bytes;
    return at;
  }
}
