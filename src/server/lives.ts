/**
 * When processes were born and ended. An event's time lies in its block, and a hundred thousand processes were born in as many blocks as there
 * are: reading these takes seconds. So a large table begins with times that are right to the length of a block (some ten milliseconds), and
 * the exact ones are looked up block by block, a little with each question.
 */
import type { Recording } from '../recording/index.js';
import { blockOf, spansOf, type BlockSpan } from './system-blocks.js';

/** Where there are no more blocks than this, times are exact from the beginning. */
export const FEW_BLOCKS = 16;
const BUDGET_MS = 15;

/** Between the times of the first and the last event of the block, by the number of the event. */
export class RoughTimes {
  private readonly blocks: readonly BlockSpan[];

  constructor(private readonly recording: Recording) {
    this.blocks = spansOf(recording);
  }

  /** Whether there is anything to win. */
  get many(): boolean {
    return this.blocks.length > FEW_BLOCKS;
  }

  at(seq: number): number {
    const block = this.blocks[this.indexOf(seq)];
    if (block === undefined) return 0;
    const share = block.count < 2 ? 0 : (seq - block.firstSeq) / (block.count - 1);
    return Math.round(block.firstNs + Math.min(1, Math.max(0, share)) * (block.lastNs - block.firstNs));
  }

  /** Times of all events of the block that holds one, and the number of its first. */
  around(seq: number): { firstSeq: number; ns: ArrayLike<number> } | undefined {
    const block = blockOf(this.recording, seq);
    return block && { firstSeq: block.firstSeq, ns: block.ns() };
  }

  private indexOf(seq: number): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.blocks[middle]!.firstSeq <= seq) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** The exact times of events, in the order in which these happened. */
export class ExactTimes {
  private readonly order: Uint32Array;
  private next = 0;

  /** `seqs`: of the events; `set` is told of each by its position there. */
  constructor(
    private readonly times: RoughTimes,
    private readonly seqs: Float64Array,
    private readonly set: (position: number, ns: number) => void,
  ) {
    this.order = Uint32Array.from(seqs.keys()).sort((a, b) => seqs[a]! - seqs[b]!);
  }

  /** Looks up more of them; true once all are. */
  more(until = performance.now() + BUDGET_MS): boolean {
    const { order, seqs, times } = this;
    while (this.next < order.length) {
      const block = times.around(seqs[order[this.next]!]!);
      // At least one goes with each turn, also where its block is gone.
      do {
        const position = order[this.next++]!;
        const ns = block?.ns[seqs[position]! - block.firstSeq];
        if (ns !== undefined) this.set(position, ns);
      } while (
        block !== undefined &&
        this.next < order.length &&
        seqs[order[this.next]!]! < block.firstSeq + block.ns.length
      );
      if (performance.now() >= until) break;
    }
    return this.next >= order.length;
  }
}
