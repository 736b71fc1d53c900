/** Where the events of one recording stand in another: runs of neighbours that stayed neighbours. */
import { upperBound } from '../read/block.js';

export class SeqMap {
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #length: number[] = [];

  /** Event `from` became event `to`; both larger than in any call before. */
  add(from: number, to: number): void {
    const last = this.#from.length - 1;
    const length = this.#length[last] ?? 0;
    if (last >= 0 && from - length === this.#from[last] && to - length === this.#to[last])
      this.#length[last] = length + 1;
    else {
      this.#from.push(from);
      this.#to.push(to);
      this.#length.push(1);
    }
  }

  /** The new place of an event, 0 when it is not there. */
  get(from: number): number {
    const run = upperBound(this.#from, from) - 1;
    const offset = run < 0 ? Infinity : from - this.#from[run]!;
    return offset < (this.#length[run] ?? 0) ? this.#to[run]! + offset : 0;
  }

  /** The new place of the last event at or before `from` that is there, 0 for none. */
  before(from: number): number {
    const run = upperBound(this.#from, from) - 1;
    return run < 0 ? 0 : this.#to[run]! + Math.min(from - this.#from[run]!, this.#length[run]! - 1);
  }
}
