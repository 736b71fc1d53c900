/**
 * Messages on their way, for whoever goes over events in order: what was sent and what arrived last, found by its number at once. The oldest
 * fall out when there are too many; those are looked up in the recording.
 *
 *     send ──── arrive ──── handle
 *      └ from, when, size     └ from, and when the way began
 */
import type { ProcessId, Seq } from '../recording/index.js';
import { longer } from './area-table.js';

const LEAST = 1 << 12;
const MOST = 1 << 20;
/** Numbers told apart, for each message that is kept: only some events are messages. */
const SPREAD = 4;

export class Trips {
  /** @param most how many are kept: a power of two, at least 4,096 */
  constructor(private readonly most = MOST) {}

  /** As rings: the place of the next message is where the oldest stands. */
  seqs = new Float64Array(LEAST);
  ns = new Float64Array(LEAST);
  /** Who sent it. */
  from = new Uint32Array(LEAST);
  /** To whom, as the sender knew; 0: unknown. */
  to = new Uint32Array(LEAST);
  bytes = new Uint32Array(LEAST);
  /** Of an arrival, where its way begins: its send, or itself where that is not recorded. 0: it is a send. -1: before the area. */
  origins = new Float64Array(LEAST);
  /** By the low bits of the number. */
  #places = new Int32Array(LEAST * SPREAD);
  #count = 0;

  send(seq: Seq, ns: number, from: ProcessId, to: ProcessId, bytes: number): void {
    this.#add(seq, ns, from, to, bytes, 0);
  }

  arrive(seq: Seq, origin: Seq | -1, ns: number, from: ProcessId): void {
    this.#add(seq, ns, from, 0, 0, origin);
  }

  /** The place of a message in the columns, -1: it is not there (any more). */
  find(seq: Seq): number {
    const place = this.#places[seq % this.#places.length]!;
    return this.seqs[place] === seq ? place : -1;
  }

  #add(seq: Seq, ns: number, from: ProcessId, to: ProcessId, bytes: number, origin: number): void {
    if (this.#count === this.seqs.length && this.#count < this.most) this.#grow();
    const place = this.#count % this.seqs.length;
    this.#count++;
    this.seqs[place] = seq;
    this.ns[place] = ns;
    this.from[place] = from;
    this.to[place] = to;
    this.bytes[place] = bytes;
    this.origins[place] = origin;
    this.#places[seq % this.#places.length] = place;
  }

  #grow(): void {
    this.seqs = longer(this.seqs, 0);
    this.ns = longer(this.ns, 0);
    this.from = longer(this.from, 0);
    this.to = longer(this.to, 0);
    this.bytes = longer(this.bytes, 0);
    this.origins = longer(this.origins, 0);
    this.#places = new Int32Array(this.seqs.length * SPREAD);
    for (let place = 0; place < this.#count; place++) this.#places[this.seqs[place]! % this.#places.length] = place;
  }
}
