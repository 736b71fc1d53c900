/**
 * The messages of one behaviour process that arrived and were not handled yet, to find the arrival that a callback handles.
 *
 * OTP behaviours wrap their messages: a call is `{'$gen_call', From, Request}`, a cast `{'$gen_cast', Request}`; the callback sees the
 * request only. So an arrival has up to two fingerprints, of the whole message and of what is wrapped in it.
 */

export type Wrapping = 'call' | 'cast' | 'info';

/** Arrivals nobody handles (a plain process, a behaviour stuck in one callback) must not pile up for ever. */
const MAX_INBOX = 200_000;

interface Arrival {
  seq: number;
  wrapping: Wrapping;
  print: number;
  innerPrint: number;
}

export class Inbox {
  #arrivals: Arrival[] = [];
  #head = 0;

  add(seq: number, wrapping: Wrapping, print: number, innerPrint: number): void {
    this.#arrivals.push({ seq, wrapping, print, innerPrint });
    if (this.#arrivals.length - this.#head > MAX_INBOX) this.#head++;
    this.#compact();
  }

  /**
   * The arrival that a callback with this message handles, 0 when none is known.
   * @param inOrder OTP's behaviours take messages in the order of arrival, so what stood before was taken inside an earlier callback and is
   *   forgotten. Others (`gen_server2` with its priorities) only take this one.
   */
  take(wrapping: Wrapping, print: number, inOrder: boolean): number {
    const found = this.#find((a) => a.wrapping === wrapping && (a.innerPrint === print || a.print === print));
    // A bounded encoder may cut the same request differently inside its wrapping: then the order decides.
    const index = found >= 0 || wrapping === 'info' ? found : this.#find((a) => a.wrapping === wrapping);
    if (index < 0) return 0;
    const seq = (this.#arrivals[index] as Arrival).seq;
    if (inOrder || index === this.#head) this.#head = index + 1;
    else this.#arrivals.splice(index, 1);
    this.#compact();
    return seq;
  }

  #find(matches: (arrival: Arrival) => boolean): number {
    for (let i = this.#head; i < this.#arrivals.length; i++) if (matches(this.#arrivals[i] as Arrival)) return i;
    return -1;
  }

  #compact(): void {
    if (this.#head === this.#arrivals.length) {
      this.#arrivals = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 > this.#arrivals.length) {
      this.#arrivals = this.#arrivals.slice(this.#head);
      this.#head = 0;
    }
  }
}
