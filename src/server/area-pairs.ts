/** Messages by who sends and who gets them, with how long they took. Bounded: pairs beyond the first ones are counted together. */
import type { ProcessId, Seq } from '../recording/index.js';
import { PlaceTable } from './area-table.js';

const MAX_PAIRS = 30_000;

export class Pair {
  count = 0;
  bytes = 0;
  readonly arrive = new Lengths();
  readonly handle = new Lengths();

  constructor(
    readonly from: ProcessId,
    readonly to: ProcessId,
  ) {}

  /** Of the handled ones; of those that arrived where none was. */
  get slowest(): { seq: Seq; ns: number } {
    return this.handle.count > 0 ? this.handle.longest : this.arrive.longest;
  }
}

export class Pairs {
  readonly #places = new PlaceTable();
  readonly #pairs: Pair[] = [];
  /** Messages between pairs that are not told apart. */
  others = 0;

  /** Undefined: there are too many already. */
  of(from: ProcessId, to: ProcessId): Pair | undefined {
    const place = this.#places.find(from, to);
    if (place >= 0) return this.#pairs[place];
    if (this.#pairs.length >= MAX_PAIRS) return undefined;
    const pair = new Pair(from, to);
    this.#places.add(from, to, this.#pairs.length);
    this.#pairs.push(pair);
    return pair;
  }

  sent(from: ProcessId, to: ProcessId, bytes: number): void {
    const pair = this.of(from, to);
    if (pair === undefined) this.others++;
    else {
      pair.count++;
      pair.bytes += bytes;
    }
  }

  /** What was sent to nobody known turned up somewhere. */
  moved(from: ProcessId, to: ProcessId, bytes: number): void {
    const place = this.#places.find(from, 0);
    const unknown = this.#pairs[place];
    if (unknown === undefined || unknown.count === 0) return;
    unknown.count--;
    unknown.bytes -= bytes;
    this.sent(from, to, bytes);
  }

  get all(): Pair[] {
    return this.#pairs.filter((each) => each.count > 0);
  }
  get size(): number {
    return this.#pairs.length;
  }
}

const KEPT = 63;

/** Lengths of time: the longest, and some evenly taken ones for the middle (all, where there are few). */
export class Lengths {
  #kept: number[] = [];
  /** One in so many is kept: a power of two. */
  #every = 1;
  count = 0;
  longest = { seq: 0, ns: -1 };

  add(ns: number, seq: Seq): void {
    if (ns > this.longest.ns) this.longest = { seq, ns };
    if ((this.count++ & (this.#every - 1)) !== 0) return;
    this.#kept.push(ns);
    if (this.#kept.length <= KEPT) return;
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
    this.#every *= 2;
  }

  /** -1: there is none. Exact up to 63, of an even sample beyond. */
  get median(): number {
    const sorted = [...this.#kept].sort((a, b) => a - b);
    return sorted[(sorted.length - 1) >> 1] ?? -1;
  }
}
