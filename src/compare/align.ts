/**
 * Two histories side by side: which event of one is which of the other. A stretch at a time, so that memory and time stay bounded however long
 * they are: as many events of both are read as it takes to find a place where they agree again, rows are given up to there, and the next
 * stretch begins behind it.
 */
import type { ProcessId, RecordedEvent, Seq } from '../recording/index.js';
import { pairSequences } from './anchors.js';
import { EventReader, saysTheSame, type KeyedEvent } from './event-reader.js';
import type { Execution } from './execution.js';

/** One of the two histories: the events of a process after `after`. */
export interface Side {
  execution: Execution;
  process: ProcessId;
  after: Seq;
}

export type RowKind = 'same' | 'changed' | 'left' | 'right';

/** A line of the comparison. Of one that is only on one side the other is undefined. */
export interface Row {
  kind: RowKind;
  left: RecordedEvent | undefined;
  right: RecordedEvent | undefined;
}

export interface Aligned {
  rows: Row[];
  /** Where the next stretch begins: after these events. Undefined: that was all. */
  next: { left: Seq; right: Seq } | undefined;
}

export interface AlignOptions {
  /** Events of each side in a stretch; 512 unless told. */
  stretch?: number;
  /** Where both differ for longer than this, they are not looked for further on; 4,096 unless told. */
  most?: number;
}

/** The next stretch of rows. Costs time and memory for at most `most` events of each side. */
export function align(left: Side, right: Side, options: AlignOptions = {}): Aligned {
  const { stretch = 512, most = 4_096 } = options;
  const a = new Window(left);
  const b = new Window(right);
  for (let size = stretch; ; size = Math.min(size * 2, most)) {
    a.fill(size);
    b.fill(size);
    const pairs = pair(a.events, b.events);
    const whole = a.ended && b.ended;
    const cut =
      whole || size >= most || a.events.length === 0 || b.events.length === 0 ? undefined : lastAgreement(pairs, a, b);
    if (whole || cut !== undefined || size >= most || a.events.length === 0 || b.events.length === 0) {
      const [aTo, bTo] = cut ?? [a.events.length, b.events.length];
      const rows = makeRows(left.execution, right.execution, a.events.slice(0, aTo), b.events.slice(0, bTo), pairs);
      return {
        rows,
        next: whole && cut === undefined ? undefined : { left: a.seqAt(aTo), right: b.seqAt(bTo) },
      };
    }
  }
}

/** So many that agree one after the other are no accident. */
const SURE = 8;

class Window {
  readonly events: KeyedEvent[] = [];
  private readonly reader: EventReader;

  constructor(private readonly side: Side) {
    this.reader = new EventReader(side.execution, side.process, side.after);
  }

  fill(size: number): void {
    this.reader.read(this.events, size - this.events.length);
  }
  get ended(): boolean {
    return this.reader.ended;
  }
  /** The event before the one at `index`. */
  seqAt(index: number): Seq {
    return this.events[index - 1]?.event.seq ?? this.side.after;
  }
}

/** Of each event on the left the one on the right with the same exact key, or -1. */
function pair(a: readonly KeyedEvent[], b: readonly KeyedEvent[]): Int32Array {
  const numbers = new Map<number, number>();
  return pairSequences(
    numbered(a, (each) => each.exact, numbers),
    numbered(b, (each) => each.exact, numbers),
  );
}

function numbered(
  events: readonly KeyedEvent[],
  key: (event: KeyedEvent) => number,
  numbers: Map<number, number>,
): Int32Array {
  return Int32Array.from(events, (each) => {
    const number = numbers.get(key(each)) ?? numbers.size;
    numbers.set(key(each), number);
    return number;
  });
}

/**
 * Behind the last pair that stands in the first three quarters of what was read of both: what comes later may pair better with what was not
 * read yet. Undefined: there is none.
 */
function lastAgreement(mates: Int32Array, a: Window, b: Window): [number, number] | undefined {
  // Where both run on alike at the end of what was read, they will not pair better.
  const [aLast, bLast] = [a.events.length - 1, b.events.length - 1];
  const runsOn = (mate: number, i: number): boolean => mate >= 0 && mates[i - SURE] === mate - SURE;
  if (runsOn(mates[aLast]!, aLast)) return [aLast + 1, mates[aLast]! + 1];
  const alsoLast = mates.lastIndexOf(bLast);
  if (alsoLast >= 0 && runsOn(bLast, alsoLast)) return [alsoLast + 1, bLast + 1];
  const aMost = a.ended ? a.events.length : a.events.length * 0.75;
  const bMost = b.ended ? b.events.length : b.events.length * 0.75;
  for (let i = mates.length - 1; i >= 0; i--)
    if (mates[i]! >= 0 && i < aMost && mates[i]! < bMost) return [i + 1, mates[i]! + 1];
  return undefined;
}

/** Between two pairs: what is the same event with another value, and then what stands on one side only. */
function makeRows(
  left: Execution,
  right: Execution,
  a: readonly KeyedEvent[],
  b: readonly KeyedEvent[],
  mates: Int32Array,
): Row[] {
  const rows: Row[] = [];
  let [i, j] = [0, 0];
  const upTo = (aTo: number, bTo: number): void => {
    const numbers = new Map<number, number>();
    const inner = pairSequences(
      numbered(a.slice(i, aTo), (each) => each.what, numbers),
      numbered(b.slice(j, bTo), (each) => each.what, numbers),
    );
    const [aFrom, bFrom] = [i, j];
    for (const [at, mate] of inner.entries()) {
      if (mate < 0) continue;
      while (i < aFrom + at) rows.push({ kind: 'left', left: a[i++]!.event, right: undefined });
      while (j < bFrom + mate) rows.push({ kind: 'right', left: undefined, right: b[j++]!.event });
      const [one, other] = [a[i++]!, b[j++]!];
      rows.push({
        kind: saysTheSame(left, one, right, other) ? 'same' : 'changed',
        left: one.event,
        right: other.event,
      });
    }
    while (i < aTo) rows.push({ kind: 'left', left: a[i++]!.event, right: undefined });
    while (j < bTo) rows.push({ kind: 'right', left: undefined, right: b[j++]!.event });
  };
  for (let at = 0; at < a.length; at++) {
    const mate = mates[at]!;
    if (mate < 0 || mate >= b.length) continue;
    upTo(at, mate);
    rows.push({ kind: 'same', left: a[i++]!.event, right: b[j++]!.event });
  }
  upTo(a.length, b.length);
  return rows;
}

/** All rows, lazily. */
export function* alignAll(left: Side, right: Side, options?: AlignOptions): Generator<Row> {
  let at: Aligned['next'] = { left: left.after, right: right.after };
  while (at !== undefined) {
    const part = align({ ...left, after: at.left }, { ...right, after: at.right }, options);
    yield* part.rows;
    at = part.next;
  }
}
