/** Strips of the timeline: how much of what happened when. */
import type { ProcessId } from '../model.js';
import type { Timeline } from '../query.js';
import type { Block } from '../read/block.js';
import type { Store } from '../read/store.js';

const MAX_CELLS = 64 << 20;
/** A window over more events than this is counted from the rollups of the segments. */
export const EXACT_EVENTS = 1 << 20;

export interface TimelineQuery {
  fromNs: number;
  toNs: number;
  bins: number;
  processes: readonly ProcessId[];
}

export function timeline(store: Store, query: TimelineQuery, exactEvents: number): Timeline {
  const { fromNs, toNs } = query;
  const bins = Math.max(1, Math.trunc(query.bins));
  if (!(toNs > fromNs)) throw new RangeError('a timeline needs a window that is not empty');
  if (bins * query.processes.length > MAX_CELLS) throw new RangeError('a timeline of so many bins is too large');
  const strip = new Strip(fromNs, toNs, bins, query.processes);
  const { first: touching, last } = blocksIn(store, fromNs, toNs);
  // What only stands in the keyframe did not happen in the window.
  const first = Math.max(touching, store.keyframeBlocks);
  let rollupNs = 0;
  if (first <= last) {
    const { blocks } = store;
    const exact = blocks[last]!.firstSeq + blocks[last]!.count - blocks[first]!.firstSeq <= exactEvents;
    for (let i = first; i <= last;) {
      const width = exact ? undefined : strip.addSegment(store, i);
      rollupNs = Math.max(rollupNs, width ?? 0);
      const segment = store.segmentOf(i);
      const end = segment && !exact ? segment.firstBlock + segment.blocks : i + 1;
      if (width === undefined) for (; i < end && i <= last; i++) strip.addBlock(blocks[i]!);
      i = end;
    }
  }
  const { counts, kinds } = strip;
  return { fromNs, binNs: strip.binNs, bins, rollupNs, processes: [...query.processes], counts, kinds };
}

class Strip {
  readonly binNs: number;
  readonly counts: Uint32Array;
  readonly kinds: Uint32Array;

  constructor(
    private readonly fromNs: number,
    private readonly toNs: number,
    private readonly bins: number,
    private readonly processes: readonly ProcessId[],
  ) {
    this.binNs = (toNs - fromNs) / bins;
    this.counts = new Uint32Array(processes.length * bins);
    this.kinds = new Uint32Array(processes.length * bins);
  }

  /** From the rollup of the segment that holds a block: its width, or undefined when there is none. */
  addSegment(store: Store, number: number): number | undefined {
    const segment = store.segmentOf(number);
    const shifts = segment?.levels() ?? [];
    if (segment === undefined || shifts.length === 0 || segment.firstBlock < store.keyframeBlocks) return undefined;
    let level = 0;
    while (level + 1 < shifts.length && 2 ** shifts[level + 1]! <= this.binNs) level++;
    // One unreadable page spoils the segment: what it had added must not be counted twice, so all are looked at first.
    if (!this.processes.every((process) => segment.hasRollup(level, process))) return undefined;
    const width = 2 ** shifts[level]!;
    const { firstNs } = store.blocks[segment.firstBlock]!;
    this.processes.forEach((process, lane) => {
      segment.rollup(level, firstNs, process, (bin, count, mask) => {
        this.#add(lane * this.bins, (bin + 0.5) * width, count, mask);
      });
    });
    return width;
  }

  /** Event by event. */
  addBlock(block: Block): void {
    const lanes: { lane: number; local: number }[] = [];
    this.processes.forEach((process, lane) => {
      const local = block.localOf(process);
      if (local >= 0) lanes.push({ lane, local });
    });
    if (lanes.length === 0) return;
    const ns = block.ns();
    const kinds = block.kinds();
    if (lanes.length === 1) {
      const at = lanes[0]!.lane * this.bins;
      for (const row of block.rows(this.processes[lanes[0]!.lane]!)) this.#add(at, ns[row]!, 1, 1 << kinds[row]!);
      return;
    }
    // One process may be asked for in several lanes.
    const laneOf = new Int32Array(block.localCount).fill(-1);
    const again: typeof lanes = [];
    for (const entry of lanes) {
      if (laneOf[entry.local] === -1) laneOf[entry.local] = entry.lane;
      else again.push(entry);
    }
    const locals = block.locals();
    for (let row = 0; row < block.count; row++) {
      const lane = laneOf[locals[row]!]!;
      if (lane >= 0) this.#add(lane * this.bins, ns[row]!, 1, 1 << kinds[row]!);
    }
    for (const { lane, local } of again)
      for (let row = 0; row < block.count; row++)
        if (locals[row] === local) this.#add(lane * this.bins, ns[row]!, 1, 1 << kinds[row]!);
  }

  #add(at: number, ns: number, count: number, mask: number): void {
    if (ns < this.fromNs || ns >= this.toNs) return;
    const cell = at + Math.min(this.bins - 1, Math.floor((ns - this.fromNs) / this.binNs));
    this.counts[cell] = Math.min(this.counts[cell]! + count, 0xffff_ffff);
    this.kinds[cell]! |= mask;
  }
}

/** The blocks that have events in a window of time, and those between. */
function blocksIn(store: Store, fromNs: number, toNs: number): { first: number; last: number } {
  const { blocks } = store;
  const search = (before: (block: Block) => boolean): number => {
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (before(blocks[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  // What a keyframe holds happened before the window.
  const first = Math.max(
    store.keyframeBlocks,
    search((block) => block.lastNs < fromNs),
  );
  return { first, last: search((block) => block.firstNs < toNs) - 1 };
}
