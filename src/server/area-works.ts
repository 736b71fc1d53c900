/** The areas asked for last, with what was counted of them so far. */
import type { BulkRecording } from '../recording/index.js';
import type { AreaParams } from './area-parts.js';
import { AreaTotals } from './area-totals.js';

const KEPT = 6;

export class AreaWorks {
  /** Asked for last, last. */
  readonly #works = new Map<string, AreaTotals>();

  constructor(private readonly recording: BulkRecording) {}

  of({ fromNs, toNs, processes }: AreaParams): AreaTotals {
    const key = JSON.stringify([fromNs, toNs, processes]);
    let work = this.#works.get(key);
    if (work === undefined) work = new AreaTotals(this.recording, { fromNs, toNs, processes });
    else work.grow();
    this.#works.delete(key);
    this.#works.set(key, work);
    if (this.#works.size > KEPT) this.#works.delete(this.#works.keys().next().value!);
    return work;
  }
}
