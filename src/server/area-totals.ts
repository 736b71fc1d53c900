/**
 * The totals of a part of time and lanes, in one pass over its events that can be left and taken up again. What is under way when the part
 * begins is looked up once for each process, when its first event comes or at the end. At each instant the innermost call of a process
 * has the time for its own:
 *
 *     area      ├──────────────────────┤
 *     outer  ─────────────────────╮            own 1 + 2 + 2
 *     inner      ╭────╮   ╭────╮  │            own 4 + 4, called twice
 *
 * Memory: what is under way in each process, and tables with bounds (`Flames`, `Pairs`).
 */
import {
  Flags,
  isCrash,
  isError,
  kindCode,
  Lookup,
  type BulkRecording,
  type EventBlock,
  type FunctionId,
  type ProcessId,
  type Seq,
} from '../recording/index.js';
import { Flames, ROOT } from './area-flames.js';
import { Pairs } from './area-pairs.js';

const SPAWN = kindCode('spawn');
const EXIT = kindCode('exit');
const SEND = kindCode('send');
const ARRIVE = kindCode('arrive');
const CALL = kindCode('call');
const RETURN = kindCode('return');
const EXCEPTION = kindCode('exception');
const TAIL = kindCode('tail');
const HANDLE = kindCode('handle');
const HANDLED = kindCode('handled');
const SCHEDULE = kindCode('schedule');
const LOG = kindCode('log');

/** Calls around the innermost ones are not told apart. */
const MAX_STACK = 10_000;
const MAX_ERRORS = 200;
/** Rows between two looks at the clock. */
const ROWS = 512;

export interface FunctionTotals {
  readonly fn: FunctionId;
  calls: number;
  before: number;
  raised: number;
  ownNs: number;
  totalNs: number;
  longest: { seq: Seq; ns: number };
}

interface Frame {
  readonly seq: Seq;
  readonly of: FunctionTotals;
  readonly node: number;
  readonly callback: boolean;
  /** The own call of the callback around it: one call, recorded twice. */
  readonly same: boolean;
  /** Its function is not under way further out. */
  readonly outermost: boolean;
  readonly beganNs: number;
  /** Total time is counted up to here. */
  countedNs: number;
}

export interface ProcessTotals {
  readonly process: ProcessId;
  readonly stack: Frame[];
  /** How often each function is under way; kept where the stack is deep. */
  readonly under: Map<FunctionId, number>;
  /** Own time is counted up to here. */
  sinceNs: number;
  busyNs: number;
  runningNs: number;
  /** On a scheduler since; -1: it is not. */
  onNs: number;
  scheduled: boolean;
  events: number;
  sent: number;
  received: number;
  /** The call or callback through which an exception went last. */
  raisedIn: Seq;
}

export interface AreaQuery {
  fromNs: number;
  toNs: number;
  /** Undefined: all. */
  processes: readonly ProcessId[] | undefined;
}

export class AreaTotals {
  readonly functions = new Map<FunctionId, FunctionTotals>();
  readonly processes = new Map<ProcessId, ProcessTotals>();
  readonly flames = new Flames();
  readonly pairs = new Pairs();
  readonly errorSeqs: Seq[] = [];
  errors = 0;
  events = 0;
  messages = 0;
  calls = 0;
  born = 0;
  ended = 0;
  scheduled = false;
  done = false;

  readonly #wanted: Uint8Array | undefined;
  readonly #only: ProcessId | undefined;
  readonly #first: Seq;
  #last: Seq;
  #next: Seq;
  #endNs: number;
  /** Processes without an event in the area that were looked at. */
  #quiet = 0;
  #lookup: Lookup;

  constructor(
    private readonly recording: BulkRecording,
    private readonly query: AreaQuery,
  ) {
    const { processes, fromNs } = query;
    if (processes !== undefined) {
      this.#wanted = new Uint8Array(1 + Math.max(0, ...processes));
      for (const each of processes) this.#wanted[each] = 1;
      if (new Set(processes).size === 1) this.#only = processes[0];
    }
    const before = fromNs <= 0 ? 0 : recording.momentAt(Math.ceil(fromNs) - 1).seq;
    this.#first = Math.max(before, recording.start().seq) + 1;
    this.#next = this.#first;
    this.#lookup = new Lookup(recording);
    this.#last = 0;
    this.#endNs = 0;
    this.grow();
  }

  /** After the recording has grown: there may be more in the area. */
  grow(): void {
    const end = this.recording.end();
    const last = this.query.toNs >= end.ns ? end.seq : this.recording.momentAt(this.query.toNs).seq;
    if (last === this.#last && this.#endNs === Math.min(this.query.toNs, end.ns)) return;
    this.#last = last;
    this.#endNs = Math.max(this.query.fromNs, Math.min(this.query.toNs, end.ns));
    this.#lookup = new Lookup(this.recording);
    this.#quiet = 0;
    this.done = false;
  }

  /** Looked at up to here. */
  get toNs(): number {
    return this.#endNs;
  }

  get share(): number {
    if (this.done) return 1;
    const rows = Math.max(1, this.#last - this.#first + 1);
    const all = this.query.processes?.length ?? this.recording.processes().length;
    // A process that has to be looked up costs about as much as a hundred rows.
    return Math.min(0.999, (this.#next - this.#first + 100 * this.#quiet) / (rows + 100 * all));
  }

  /** Goes on while it may. */
  look(goOn: () => boolean): void {
    if (this.done) return;
    const only = this.#only === undefined ? {} : { process: this.#only };
    if (this.#next <= this.#last) {
      for (const block of this.recording.blocks({ from: this.#next, to: this.#last, ...only })) {
        if (!this.#take(block, goOn)) return;
      }
      this.#next = this.#last + 1;
    }
    if (!this.#lookAtQuiet(goOn)) return;
    for (const each of this.processes.values()) this.#settle(each, this.#endNs);
    this.done = true;
  }

  /** False: the time was over before the block was. */
  #take(block: EventBlock, goOn: () => boolean): boolean {
    // A single process gets messages that others sent: those rows are theirs, and are found by looking back from the arrival.
    const rows = this.#only === undefined ? undefined : block.rows(this.#only);
    const count = rows?.length ?? block.count;
    const kinds = block.kinds();
    const ns = block.ns();
    const processes = block.processes();
    let i = rows === undefined ? Math.max(0, this.#next - block.firstSeq) : 0;
    for (let looked = 1; i < count; i++, looked++) {
      const row = rows === undefined ? i : rows[i]!;
      const seq = block.firstSeq + row;
      if (seq < this.#next) continue;
      if (seq > this.#last) break;
      if (looked % ROWS === 0 && !goOn()) {
        this.#next = seq;
        return false;
      }
      this.#row(block, row, seq, kinds[row]!, processes[row]!, ns[row]!);
    }
    this.#next = Math.min(this.#last, block.firstSeq + block.count - 1) + 1;
    return true;
  }

  #row(block: EventBlock, row: number, seq: Seq, kind: number, process: ProcessId, ns: number): void {
    const wanted = this.#isWanted(process);
    if (kind === SEND) this.#sent(block, row, process, wanted);
    if (!wanted) return;
    this.events++;
    if (process === 0) {
      if (kind === LOG) this.#wrong(seq);
      return;
    }
    const own = this.#process(process, seq);
    own.events++;
    if (kind === SEND) own.sent++;
    else if (kind === ARRIVE) this.#arrived(block, row, own, ns);
    else if (kind === CALL || kind === HANDLE) {
      if (kind === HANDLE) this.#handled(block, row, own, ns);
      this.#begin(own, block, row, seq, ns, kind === HANDLE);
    } else if (kind === RETURN || kind === EXCEPTION || kind === TAIL || kind === HANDLED)
      this.#end(own, block, row, seq, ns, kind);
    else if (kind === SPAWN) this.born++;
    else if (kind === EXIT) {
      this.ended++;
      this.#wrong(seq);
      this.#settle(own, ns);
      this.#cut(own, 0, ns);
      own.onNs = -1;
    } else if (kind === SCHEDULE) this.#schedule(own, (block.flags()[row]! & Flags.IN) !== 0, ns);
    else if (kind === LOG) this.#wrong(seq);
  }

  // ---- calls ----

  #begin(own: ProcessTotals, block: EventBlock, row: number, seq: Seq, ns: number, callback: boolean): void {
    this.#count(own, ns);
    own.raisedIn = 0;
    // What was begun in something says that all further in is over, also where its end was lost.
    if (callback) {
      if ((block.flags()[row]! & Flags.INSIDE) === 0) this.#cut(own, 0, ns);
    } else this.#cut(own, this.#depthOf(own, block.causes()[row]!) + 1, ns);
    this.#push(own, seq, block.functions()[row]!, callback, ns, false);
  }

  #push(own: ProcessTotals, seq: Seq, fn: FunctionId, callback: boolean, ns: number, before: boolean): void {
    const around = own.stack.at(-1);
    const same = !callback && around !== undefined && around.callback && around.of.fn === fn;
    let of = this.functions.get(fn);
    if (of === undefined) {
      of = { fn, calls: 0, before: 0, raised: 0, ownNs: 0, totalNs: 0, longest: { seq: 0, ns: -1 } };
      this.functions.set(fn, of);
    }
    const node = same ? around.node : this.flames.child(around?.node ?? ROOT, fn);
    if (!same && before) of.before++;
    else if (!same) {
      of.calls++;
      this.calls++;
      this.flames.calls[node] = this.flames.calls[node]! + 1;
    }
    const under = own.under.get(fn) ?? 0;
    own.under.set(fn, under + 1);
    own.stack.push({ seq, of, node, callback, same, outermost: under === 0, beganNs: ns, countedNs: ns });
  }

  #end(own: ProcessTotals, block: EventBlock, row: number, seq: Seq, ns: number, kind: number): void {
    const cause = block.causes()[row]!;
    const depth = this.#depthOf(own, cause);
    if (kind === EXCEPTION || (kind === HANDLED && (block.flags()[row]! & Flags.RAISED) !== 0)) {
      // An exception that goes on from what it has just left is the same one.
      const inside = own.raisedIn !== 0 && depth >= 0;
      if (!inside) this.#wrong(seq);
      if (depth >= 0) own.stack[depth]!.of.raised++;
      own.raisedIn = depth > 0 ? cause : 0;
    } else own.raisedIn = 0;
    if (depth < 0) return;
    this.#count(own, ns);
    this.#cut(own, depth, ns);
  }

  /** -1: not under way as far as recorded. */
  #depthOf(own: ProcessTotals, seq: Seq): number {
    if (seq === 0) return -1;
    for (let depth = own.stack.length - 1; depth >= 0; depth--) {
      const at = own.stack[depth]!.seq;
      if (at === seq) return depth;
      if (at < seq) return -1;
    }
    return -1;
  }

  /** Gives the time since the last change to the innermost. */
  #count(own: ProcessTotals, ns: number): void {
    const top = own.stack.at(-1);
    const spent = ns - own.sinceNs;
    own.sinceNs = ns;
    if (top === undefined || spent <= 0) return;
    top.of.ownNs += spent;
    own.busyNs += spent;
    this.flames.ownNs[top.node] = this.flames.ownNs[top.node]! + spent;
  }

  /** Ends all from a depth on. Own time must be counted. */
  #cut(own: ProcessTotals, depth: number, ns: number): void {
    while (own.stack.length > depth) {
      const frame = own.stack.pop()!;
      this.#countWhole(frame, ns);
      const under = own.under.get(frame.of.fn)! - 1;
      if (under === 0) own.under.delete(frame.of.fn);
      else own.under.set(frame.of.fn, under);
    }
  }

  #countWhole(frame: Frame, ns: number): void {
    if (frame.outermost) frame.of.totalNs += ns - frame.countedNs;
    frame.countedNs = ns;
    const lasted = ns - frame.beganNs;
    if (!frame.same && lasted > frame.of.longest.ns) frame.of.longest = { seq: frame.seq, ns: lasted };
  }

  /** Counts what is under way up to here; one can go on from it. */
  #settle(own: ProcessTotals, ns: number): void {
    this.#count(own, ns);
    for (const frame of own.stack) this.#countWhole(frame, ns);
    if (own.onNs >= 0) {
      own.runningNs += ns - own.onNs;
      own.onNs = ns;
    }
  }

  // ---- processes ----

  #process(process: ProcessId, seq: Seq): ProcessTotals {
    const known = this.processes.get(process);
    if (known !== undefined) return known;
    const info = this.recording.processes()[process - 1];
    const born = info !== undefined && info.spawnSeq >= this.#first;
    const fromNs = Math.max(0, this.query.fromNs);
    const own: ProcessTotals = {
      process,
      stack: [],
      under: new Map(),
      sinceNs: fromNs,
      busyNs: 0,
      runningNs: 0,
      onNs: -1,
      scheduled: false,
      events: 0,
      sent: 0,
      received: 0,
      raisedIn: 0,
    };
    this.processes.set(process, own);
    if (!born && this.#first > 1 && seq >= this.#first)
      for (const { seq: call, fn, callback } of this.recording.openCalls(process, this.#first - 1, MAX_STACK))
        this.#push(own, call, fn, callback, fromNs, true);
    return own;
  }

  /** Processes that were in a call all the time. False: the time was over. */
  #lookAtQuiet(goOn: () => boolean): boolean {
    const all = this.recording.processes();
    const { processes } = this.query;
    const count = processes?.length ?? all.length;
    for (; this.#quiet < count; this.#quiet++) {
      const id = processes?.[this.#quiet] ?? this.#quiet + 1;
      const info = all[id - 1];
      if (info === undefined || this.processes.has(id)) continue;
      if (info.spawnSeq >= this.#first || (info.exitSeq > 0 && info.exitSeq < this.#first)) continue;
      if (!goOn()) return false;
      const own = this.#process(id, this.#first);
      // Nothing is known of it in here.
      if (own.stack.length === 0) this.processes.delete(id);
    }
    return true;
  }

  #schedule(own: ProcessTotals, on: boolean, ns: number): void {
    if (on) own.onNs = ns;
    else {
      // Taken off without having been put on: it ran when the area began.
      const since = own.onNs >= 0 ? own.onNs : own.scheduled ? ns : Math.max(0, this.query.fromNs);
      own.runningNs += ns - since;
      own.onNs = -1;
    }
    own.scheduled = true;
    this.scheduled = true;
  }

  #wrong(seq: Seq): void {
    const event = this.recording.event(seq);
    if (event === undefined || !(event.kind === 'handled' ? isCrash(event) : isError(event))) return;
    this.errors++;
    if (this.errorSeqs.length < MAX_ERRORS) this.errorSeqs.push(seq);
  }

  #isWanted(process: ProcessId): boolean {
    return this.#wanted === undefined || this.#wanted[process] === 1;
  }

  // ---- messages ----

  #sent(block: EventBlock, row: number, from: ProcessId, wanted: boolean): void {
    const to = block.peers()[row]!;
    if (!wanted && (to === 0 || !this.#isWanted(to))) return;
    this.messages++;
    this.pairs.sent(from, to, block.bytes(row));
  }

  #arrived(block: EventBlock, row: number, own: ProcessTotals, ns: number): void {
    own.received++;
    const cause = block.causes()[row]!;
    const send = cause === 0 ? undefined : this.#lookup.at(cause, SEND);
    if (send === undefined) {
      this.messages++;
      this.pairs.sent(block.peers()[row]!, own.process, block.bytes(row));
      return;
    }
    if (cause < this.#first) return;
    const { columns, row: at } = send;
    const from = columns.processes[at]!;
    const to = columns.peers[at]!;
    const seen =
      this.#only === undefined ? this.#isWanted(from) || (to > 0 && this.#isWanted(to)) : from === this.#only;
    if (!seen) {
      this.messages++;
      this.pairs.sent(from, own.process, columns.block.bytes(at));
    } else if (to === 0) this.pairs.moved(from, own.process, columns.block.bytes(at));
    this.pairs.of(from, own.process)?.arrive.add(ns - columns.ns[at]!, cause);
  }

  #handled(block: EventBlock, row: number, own: ProcessTotals, ns: number): void {
    const arrival = block.causes()[row]!;
    const arrive = arrival === 0 ? undefined : this.#lookup.at(arrival, ARRIVE);
    if (arrive === undefined) return;
    const { columns, row: at } = arrive;
    const cause = columns.causes[at]!;
    const send = cause === 0 ? undefined : this.#lookup.at(cause, SEND);
    if ((send === undefined ? arrival : cause) < this.#first) return;
    if (send === undefined) this.pairs.of(columns.peers[at]!, own.process)?.handle.add(ns - columns.ns[at]!, arrival);
    else
      this.pairs.of(send.columns.processes[send.row]!, own.process)?.handle.add(ns - send.columns.ns[send.row]!, cause);
  }
}
