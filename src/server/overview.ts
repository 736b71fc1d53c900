/**
 * How much happened when, over the whole recording and all processes. At once from what blocks say of themselves (65,536 events lie evenly between
 * the block's first and last), then exactly, a few blocks with each question, so that a recording of a hundred million events has its
 * map as soon as a small one.
 */
import { BinaryResult } from './binary.js';
import type { Questions } from './questions.js';
import { blockOf, spansOf, type BlockSpan } from './system-blocks.js';
import type { Recording } from '../recording/index.js';

const BUDGET_MS = 15;

export class Overview {
  private known: Known | undefined;

  constructor(private readonly questions: Questions) {}

  answer(bins: number): BinaryResult {
    const { recording } = this.questions;
    const end = recording.end();
    const from = recording.start().seq + 1;
    const same = this.known?.bins === bins && this.known.endSeq === end.seq && this.known.from === from;
    const known = same ? this.known! : new Known(recording, bins, from, end);
    this.known = known;
    known.refine(performance.now() + BUDGET_MS);
    return known.answer();
  }
}

class Known {
  readonly endSeq: number;
  private readonly ns: number;
  private readonly counts: Float64Array;
  private readonly kinds: Uint32Array;
  private readonly spans: readonly BlockSpan[];
  /** Blocks before this one are counted event by event. */
  private next = 0;

  constructor(
    private readonly recording: Recording,
    readonly bins: number,
    readonly from: number,
    end: { seq: number; ns: number },
  ) {
    this.endSeq = end.seq;
    this.spans = spansOf(recording);
    this.ns = Math.max(end.ns, bins);
    this.counts = new Float64Array(bins);
    this.kinds = new Uint32Array(bins);
  }

  refine(until: number): void {
    do {
      const span = this.spans[this.next++];
      if (span === undefined) return;
      const block = blockOf(this.recording, span.firstSeq);
      if (block === undefined) continue;
      const ns = block.ns();
      const kinds = block.kinds();
      for (let row = 0; row < block.count; row++) {
        const bin = this.binOf(ns[row]!);
        this.counts[bin]!++;
        this.kinds[bin]! |= 1 << kinds[row]!;
      }
    } while (performance.now() < until);
  }

  answer(): BinaryResult {
    const counts = Float64Array.from(this.counts);
    const kinds = Uint32Array.from(this.kinds);
    for (const span of this.spans.slice(this.next)) {
      const first = this.binOf(span.firstNs);
      const last = this.binOf(span.lastNs);
      for (let bin = first; bin <= last; bin++) {
        counts[bin]! += span.count / (last - first + 1);
        kinds[bin]! |= span.kinds;
      }
    }
    const done = this.next >= this.spans.length;
    return new BinaryResult(
      { binNs: this.ns / this.bins, bins: this.bins, ns: this.ns, done },
      { counts: Uint32Array.from(counts, (each) => Math.ceil(each)), kinds },
    );
  }

  private binOf(ns: number): number {
    return Math.min(this.bins - 1, Math.max(0, Math.floor((ns / this.ns) * this.bins)));
  }
}
