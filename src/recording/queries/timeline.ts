/** Strips of the timeline: how much of what happened when. */
import { ROLLUP_NS } from '../format/layout.js';
import type { ProcessId } from '../model.js';
import type { Timeline } from '../query.js';
import { upperBound } from '../read/block.js';
import type { Store } from '../read/store.js';

const MAX_CELLS = 64 << 20;

export interface TimelineQuery {
  fromNs: number;
  toNs: number;
  bins: number;
  processes: readonly ProcessId[];
}

export function timeline(store: Store, query: TimelineQuery): Timeline {
  const { fromNs, toNs } = query;
  const bins = Math.max(1, Math.trunc(query.bins));
  if (!(toNs > fromNs)) throw new RangeError('a timeline needs a window that is not empty');
  if (bins * query.processes.length > MAX_CELLS) throw new RangeError('a timeline of so many bins is too large');
  const binNs = (toNs - fromNs) / bins;
  const counts = new Uint32Array(query.processes.length * bins);
  const kinds = new Uint32Array(query.processes.length * bins);
  const add = (cell: number, count: number, mask: number): void => {
    counts[cell] = Math.min(counts[cell]! + count, 0xffff_ffff);
    kinds[cell]! |= mask;
  };
  const binOf = (ns: number): number => Math.min(bins - 1, Math.floor((ns - fromNs) / binNs));
  const coarse = binNs >= ROLLUP_NS;
  const { first, last } = blocksIn(store, fromNs, toNs);

  query.processes.forEach((process, lane) => {
    const at = lane * bins;
    let i = first <= last ? store.nextBlock(process, 0xffff_ffff, first, 1) : -1;
    for (; i >= 0 && i <= last; i = store.nextBlock(process, 0xffff_ffff, i + 1, 1)) {
      const block = store.blocks[i]!;
      if (coarse) {
        block.rollup(process, (bin, count, mask) => {
          const middle = bin * ROLLUP_NS + ROLLUP_NS / 2;
          if (middle >= fromNs && middle < toNs) add(at + binOf(middle), count, mask);
        });
        continue;
      }
      const ns = block.ns();
      const rowKinds = block.kinds();
      for (const row of block.rows(process))
        if (ns[row]! >= fromNs && ns[row]! < toNs) add(at + binOf(ns[row]!), 1, 1 << rowKinds[row]!);
    }
  });
  return { fromNs, binNs, bins, processes: [...query.processes], counts, kinds };
}

/** The blocks that may have events in a window of time, widened by a bin of the rollup. */
export function blocksIn(store: Store, fromNs: number, toNs: number): { first: number; last: number } {
  const firsts = Float64Array.from(store.blocks, (block) => block.firstNs);
  const ends = Float64Array.from(store.blocks, (block) => block.lastNs);
  return { first: upperBound(ends, fromNs - ROLLUP_NS - 1), last: upperBound(firsts, toNs + ROLLUP_NS) - 1 };
}
