/** What every process did in a window of time, summed up block by block, as many blocks as there is time for. */
import {
  EVENT_KINDS,
  Flags,
  isError,
  kindCode,
  type EventBlock,
  type RecordedEvent,
  type Recording,
} from '../recording/index.js';
import { blocksBetween } from './system-blocks.js';

const SEND = kindCode('send');
const ARRIVE = kindCode('arrive');
const HANDLE = kindCode('handle');
const HANDLED = kindCode('handled');
const CALL = kindCode('call');
const RETURN = kindCode('return');
const TAIL = kindCode('tail');
const EXCEPTION = kindCode('exception');
const EXIT = kindCode('exit');
const LOG = kindCode('log');
const SCHEDULE = kindCode('schedule');
const MEMORY = kindCode('memory');

/** Pairs told apart at most: some 60 MB. */
const MAX_PAIRS = 400_000;
const PAIR = 2 ** 26;
/** Payloads decoded for one block at most, to see whether an end or a log event is an error. */
const MAX_TERMS = 4_000;

export class WindowSums {
  readonly messages: Float64Array;
  readonly errors: Float64Array;
  readonly callbacksNs: Float64Array;
  readonly scheduledNs: Float64Array;
  readonly pairs = new Map<number, number>();
  pairsCut = false;
  /** Messages in all pairs. */
  sent = 0;
  looked = 0;
  readonly total: number;
  private readonly firstLook: Float64Array;
  private readonly lastLook: Float64Array;
  private readonly firstLookNs: Float64Array;
  private readonly lastLookNs: Float64Array;
  private readonly blocks: EventBlock[];
  private readonly calls: Spans;
  private readonly runs: Spans;

  constructor(
    recording: Recording,
    readonly fromNs: number,
    readonly toNs: number,
  ) {
    const from = fromNs <= 0 ? recording.start().seq : recording.momentAt(fromNs - 1).seq;
    const to = Math.min(recording.momentAt(toNs).seq, recording.end().seq);
    this.blocks = spread(blocksBetween(recording, from + 1, to));
    this.total = this.blocks.length;
    const size = recording.processes().length + 1;
    this.messages = new Float64Array(size);
    this.errors = new Float64Array(size);
    this.callbacksNs = new Float64Array(size);
    this.scheduledNs = new Float64Array(size);
    this.firstLook = new Float64Array(size).fill(-1);
    this.lastLook = new Float64Array(size).fill(-1);
    this.firstLookNs = new Float64Array(size).fill(Infinity);
    this.lastLookNs = new Float64Array(size).fill(-Infinity);
    this.calls = new Spans(this.callbacksNs, fromNs, toNs);
    this.runs = new Spans(this.scheduledNs, fromNs, toNs);
  }

  get complete(): boolean {
    return this.looked === this.total;
  }

  /** Goes on until a time by `performance.now`, at least by one block. */
  advance(until: number): void {
    while (!this.complete) {
      this.take(this.blocks[this.looked]!);
      this.looked++;
      if (performance.now() > until) return;
    }
  }

  /** Between the first and the last look at a process; -1: fewer than two. */
  reductions(process: number): number {
    const first = this.firstLook[process]!;
    return first < 0 || this.firstLookNs[process] === this.lastLookNs[process] ? -1 : this.lastLook[process]! - first;
  }

  private take(block: EventBlock): void {
    const { fromNs, toNs, messages, errors, calls, runs } = this;
    const size = messages.length;
    const kinds = block.kinds();
    const ns = block.ns();
    const processes = block.processes();
    const peers = block.peers();
    const causes = block.causes();
    const flags = block.flags();
    const { firstSeq, firstNs, lastNs } = block;
    let decoded = 0;
    /** Whose callback raised: their end is the same error. */
    const raised = new Set<number>();
    for (let row = 0; row < block.count; row++) {
      const process = processes[row]!;
      if (process === 0 || process >= size) continue;
      const at = ns[row]!;
      if (at > toNs) break;
      const inside = at >= fromNs;
      switch (kinds[row]) {
        case SEND:
          if (!inside) break;
          messages[process]!++;
          if (peers[row]! > 0) this.pair(process, peers[row]!);
          break;
        case ARRIVE: {
          if (!inside) break;
          messages[process]!++;
          const cause = causes[row]! - firstSeq;
          // What was sent by a name that nobody could resolve has its receiver only here.
          if (peers[row]! > 0 && (causes[row] === 0 || (cause >= 0 && peers[cause] === 0)))
            this.pair(peers[row]!, process);
          break;
        }
        case HANDLE:
        case CALL:
          calls.begin(process, firstSeq + row, at);
          break;
        case HANDLED:
        case RETURN:
        case TAIL:
        case EXCEPTION:
          if (kinds[row] === HANDLED && (flags[row]! & Flags.RAISED) !== 0) raised.add(process);
          else if (kinds[row] !== EXCEPTION) {
            calls.end(process, causes[row]!, at, firstNs);
            break;
          }
          if (inside) errors[process]!++;
          calls.end(process, causes[row]!, at, firstNs);
          break;
        case SCHEDULE:
          if ((flags[row]! & Flags.IN) !== 0) runs.begin(process, 1, at);
          else runs.end(process, 1, at, firstNs);
          break;
        case EXIT:
        case LOG:
          if (!inside || (kinds[row] === EXIT && raised.has(process))) break;
          if (++decoded <= MAX_TERMS && isError(eventAt(block, row))) errors[process]!++;
          break;
        case MEMORY:
          if (inside && ++decoded <= MAX_TERMS) this.look(process, at, block, row);
          break;
        default:
      }
    }
    calls.close(Math.min(lastNs, toNs));
    runs.close(Math.min(lastNs, toNs));
  }

  private pair(from: number, to: number): void {
    this.sent++;
    const key = from * PAIR + to;
    const known = this.pairs.get(key);
    if (known !== undefined) this.pairs.set(key, known + 1);
    else if (this.pairs.size < MAX_PAIRS) this.pairs.set(key, 1);
    else this.pairsCut = true;
  }

  private look(process: number, at: number, block: EventBlock, row: number): void {
    const [seen] = block.terms(row);
    const reductions = seen?.kind === 'tuple' ? seen.elements[2] : undefined;
    if (reductions?.kind !== 'integer') return;
    if (at < this.firstLookNs[process]!) {
      this.firstLookNs[process] = at;
      this.firstLook[process] = Number(reductions.value);
    }
    if (at > this.lastLookNs[process]!) {
      this.lastLookNs[process] = at;
      this.lastLook[process] = Number(reductions.value);
    }
  }
}

/** The strongest pairs first, at most `limit`. */
export function strongestPairs(
  pairs: ReadonlyMap<number, number>,
  limit: number,
): { from: number; to: number; count: number }[] {
  // prettier-ignore
  const least = atLeast(pairs.values(), pairs.size, limit);
  const found: { from: number; to: number; count: number }[] = [];
  for (const [key, count] of pairs)
    if (count >= least) found.push({ from: Math.floor(key / PAIR), to: key % PAIR, count });
  // Ties at the end are cut in the order of the numbers, so that the same question has the same answer.
  found.sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to);
  return found.slice(0, limit);
}

/** A number that about `limit` of the values reach, found without sorting them all: large ones are counted in coarse steps. */
export function atLeast(values: Iterable<number>, size: number, limit: number): number {
  if (size <= limit) return -Infinity;
  const STEPS = 4096;
  const histogram = new Uint32Array(STEPS);
  const step = (value: number): number => (value < 2048 ? Math.max(0, Math.floor(value)) : Math.min(STEPS - 1, 2048 + Math.floor(Math.log2(value / 2048) * 64))); // prettier-ignore
  for (const value of values) histogram[step(value)]!++;
  let sum = 0;
  for (let i = STEPS - 1; i >= 0; i--) {
    sum += histogram[i]!;
    if (sum >= limit) return i <= 2048 ? i : 2048 * 2 ** ((i - 2048) / 64);
  }
  return -Infinity;
}

/** Time inside of the outermost call of each process, within a window. */
class Spans {
  private readonly open: Float64Array;
  private readonly openNs: Float64Array;
  /** Counted up to here. */
  private readonly until: Float64Array;
  private touched: number[] = [];

  constructor(
    private readonly sums: Float64Array,
    private readonly fromNs: number,
    private readonly toNs: number,
  ) {
    this.open = new Float64Array(sums.length);
    this.openNs = new Float64Array(sums.length);
    this.until = new Float64Array(sums.length);
  }

  begin(process: number, seq: number, ns: number): void {
    if (this.open[process] !== 0) return;
    this.open[process] = seq;
    this.openNs[process] = ns;
    this.touched.push(process);
  }

  end(process: number, seq: number, ns: number, firstNs: number): void {
    const open = this.open[process]!;
    if (open === 0) {
      // It began before this block: what lies inside of the block is counted, the calls inside of it once.
      this.touched.push(process);
      this.add(process, firstNs, ns);
    } else if (open === seq) {
      this.open[process] = 0;
      this.add(process, this.openNs[process]!, ns);
    }
  }

  /** At the end of a block: what is open counts up to here. */
  close(ns: number): void {
    for (const process of this.touched) {
      if (this.open[process] !== 0) this.add(process, this.openNs[process]!, ns);
      this.open[process] = 0;
      this.until[process] = 0;
    }
    this.touched = [];
  }

  private add(process: number, from: number, to: number): void {
    const start = Math.max(from, this.until[process]!, this.fromNs);
    const end = Math.min(to, this.toNs);
    if (end > start) this.sums[process]! += end - start;
    this.until[process] = Math.max(this.until[process]!, end);
  }
}

function eventAt(block: EventBlock, row: number): RecordedEvent {
  return {
    seq: block.firstSeq + row,
    ns: block.ns()[row]!,
    kind: EVENT_KINDS[block.kinds()[row]!]!,
    flags: block.flags()[row]!,
    process: block.processes()[row]!,
    peer: 0,
    fn: 0,
    cause: 0,
    terms: block.terms(row),
  };
}

/** In an order in which any first part lies evenly over the whole: by the reversed bits of the position (van der Corput). */
export function spread<T>(list: readonly T[]): T[] {
  const bits = Math.max(1, Math.ceil(Math.log2(Math.max(1, list.length))));
  const out: T[] = [];
  for (let i = 0; i < 1 << bits; i++) {
    let at = 0;
    for (let b = 0; b < bits; b++) if ((i & (1 << b)) !== 0) at |= 1 << (bits - 1 - b);
    if (at < list.length) out.push(list[at]!);
  }
  return out;
}
