/** The areas asked for last, with what was counted of them so far. */
import type { BulkRecording } from '../recording/index.js';
import type { AreaParams } from './area-parts.js';
import { AreaTotals, type AreaQuery } from './area-totals.js';

const KEPT = 6;

export class AreaWorks {
  /** Asked for last, last. */
  readonly #works = new Map<string, AreaTotals>();

  constructor(private readonly recording: BulkRecording) {}

  of({ fromNs, toNs, processes }: AreaParams): AreaTotals {
    const key = JSON.stringify([fromNs, toNs, processes]);
    const work = this.#works.get(key) ?? this.#stretched({ fromNs, toNs, processes });
    work.grow();
    this.#works.delete(key);
    this.#works.set(key, work);
    if (this.#works.size > KEPT) this.#works.delete(this.#works.keys().next().value!);
    return work;
  }

  /** Who moves the end of an area to the right needs only what has been added. */
  #stretched(query: AreaQuery): AreaTotals {
    const [key, last] = [...this.#works].at(-1) ?? [];
    if (key === undefined || last?.stretch(query) !== true) return new AreaTotals(this.recording, query);
    this.#works.delete(key);
    return last;
  }
}
