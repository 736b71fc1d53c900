/**
 * Brings the rings of one node into one order.
 *
 * Each VM thread writes its own ring, in its own order of time; the probe says up to which time every ring has been sent. Records
 * earlier than this watermark are taken out, always from the ring whose next record is the earliest:
 *
 * ```
 *   ring 0   3 ─ 7 ─ 9 ─ 14          watermark 10
 *   ring 1   4 ─ 5 ─ 12              →  3 4 5 7 9     (12 and 14 wait)
 * ```
 */
import { RecordCursor, WireError, type ClockBase } from '../../wire/index.js';

/** What may wait for a watermark. Beyond it the oldest is taken without one: order is worth less than memory. */
const MAX_WAITING_BYTES = 256 * 1024 * 1024;

interface Ring {
  /** Absolute position after the last byte received. */
  received: number;
  /** Standing on its next record, or undefined when the ring is empty. */
  current: RecordCursor | undefined;
  waiting: RecordCursor[];
}

export class RingMerge {
  readonly #base: ClockBase;
  readonly #sink: (record: RecordCursor) => void;
  readonly #rings = new Map<number, Ring>();
  #waitingBytes = 0;

  constructor(base: ClockBase, sink: (record: RecordCursor) => void) {
    this.#base = base;
    this.#sink = sink;
  }

  /** Absolute position up to which a ring's bytes are here. */
  received(ring: number): number {
    return this.#rings.get(ring)?.received ?? 0;
  }

  /**
   * Takes bytes of a ring from absolute `position` on. Bytes seen before are skipped.
   * @returns how many bytes are missing before these (0 when none)
   * @throws WireError on a record that breaks the rules
   */
  push(ring: number, position: number, bytes: Uint8Array): number {
    let state = this.#rings.get(ring);
    if (!state) this.#rings.set(ring, (state = { received: position, current: undefined, waiting: [] }));
    const missing = position - state.received;
    const fresh = missing < 0 ? bytes.subarray(Math.min(bytes.length, -missing)) : bytes;
    if (fresh.length === 0) return 0;
    state.received = position + bytes.length;
    const cursor = new RecordCursor(fresh, this.#base);
    if (state.current) state.waiting.push(cursor);
    else if (cursor.advance()) state.current = cursor;
    else return Math.max(0, missing);
    this.#waitingBytes += fresh.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.take(Infinity);
    return Math.max(0, missing);
  }

  /** Hands over every record earlier than `ns` (since the clock base), in order. */
  take(ns: number): void {
    for (;;) {
      let first: Ring | undefined;
      let limit = ns;
      for (const ring of this.#rings.values()) {
        if (!ring.current) continue;
        if (!first || !first.current || ring.current.ns < first.current.ns) {
          if (first?.current) limit = Math.min(limit, first.current.ns);
          first = ring;
        } else limit = Math.min(limit, ring.current.ns);
      }
      if (!first?.current || first.current.ns >= ns) return;
      this.#drain(first, limit);
    }
  }

  /** Everything left, in order. */
  flush(): void {
    this.take(Infinity);
  }

  /** Takes at least one record of this ring, then all up to and with `limit`. */
  #drain(ring: Ring, limit: number): void {
    let cursor = ring.current;
    do {
      if (!cursor) throw new WireError('an empty ring was drained');
      this.#sink(cursor);
      while (cursor && !cursor.advance()) {
        this.#waitingBytes -= cursor.bytes.length;
        cursor = ring.waiting.shift();
      }
      ring.current = cursor;
    } while (cursor && cursor.ns < limit);
  }
}
