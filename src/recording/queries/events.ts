/** Single events, and events by filter. */
import { EVENT_KINDS, type Moment, type ProcessId } from '../model.js';
import type { EventFilter, RecordedEvent } from '../query.js';
import { upperBound, type Block } from '../read/block.js';
import type { Store } from '../read/store.js';
import { bit, Kind, maskOf } from './kinds.js';

const ALL = 0xffff_ffff;
const STATES = bit(Kind.STATE);

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
    const range = {
      first: Math.max(0, first - block.firstSeq),
      last: Math.min(last - block.firstSeq, block.count - 1),
    };
    const only = { ...filter, ...(processes ? { processes } : {}) };
    for (const row of matching(block, only, mask, range, reverse)) yield eventAt(store, block, row);
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

/** Rows from `first` to `last` that match, in the order asked for: no more pages are looked at than whoever asks has use for. */
function* matching(
  block: Block,
  { processes, functions }: Pick<EventFilter, 'processes' | 'functions'>,
  mask: number,
  range: { first: number; last: number },
  reverse: boolean,
): IterableIterator<number> {
  const wanted = functions && new Set(functions);
  for (const row of rowsIn(block, processes, wanted, mask, range, reverse))
    if (((1 << block.kindAt(row)) & mask) !== 0 && (wanted === undefined || wanted.has(block.functionAt(row))))
      yield row;
}

function* rowsIn(
  block: Block,
  processes: readonly ProcessId[] | undefined,
  functions: ReadonlySet<number> | undefined,
  mask: number,
  { first, last }: { first: number; last: number },
  reverse: boolean,
): IterableIterator<number> {
  const step = reverse ? -1 : 1;
  const within = function* (lists: ArrayLike<number>[]): IterableIterator<number> {
    const rows = lists.length === 1 ? lists[0]! : lists.flatMap((each) => Array.from(each)).sort((a, b) => a - b);
    const low = upperBound(rows, first - 1);
    const high = upperBound(rows, last) - 1;
    for (let i = reverse ? high : low; i >= low && i <= high; i += step) yield rows[i]!;
  };
  if (processes !== undefined && mask === STATES) yield* within(processes.map((each) => block.stateRows(each)));
  else if (processes !== undefined) {
    const [low, high] = [block.pageOf(first), block.pageOf(last)];
    for (let page = reverse ? high : low; page >= low && page <= high; page += step)
      yield* within(processes.map((each) => block.pageRows(each, page)));
  } else if (functions !== undefined && block.functionRows !== undefined)
    yield* within([...functions].map((each) => block.functionRows!(each)));
  else for (let row = reverse ? last : first; row >= first && row <= last; row += step) yield row;
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
