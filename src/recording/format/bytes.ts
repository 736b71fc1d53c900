/** Little-endian bytes and LEB128 numbers, written to a growing buffer and read with every bound checked. */
import { RecordingError } from '../errors.js';

const TWO_32 = 0x1_0000_0000;
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export class ByteWriter {
  buffer: Uint8Array;
  #view: DataView;
  size = 0;

  constructor(capacity = 1 << 12) {
    this.buffer = new Uint8Array(capacity);
    this.#view = new DataView(this.buffer.buffer);
  }

  reset(): this {
    this.size = 0;
    return this;
  }

  /** What was written; valid until the next write. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.size);
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    if (this.size + more <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.size + more));
    grown.set(this.buffer.subarray(0, this.size));
    this.buffer = grown;
    this.#view = new DataView(grown.buffer);
  }

  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.size++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.size, value, true);
    this.size += 4;
  }

  /** A safe integer in eight bytes. */
  u64(value: number): void {
    this.u32(value % TWO_32);
    this.u32(Math.floor(value / TWO_32));
  }

  /** A safe integer ≥ 0. */
  varint(value: number): void {
    this.reserve(8);
    const buffer = this.buffer;
    let at = this.size;
    while (value >= 0x8000_0000) {
      buffer[at++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    while (value >= 0x80) {
      buffer[at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    buffer[at++] = value;
    this.size = at;
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.size);
    this.size += bytes.length;
  }

  text(value: string): void {
    const bytes = utf8.encode(value);
    this.varint(bytes.length);
    this.raw(bytes);
  }
}

export class ByteReader {
  at = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  #need(count: number): number {
    const at = this.at;
    if (count > this.bytes.length - at) throw new RecordingError('a part of the recording is shorter than it says');
    this.at = at + count;
    return at;
  }

  u8(): number {
    return this.bytes[this.#need(1)]!;
  }

  u32(): number {
    return this.#view.getUint32(this.#need(4), true);
  }

  u64(): number {
    const low = this.u32();
    const value = this.u32() * TWO_32 + low;
    if (!Number.isSafeInteger(value)) throw new RecordingError('a number in the recording is too large');
    return value;
  }

  varint(): number {
    const { bytes } = this;
    // Most numbers are small.
    const first = bytes[this.at];
    if (first !== undefined && first < 0x80) {
      this.at++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let n = 0; n < 8; n++) {
      if (this.at >= bytes.length) throw new RecordingError('a part of the recording is shorter than it says');
      const byte = bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      scale *= 128;
    }
    throw new RecordingError('a number in the recording is too large');
  }

  /** As many numbers as `out` holds. */
  varints(out: Float64Array | Uint32Array): void {
    const { bytes } = this;
    let at = this.at;
    // A number of up to three bytes is read in place while at least three are left.
    const safe = bytes.length - 3;
    for (let i = 0; i < out.length; i++) {
      if (at <= safe) {
        const a = bytes[at]!;
        if (a < 0x80) {
          out[i] = a;
          at++;
          continue;
        }
        const b = bytes[at + 1]!;
        if (b < 0x80) {
          out[i] = (a & 0x7f) | (b << 7);
          at += 2;
          continue;
        }
        const c = bytes[at + 2]!;
        if (c < 0x80) {
          out[i] = (a & 0x7f) | ((b & 0x7f) << 7) | (c << 14);
          at += 3;
          continue;
        }
      }
      this.at = at;
      out[i] = this.varint();
      at = this.at;
    }
    this.at = at;
  }

  raw(count: number): Uint8Array {
    const at = this.#need(count);
    return this.bytes.subarray(at, at + count);
  }

  text(): string {
    return fromUtf8.decode(this.raw(this.varint()));
  }
}
