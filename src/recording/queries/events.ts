/** Single events, and events by filter. */
import { EVENT_KINDS, type Moment, type ProcessId } from '../model.js';
import type { EventFilter, RecordedEvent } from '../query.js';
import type { Block } from '../read/block.js';
import type { Store } from '../read/store.js';
import { maskOf } from './kinds.js';

const ALL = 0xffff_ffff;

export function eventAt(store: Store, block: Block, row: number): RecordedEvent {
  const process = block.processAt(row);
  // For a row of no process the column holds the node.
  const node = process === 0 ? block.peerAt(row) : 0;
  return {
    ...(node === 0 ? {} : { node }),
    seq: block.firstSeq + row,
    ns: block.nsAt(row),
    kind: EVENT_KINDS[block.kindAt(row)] ?? 'none',
    flags: block.flagsAt(row),
    process,
    peer: process === 0 ? 0 : block.peerAt(row),
    fn: block.functionAt(row),
    cause: block.causeAt(row),
    terms: store.termsAt(block, row),
  };
}

export function* events(store: Store, filter: EventFilter, reverse: boolean): IterableIterator<RecordedEvent> {
  const mask = filter.kinds ? maskOf(filter.kinds) : ALL;
  const first = Math.max(filter.from?.seq ?? 1, store.keyframe + 1);
  // What is written later is for the next question.
  const last = Math.min(filter.to?.seq ?? Infinity, store.events);
  if (first > last || mask === 0 || filter.processes?.length === 0 || filter.functions?.length === 0) return;
  const step = reverse ? -1 : 1;
  const processes = filter.processes && [...new Set(filter.processes)];
  const edge = store.blockOf(reverse ? first : last);
  let i = store.blockOf(reverse ? last : first);
  for (; (edge - i) * step >= 0; i += step) {
    i = nextCandidate(store, { ...filter, ...(processes ? { processes } : {}) }, mask, i, step);
    if (i < 0 || (edge - i) * step < 0) return;
    const block = store.blocks[i]!;
    const rows = matching(block, processes, mask, filter.functions, first - block.firstSeq, last - block.firstSeq);
    for (let r = reverse ? rows.length - 1 : 0; r >= 0 && r < rows.length; r += step)
      yield eventAt(store, block, rows[r]!);
  }
}

/** The next block that may have matching events: every index is asked until all agree. */
function nextCandidate(store: Store, filter: EventFilter, mask: number, from: number, step: 1 | -1): number {
  const { processes, functions } = filter;
  for (let i = from; ;) {
    let next = mask === ALL ? i : store.nextBlockOfKind(mask, i, step);
    if (next >= 0 && next < store.blocks.length && functions) next = store.nextBlockOfFunction(functions, next, step);
    if (next >= 0 && next < store.blocks.length && processes) {
      let best = -1;
      for (const process of processes) {
        const found = store.nextBlock(process, mask, next, step);
        if (found >= 0 && (best < 0 || (best - found) * step > 0)) best = found;
      }
      next = best;
    }
    if (next < 0 || next >= store.blocks.length) return -1;
    if (next === i) return i;
    i = next;
  }
}

/** Rows from `first` to `last` that match, ascending. */
function matching(
  block: Block,
  processes: readonly ProcessId[] | undefined,
  mask: number,
  functions: readonly number[] | undefined,
  first: number,
  last: number,
): number[] {
  const wanted = functions && new Set(functions);
  const found: number[] = [];
  const consider = (row: number): void => {
    if (row < first || row > last || ((1 << block.kindAt(row)) & mask) === 0) return;
    if (wanted && !wanted.has(block.functionAt(row))) return;
    found.push(row);
  };
  if (processes) {
    for (const process of processes) block.rows(process).forEach(consider);
    if (processes.length > 1) found.sort((a, b) => a - b);
  } else if (functions && block.functionRows) {
    for (const fn of new Set(functions)) block.functionRows(fn).forEach(consider);
    if (functions.length > 1) found.sort((a, b) => a - b);
  } else {
    const end = Math.min(last, block.count - 1);
    for (let row = Math.max(first, 0); row <= end; row++) consider(row);
  }
  return found;
}

/** The first event of a process after (1) or before (-1) the event at `from`. */
export function nextEvent(
  store: Store,
  process: ProcessId,
  from: Moment,
  direction: 1 | -1,
  filter: Pick<EventFilter, 'kinds' | 'functions'>,
): RecordedEvent | undefined {
  const range =
    direction > 0 ? { from: { seq: from.seq + 1, ns: from.ns } } : { to: { seq: from.seq - 1, ns: from.ns } };
  for (const event of events(store, { ...filter, ...range, processes: [process] }, direction < 0)) return event;
  return undefined;
}
