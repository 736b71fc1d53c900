/**
 * Walks over the records of a ring's stream without an object per record: one cursor moves.
 */
import { MAX_RECORD_BYTES, RECORD_HEADER_BYTES, RecordKind, WireError } from './protocol.js';

/** Two 32-bit halves of a node's monotonic clock: ns beyond 2^53 do not fit a number. */
export interface ClockBase {
  readonly high: number;
  readonly low: number;
}

/** @param decimal a signed 64-bit integer in decimal, as in HELLO */
export function clockBase(decimal: string): ClockBase {
  const unsigned = BigInt.asUintN(64, BigInt(decimal));
  return { high: Number(BigInt.asIntN(32, unsigned >> 32n)), low: Number(unsigned & 0xffff_ffffn) };
}

/** A recorded node's pid in one number: `number | serial << 28`. Exact below 2^53. */
export const pidNumber = (pid64: number): number => pid64 % 0x1000_0000;
export const pidSerial = (pid64: number): number => Math.floor(pid64 / 0x1000_0000);

export class RecordCursor {
  /** All bytes the cursor walks over. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  kind: number = RecordKind.PAD;
  flags = 0;
  /** ns since the clock base. */
  ns = 0;
  /** pid64, 0 for none. */
  subject = 0;
  /** Read position inside the payload. */
  at = 0;
  /** End of the record. */
  end = 0;
  #next = 0;
  readonly #base: ClockBase;

  constructor(bytes: Uint8Array, base: ClockBase) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = base;
  }

  /** Moves to the next record; false at the end. @throws WireError on a record that breaks the rules */
  advance(): boolean {
    const { view } = this;
    for (;;) {
      const start = this.#next;
      if (start === view.byteLength) return false;
      if (view.byteLength - start < 8) throw new WireError('a record is cut short');
      const size = view.getUint32(start, true);
      this.kind = view.getUint8(start + 4);
      if (size < 8 || size % 8 !== 0 || start + size > view.byteLength)
        throw new WireError(`a record has a size of ${size} bytes`);
      this.#next = start + size;
      if (this.kind === RecordKind.PAD) continue;
      if (size < RECORD_HEADER_BYTES || size > MAX_RECORD_BYTES)
        throw new WireError(`a record has a size of ${size} bytes`);
      this.flags = view.getUint8(start + 5);
      this.ns =
        (view.getInt32(start + 12, true) - this.#base.high) * 0x1_0000_0000 +
        (view.getUint32(start + 8, true) - this.#base.low);
      this.subject = view.getUint32(start + 20, true) * 0x1_0000_0000 + view.getUint32(start + 16, true);
      this.at = start + RECORD_HEADER_BYTES;
      this.end = start + size;
      return true;
    }
  }

  u32(): number {
    const at = this.#take(4);
    return this.view.getUint32(at, true);
  }

  u64(): number {
    const at = this.#take(8);
    return this.view.getUint32(at + 4, true) * 0x1_0000_0000 + this.view.getUint32(at, true);
  }

  /** A monotonic time, as ns since the clock base. */
  time(): number {
    const at = this.#take(8);
    return (
      (this.view.getInt32(at + 4, true) - this.#base.high) * 0x1_0000_0000 +
      (this.view.getUint32(at, true) - this.#base.low)
    );
  }

  /** A `T`: the bytes of one recorded term, empty when absent. */
  term(): Uint8Array {
    const length = this.u32();
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** `u16` length and UTF-8. */
  string(): string {
    const length = this.view.getUint16(this.#take(2), true);
    const at = this.#take(length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, length).toString('utf8');
  }

  #take(count: number): number {
    const at = this.at;
    if (count > this.end - at) throw new WireError(`a record of kind ${this.kind} is shorter than its payload`);
    this.at = at + count;
    return at;
  }
}
