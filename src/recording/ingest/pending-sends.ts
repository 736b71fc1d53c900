/**
 * Finds the send that an arrival belongs to.
 *
 * The VM keeps the order of messages from one sender to one receiver, so the k-th arrival is the k-th send. Where events were dropped, or a
 * send went to an alias whose owner is not known, counting is not enough: the message's fingerprint must agree too, and sends before the match
 * are given up (their arrival will not come any more).
 */

/** Sends that wait for their arrival, over all pairs. Receivers that are not recorded never answer. */
const MAX_WAITING = 2_000_000;
/** How far a fingerprint is looked for before an arrival counts as unmatched. */
const MAX_LOOK_AHEAD = 256;

interface Queue {
  seqs: number[];
  prints: number[];
  head: number;
}

export class PendingSends {
  readonly #queues = new Map<number, Queue>();
  #waiting = 0;

  add(from: number, to: number, seq: number, print: number): void {
    const key = pair(from, to);
    let queue = this.#queues.get(key);
    if (!queue) this.#queues.set(key, (queue = { seqs: [], prints: [], head: 0 }));
    queue.seqs.push(seq);
    queue.prints.push(print);
    if (++this.#waiting > MAX_WAITING) this.#dropOldest();
  }

  /** The send's seq, 0 when it was not recorded. */
  take(from: number, to: number, print: number): number {
    return this.#take(pair(from, to), print) || this.#take(pair(from, 0), print);
  }

  #take(key: number, print: number): number {
    const queue = this.#queues.get(key);
    if (!queue) return 0;
    const end = Math.min(queue.seqs.length, queue.head + MAX_LOOK_AHEAD);
    for (let i = queue.head; i < end; i++) {
      if (queue.prints[i] !== print) continue;
      const seq = queue.seqs[i] as number;
      this.#waiting -= i + 1 - queue.head;
      queue.head = i + 1;
      if (queue.head === queue.seqs.length) this.#queues.delete(key);
      else if (queue.head >= 1024 && queue.head * 2 > queue.seqs.length) {
        queue.seqs = queue.seqs.slice(queue.head);
        queue.prints = queue.prints.slice(queue.head);
        queue.head = 0;
      }
      return seq;
    }
    return 0;
  }

  /** The pair that was opened first goes: its receiver most likely never reports. */
  #dropOldest(): void {
    for (const [key, queue] of this.#queues) {
      this.#waiting -= queue.seqs.length - queue.head;
      this.#queues.delete(key);
      return;
    }
  }
}

/** Process ids stay below 2^26 here; beyond that pairs may collide, and the fingerprint decides. */
const pair = (from: number, to: number): number => (from % 0x4000000) * 0x4000000 + (to % 0x4000000);
