/** Callbacks and calls as spans of time. */
import { Flags, type ProcessId } from '../model.js';
import type { Slice } from '../query.js';
import type { Block } from '../read/block.js';
import type { Store } from '../read/store.js';
import { Kind, bit } from './kinds.js';
import { momentAt } from './moments.js';
import { backwards, forwards } from './rows.js';

const STARTS = bit(Kind.HANDLE) | bit(Kind.CALL);
const ENDS = bit(Kind.HANDLED) | bit(Kind.RETURN) | bit(Kind.EXCEPTION) | bit(Kind.TAIL);
const HANDLING = bit(Kind.HANDLE) | bit(Kind.HANDLED);
const CALLING = bit(Kind.CALL) | bit(Kind.RETURN) | bit(Kind.EXCEPTION) | bit(Kind.TAIL);
/** How many events back a call is looked for that began before a window and ends after it. */
const LOOK_BACK = 1 << 17;

export interface WindowQuery {
  fromNs: number;
  toNs: number;
  processes: readonly ProcessId[];
  limit: number;
}

export function slices(store: Store, query: WindowQuery): { slices: Slice[]; total: number } {
  // The first event of the window and the last one.
  const first = Math.max(momentAt(store, Math.ceil(query.fromNs) - 1).seq, store.keyframe) + 1;
  const last = momentAt(store, query.toNs).seq;
  const longest = new Longest(Math.max(0, query.limit));
  for (const process of new Set(query.processes)) slicesOf(store, process, first, last, (slice) => longest.add(slice));
  return { slices: longest.take(), total: longest.total };
}

function slicesOf(store: Store, process: ProcessId, first: number, last: number, add: (slice: Slice) => void): void {
  const open = new Map<number, Slice>();
  const closed = new Set<number>();
  const begin = (block: Block, row: number): Slice => ({
    process,
    seq: block.firstSeq + row,
    fn: block.functionAt(row),
    startNs: block.nsAt(row),
    endNs: -1,
    raised: false,
  });
  const end = (slice: Slice, block: Block, row: number): void => {
    slice.endNs = block.nsAt(row);
    slice.raised = block.kindAt(row) === Kind.EXCEPTION || (block.flagsAt(row) & Flags.RAISED) !== 0;
    add(slice);
  };

  forwards(store, process, STARTS | ENDS, first, (block, row) => {
    if (block.firstSeq + row > last) return false;
    if ((bit(block.kindAt(row)) & STARTS) !== 0) {
      const slice = begin(block, row);
      open.set(slice.seq, slice);
      return true;
    }
    const cause = block.causeAt(row);
    const slice = open.get(cause) ?? startedBefore(store, process, cause, first, begin);
    open.delete(cause);
    if (slice && !closed.has(cause)) {
      closed.add(cause);
      end(slice, block, row);
    }
    return true;
  });

  // What was open when the window began and is not closed in it.
  backwards(store, process, HANDLING, first - 1, (block, row) => {
    if (block.kindAt(row) === Kind.HANDLE && !closed.has(block.firstSeq + row)) {
      const slice = begin(block, row);
      open.set(slice.seq, slice);
    }
    return false;
  });
  const over = new Set<number>();
  backwards(store, process, CALLING, first - 1, (block, row) => {
    if (block.firstSeq + row < first - LOOK_BACK) return false;
    if (block.kindAt(row) !== Kind.CALL) over.add(block.causeAt(row));
    else if (!over.has(block.firstSeq + row) && !closed.has(block.firstSeq + row)) {
      const slice = begin(block, row);
      open.set(slice.seq, slice);
    }
    return true;
  });

  if (open.size > 0)
    forwards(store, process, ENDS, last + 1, (block, row) => {
      const slice = open.get(block.causeAt(row));
      if (!slice) return true;
      open.delete(slice.seq);
      end(slice, block, row);
      return open.size > 0;
    });
  for (const slice of open.values()) add(slice);
}

function startedBefore(
  store: Store,
  process: ProcessId,
  seq: number,
  first: number,
  begin: (block: Block, row: number) => Slice,
): Slice | undefined {
  const place = seq < first ? store.place(seq) : undefined;
  if (!place || place.block.processAt(place.row) !== process) return undefined;
  return (bit(place.block.kindAt(place.row)) & STARTS) === 0 ? undefined : begin(place.block, place.row);
}

/** Keeps the longest slices without keeping all. */
class Longest {
  total = 0;
  #kept: Slice[] = [];

  constructor(private readonly limit: number) {}

  add(slice: Slice): void {
    this.total++;
    this.#kept.push(slice);
    if (this.#kept.length > 4 * this.limit + 1024) this.#prune();
  }

  take(): Slice[] {
    this.#prune();
    return this.#kept.sort((a, b) => a.seq - b.seq);
  }

  #prune(): void {
    if (this.#kept.length <= this.limit) return;
    this.#kept.sort((a, b) => length(b) - length(a) || a.seq - b.seq);
    this.#kept.length = this.limit;
  }
}

const length = (slice: Slice): number => (slice.endNs < 0 ? Number.MAX_SAFE_INTEGER : slice.endNs - slice.startNs);
