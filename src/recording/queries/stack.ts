/** The functions under way at a moment, found by following causes: nothing is replayed. */
import { Flags, type Moment, type ProcessId, type Seq } from '../model.js';
import type { OpenCall } from '../bulk.js';
import type { StackAnswer, StackFrame } from '../code.js';
import type { Block } from '../read/block.js';
import type { Place, Store } from '../read/store.js';
import type { Gaps } from './gaps.js';
import { Kind, bit } from './kinds.js';
import { backwards } from './rows.js';

const LINES = bit(Kind.LINE) | bit(Kind.EXPRESSION);
const ENDS = bit(Kind.RETURN) | bit(Kind.EXCEPTION) | bit(Kind.TAIL) | bit(Kind.HANDLED);
const FRAMES = bit(Kind.CALL) | bit(Kind.HANDLE);
const SAYS = LINES | ENDS | FRAMES | bit(Kind.EXIT);
/** Callbacks inside of calls are rare; so many in a row are looked through. */
const MAX_INSIDE = 4096;
/** How many events of a frame are looked at for the line it has arrived at. */
const LINE_SEARCH = 1 << 15;
/** Frames that are counted. */
const MAX_FRAMES = 1 << 22;

/** A frame, innermost first, and the event just inside of it: nothing later can be its own. */
export interface OpenFrame {
  place: Place;
  seq: Seq;
  /** The frame inside of it began here; 0: it is the innermost. */
  inner: Seq;
}

export function stackAt(store: Store, gaps: Gaps, process: ProcessId, at: Moment, limit: number): StackAnswer {
  const frames: StackFrame[] = [];
  let more = 0;
  for (const frame of openFrames(store, process, at.seq)) {
    if (frames.length < limit) frames.push(frameOf(store, process, frame, at.seq));
    else more++;
  }
  const from = frames.at(-1)?.ns ?? spawnNs(store, process);
  return { frames, more, gaps: gaps.touching(from, at.ns, process) };
}

/** The `limit` innermost frames of a process after event `to`, outermost first, as they stand in the index. */
export function openCalls(store: Store, process: ProcessId, to: Seq, limit: number): OpenCall[] {
  const calls: OpenCall[] = [];
  for (const { place, seq } of openFrames(store, process, to, true)) {
    if (calls.length >= limit) break;
    const { block, row } = place;
    calls.push({ seq, fn: block.functionAt(row), callback: block.kindAt(row) === Kind.HANDLE });
  }
  return calls.reverse();
}

/** Frames of a process after event `to`, innermost first. `both`: also callbacks whose own call is recorded. */
export function* openFrames(store: Store, process: ProcessId, to: Seq, both = false): IterableIterator<OpenFrame> {
  let inner = 0;
  let innerCall: Place | undefined;
  let frame = innermost(store, process, to);
  for (let n = 0; frame !== undefined && n < MAX_FRAMES; n++) {
    const { block, row } = frame;
    const seq = block.firstSeq + row;
    if (block.kindAt(row) === Kind.CALL) {
      yield { place: frame, seq, inner };
      innerCall = frame;
      inner = seq;
      frame = around(store, process, frame);
    } else {
      // A callback whose own call is recorded stands there already.
      const known =
        !both && innerCall !== undefined && innerCall.block.functionAt(innerCall.row) === block.functionAt(row);
      if (!known) {
        yield { place: frame, seq, inner };
        inner = seq;
      }
      innerCall = undefined;
      frame = (block.flagsAt(row) & Flags.INSIDE) === 0 ? undefined : innermost(store, process, seq - 1);
    }
  }
}

/** The call or callback that a process is in after event `to`. */
function innermost(store: Store, process: ProcessId, to: Seq): Place | undefined {
  let from = to;
  for (let jumps = 0; jumps < MAX_INSIDE; jumps++) {
    let found: Place | undefined;
    let on = false;
    backwards(store, process, SAYS, from, (block, row) => {
      const kind = bit(block.kindAt(row));
      if ((kind & FRAMES) !== 0) {
        found = { block, row };
        return false;
      }
      if (kind === bit(Kind.EXIT)) return false;
      const cause = block.causeAt(row);
      const of = own(store, process, cause, block.firstSeq + row);
      // What it belongs to was not recorded: it says nothing of what is around that.
      if (of === undefined) return true;
      if ((kind & LINES) !== 0) found = of;
      else if (of.block.kindAt(of.row) === Kind.CALL) found = around(store, process, of);
      else if ((of.block.flagsAt(of.row) & Flags.INSIDE) !== 0) {
        from = cause - 1;
        on = true;
      }
      return false;
    });
    if (!on) return found;
  }
  return undefined;
}

/** What a call was made in. */
function around(store: Store, process: ProcessId, { block, row }: Place): Place | undefined {
  return own(store, process, block.causeAt(row), block.firstSeq + row);
}

/** The call or callback of this process at `seq`, if there is one: a damaged file may say anything. */
function own(store: Store, process: ProcessId, seq: Seq, before: Seq): Place | undefined {
  if (seq === 0 || seq >= before) return undefined;
  const place = store.place(seq);
  if (place === undefined || (bit(place.block.kindAt(place.row)) & FRAMES) === 0) return undefined;
  return place.block.processAt(place.row) === process ? place : undefined;
}

/** As people see it. `to`: the moment asked for. */
export function frameOf(store: Store, process: ProcessId, { place, seq, inner }: OpenFrame, to: Seq): StackFrame {
  const { block, row } = place;
  const fn = block.functionAt(row);
  const isCall = block.kindAt(row) === Kind.CALL;
  const line = isCall ? lineOf(store, process, fn, seq, inner === 0 ? to : inner - 1) : undefined;
  return {
    seq,
    ns: block.nsAt(row),
    fn,
    args: isCall && block.payloadBytes(row) > 0 ? store.termsAt(block, row)[0] : undefined,
    line: line && store.dictionary.point(line.block.functionAt(line.row))?.line,
    lineSeq: line ? line.block.firstSeq + line.row : 0,
  };
}

/** The last line that a frame arrived at by event `to`. */
function lineOf(store: Store, process: ProcessId, fn: number, frame: Seq, to: Seq): Place | undefined {
  if (!store.dictionary.hasPoints(fn)) return undefined;
  let found: Place | undefined;
  eventsOfFrame(store, process, frame, to, bit(Kind.LINE), LINE_SEARCH, (block, row) => {
    if (store.dictionary.point(block.functionAt(row))?.what !== 'line') return true;
    found = { block, row };
    return false;
  });
  return found;
}

/**
 * Events of a frame itself of the kinds in `mask`, newest first, from event `to` on; calls made in it are skipped as a whole. At most `budget` events
 * are looked at. False: that was not enough.
 */
export function eventsOfFrame(
  store: Store,
  process: ProcessId,
  frame: Seq,
  to: Seq,
  mask: number,
  budget: number,
  visit: (block: Block, row: number) => boolean,
): boolean {
  let from = to;
  let left = budget;
  // Events after this one are skipped.
  let skip = Infinity;
  for (let on = true; on;) {
    on = false;
    backwards(store, process, mask | ENDS | FRAMES, from, (block, row) => {
      const seq = block.firstSeq + row;
      if (seq > skip) return true;
      if (seq <= frame || left-- <= 0) return false;
      const kind = bit(block.kindAt(row));
      const cause = block.causeAt(row);
      if ((kind & ENDS) === 0) return (kind & mask) === 0 || cause !== frame || visit(block, row);
      if (cause <= frame || cause >= seq) return true;
      skip = cause - 1;
      // Within a block looking over what is skipped is cheaper than going there.
      on = skip < block.firstSeq;
      from = skip;
      return !on;
    });
  }
  return left >= 0;
}

function spawnNs(store: Store, process: ProcessId): number {
  const info = store.dictionary.table.get(process);
  const place = info && store.place(info.spawnSeq);
  return place ? place.block.nsAt(place.row) : 0;
}
