/**
 * The rows of one block as they come in: a struct of growing columns, payloads already apart by stream. The writer packs it when it
 * is full; a reader keeps the unsealed rows of a growing recording in one.
 */
import type { LifeSource } from './life.js';
import { BLOCK_PAYLOAD_BYTES, STREAM_OF, STREAMS } from './layout.js';

export class BlockBuilder {
  count = 0;
  firstSeq: number;
  readonly kind: Uint8Array;
  readonly flags: Uint8Array;
  readonly ns: Float64Array;
  readonly process: Uint32Array;
  readonly peer: Uint32Array;
  readonly fn: Uint32Array;
  /** Seq of the cause, 0 for none. */
  readonly cause: Float64Array;
  readonly length: Uint32Array;
  /** Where the row's payload begins in its stream. */
  readonly offset: Uint32Array;
  /** One arena a stream. */
  readonly streams: Uint8Array[] = [];
  readonly streamBytes = new Float64Array(STREAMS);
  payloadBytes = 0;

  constructor(
    readonly capacity: number,
    firstSeq: number,
  ) {
    this.firstSeq = firstSeq;
    this.kind = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.ns = new Float64Array(capacity);
    this.process = new Uint32Array(capacity);
    this.peer = new Uint32Array(capacity);
    this.fn = new Uint32Array(capacity);
    this.cause = new Float64Array(capacity);
    this.length = new Uint32Array(capacity);
    this.offset = new Uint32Array(capacity);
    for (let s = 0; s < STREAMS; s++) this.streams.push(new Uint8Array(1 << 12));
  }

  get full(): boolean {
    return this.count >= this.capacity || this.payloadBytes >= BLOCK_PAYLOAD_BYTES;
  }

  get lastNs(): number {
    return this.count === 0 ? 0 : this.ns[this.count - 1]!;
  }

  reset(firstSeq: number): void {
    this.firstSeq = firstSeq;
    this.count = 0;
    this.payloadBytes = 0;
    this.streamBytes.fill(0);
  }

  /** Copies a payload to the end of its stream. */
  addPayload(row: number, stream: number, payload: Uint8Array): void {
    const bytes = payload.length;
    const at = this.streamBytes[stream]!;
    const arena = this.#room(stream, bytes);
    if (bytes < 48) for (let i = 0; i < bytes; i++) arena[at + i] = payload[i]!;
    else arena.set(payload, at);
    this.offset[row] = at;
    this.length[row] = bytes;
    this.streamBytes[stream] = at + bytes;
    this.payloadBytes += bytes;
  }

  /** Appends bytes to a stream; the rows are told apart by `placeRows`. */
  addBytes(stream: number, bytes: Uint8Array): void {
    const at = this.streamBytes[stream]!;
    this.#room(stream, bytes.length).set(bytes, at);
    this.streamBytes[stream] = at + bytes.length;
    this.payloadBytes += bytes.length;
  }

  /** The payload of a row; valid until the next change. */
  payload(row: number): Uint8Array {
    const at = this.offset[row]!;
    return this.streams[STREAM_OF[this.kind[row]!]!]!.subarray(at, at + this.length[row]!);
  }

  /** As links and names are read from it. */
  get life(): LifeSource {
    return {
      count: this.count,
      kind: this.kind,
      process: (row) => this.process[row]!,
      peer: (row) => this.peer[row]!,
      payload: (row) => this.payload(row),
    };
  }

  #room(stream: number, more: number): Uint8Array {
    const arena = this.streams[stream]!;
    const needed = this.streamBytes[stream]! + more;
    if (needed <= arena.length) return arena;
    const grown = new Uint8Array(Math.max(arena.length * 2, needed));
    grown.set(arena.subarray(0, this.streamBytes[stream]));
    this.streams[stream] = grown;
    return grown;
  }
}
