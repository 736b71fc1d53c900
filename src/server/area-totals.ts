/**
 * The totals of a part of time and lanes, in one pass over its events that can be left and taken up again. What is under way when the part
 * begins is looked up once for each process, when its first event comes or at the end.
 *
 * Made for tens of millions of events: columns in, columns out (`area-calls.ts`, `area-trips.ts`), no object for an event. Memory: what is
 * under way in each process, a few numbers a process, and tables with bounds (`Flames`, `Pairs`, `Trips`).
 */
import {
  Flags,
  isCrash,
  isError,
  kindCode,
  Lookup,
  type BulkRecording,
  type EventBlock,
  type ProcessId,
  type Seq,
} from '../recording/index.js';
import { Calls } from './area-calls.js';
import { Pairs } from './area-pairs.js';
import { Standing } from './area-standing.js';
import { longer } from './area-table.js';
import { Trips } from './area-trips.js';

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

/** Kinds of which only the number counts: bit k for kind k. */
const COUNTED = ~[SPAWN, EXIT, SEND, ARRIVE, CALL, RETURN, EXCEPTION, TAIL, HANDLE, HANDLED, SCHEDULE, LOG].reduce((mask, kind) => mask | (1 << kind), 0); // prettier-ignore

const MAX_ERRORS = 200;
/** Rows between two looks at the clock. */
const ROWS = 1 << 12;

export interface AreaQuery {
  fromNs: number;
  toNs: number;
  /** Undefined: all. */
  processes: readonly ProcessId[] | undefined;
}

export class AreaTotals {
  readonly calls: Calls;
  readonly pairs = new Pairs();
  readonly errorSeqs: Seq[] = [];
  errors = 0;
  events = 0;
  messages = 0;
  born = 0;
  ended = 0;
  scheduled = false;
  done = false;

  // ---- of each process, by its number ----
  eventsOf: Float64Array;
  sentOf: Float64Array;
  receivedOf: Float64Array;
  /** -1: its scheduling is not recorded in here. */
  runningOf: Float64Array;
  /** 1: it has an event in the area, or is in a call all the time. 2: it was in none when the area began. */
  metOf: Uint8Array;
  /** How many of these there are. */
  met = 0;
  /** On a scheduler since; -1: it is not. */
  #onNs: Float64Array;
  /** The call or callback through which an exception went last. */
  #raisedIn: Float64Array;

  readonly #trips = new Trips();
  readonly #wanted: Uint8Array | undefined;
  readonly #only: ProcessId | undefined;
  readonly #first: Seq;
  readonly #fromNs: number;
  #last: Seq;
  #next: Seq;
  #endNs: number;
  /** Processes without an event in the area that were looked at. */
  #quiet = 0;
  #lookup: Lookup;
  #standing: Standing | undefined;

  constructor(
    private readonly recording: BulkRecording,
    private query: AreaQuery,
    /** Rows between two questions whether to go on; blocks looked at for what was under way. */
    private readonly bounds: { step: number; back?: number } = { step: ROWS },
  ) {
    const { processes, fromNs } = query;
    const size = recording.processes().length + 1;
    this.calls = new Calls(size);
    this.eventsOf = new Float64Array(size);
    this.sentOf = new Float64Array(size);
    this.receivedOf = new Float64Array(size);
    this.runningOf = new Float64Array(size).fill(-1);
    this.metOf = new Uint8Array(size);
    this.#onNs = new Float64Array(size).fill(-1);
    this.#raisedIn = new Float64Array(size);
    this.#fromNs = Math.max(0, fromNs);
    if (processes !== undefined) {
      this.#wanted = new Uint8Array(1 + processes.reduce((most, each) => Math.max(most, each), 0));
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

  /** The area ends later: what is counted stays. False: it would have to be counted again. */
  stretch(query: AreaQuery): boolean {
    const { fromNs, toNs, processes } = this.query;
    if (query.fromNs !== fromNs || query.toNs < toNs || String(query.processes) !== String(processes)) return false;
    this.query = query;
    this.grow();
    return true;
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

  /** Nanoseconds in calls, of all processes together. */
  get busyNs(): number {
    let sum = 0;
    for (const each of this.calls.busyNs) sum += each;
    return sum;
  }

  /** Goes on while it may. */
  look(goOn: () => boolean): void {
    if (this.done) return;
    const only = this.#only === undefined ? {} : { process: this.#only };
    if (this.#next <= this.#last) {
      for (const block of this.recording.blocks({ from: this.#next, to: this.#last, ...only })) {
        const whole = this.#only === undefined ? this.#take(block, goOn) : this.#takeOf(block, this.#only, goOn);
        if (!whole) return;
        this.#next = Math.min(this.#last, block.firstSeq + block.count - 1) + 1;
      }
      this.#next = this.#last + 1;
    }
    if (!this.#lookAtQuiet(goOn)) return;
    for (let process = 1; process < this.metOf.length; process++)
      if (this.metOf[process] === 1) this.#settle(process, this.#endNs);
    this.done = true;
  }

  /** False: the time was over before the block was. */
  #take(block: EventBlock, goOn: () => boolean): boolean {
    const { firstSeq } = block;
    const kinds = block.kinds();
    const processes = block.processes();
    const ns = block.ns();
    const end = Math.min(block.count, this.#last - firstSeq + 1);
    for (let row = Math.max(0, this.#next - firstSeq); row < end;) {
      const stop = Math.min(end, row + this.bounds.step);
      for (; row < stop; row++) this.#row(block, row, firstSeq + row, kinds[row]!, processes[row]!, ns[row]!);
      if (row < end && !goOn()) {
        this.#next = firstSeq + row;
        return false;
      }
    }
    return true;
  }

  /** The same for a single process. It gets messages that others sent: those rows are theirs, and are found by looking back from the arrival. */
  #takeOf(block: EventBlock, process: ProcessId, goOn: () => boolean): boolean {
    const { firstSeq } = block;
    const rows = block.rows(process);
    const kinds = block.kinds();
    const ns = block.ns();
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const seq = firstSeq + row;
      if (seq < this.#next) continue;
      if (seq > this.#last) break;
      if ((i + 1) % this.bounds.step === 0 && !goOn()) {
        this.#next = seq;
        return false;
      }
      this.#row(block, row, seq, kinds[row]!, process, ns[row]!);
    }
    // Blocks may hold few rows of it.
    this.#next = Math.min(this.#last, firstSeq + block.count - 1) + 1;
    return goOn();
  }

  #row(block: EventBlock, row: number, seq: Seq, kind: number, process: ProcessId, ns: number): void {
    const wanted = this.#wanted === undefined || this.#wanted[process] === 1;
    if (kind === SEND) this.#sent(block, row, seq, process, ns, wanted);
    if (!wanted) return;
    this.events++;
    if (process === 0) {
      if (kind === LOG) this.#wrong(seq);
      return;
    }
    if (process >= this.metOf.length) this.#reach(process);
    if (this.metOf[process] !== 1) this.#meet(process);
    this.eventsOf[process]!++;
    if ((COUNTED & (1 << kind)) !== 0) return;
    switch (kind) {
      case SEND:
        this.sentOf[process]!++;
        return;
      case ARRIVE:
        this.#arrived(block, row, seq, process, ns);
        return;
      case CALL:
        this.#raisedIn[process] = 0;
        this.calls.call(process, seq, block.functions()[row]!, block.causes()[row]!, ns);
        return;
      case HANDLE:
        this.#handled(block, row, process, ns);
        this.#raisedIn[process] = 0;
        this.calls.handle(process, seq, block.functions()[row]!, (block.flags()[row]! & Flags.INSIDE) !== 0, ns);
        return;
      case RETURN:
      case TAIL:
        this.#raisedIn[process] = 0;
        this.calls.end(process, block.causes()[row]!, ns, false);
        return;
      case HANDLED:
        if ((block.flags()[row]! & Flags.RAISED) !== 0) this.#raised(block, row, seq, process, ns);
        else {
          this.#raisedIn[process] = 0;
          this.calls.end(process, block.causes()[row]!, ns, false);
        }
        return;
      case EXCEPTION:
        this.#raised(block, row, seq, process, ns);
        return;
      case SPAWN:
        this.born++;
        return;
      case EXIT:
        this.ended++;
        this.#wrong(seq);
        this.#settle(process, ns);
        this.calls.leave(process, ns);
        this.#onNs[process] = -1;
        return;
      case SCHEDULE:
        this.#schedule(process, (block.flags()[row]! & Flags.IN) !== 0, ns);
        return;
      case LOG:
        this.#wrong(seq);
        return;
    }
  }

  // ---- processes ----

  #reach(process: ProcessId): void {
    const size = process + 1;
    this.calls.reach(process);
    this.eventsOf = longer(this.eventsOf, size);
    this.sentOf = longer(this.sentOf, size);
    this.receivedOf = longer(this.receivedOf, size);
    this.runningOf = longer(this.runningOf, size, -1);
    this.metOf = longer(this.metOf, size);
    this.#onNs = longer(this.#onNs, size, -1);
    this.#raisedIn = longer(this.#raisedIn, size);
  }

  #meet(process: ProcessId): void {
    const known = this.metOf[process] === 2;
    this.metOf[process] = 1;
    this.met++;
    this.calls.meet(process, this.#fromNs);
    if (known || this.#first <= 1) return;
    const info = this.recording.processes()[process - 1];
    if (info !== undefined && info.spawnSeq >= this.#first) return;
    this.#standing ??= new Standing(this.recording, this.#first, this.bounds.back);
    for (const { seq, fn, callback } of this.#standing.of(process))
      this.calls.standing(process, seq, fn, callback, this.#fromNs);
  }

  /** Processes that were in a call all the time. False: the time was over. */
  #lookAtQuiet(goOn: () => boolean): boolean {
    const all = this.recording.processes();
    const { processes } = this.query;
    const count = processes?.length ?? all.length;
    for (; this.#quiet < count; this.#quiet++) {
      const id = processes?.[this.#quiet] ?? this.#quiet + 1;
      const info = all[id - 1];
      if (info === undefined || this.metOf[id]! > 0) continue;
      if (info.spawnSeq >= this.#first || (info.exitSeq > 0 && info.exitSeq < this.#first)) continue;
      if (!goOn()) return false;
      if (id >= this.metOf.length) this.#reach(id);
      this.#meet(id);
      if (this.calls.inCall(id)) continue;
      // Nothing is known of it in here.
      this.metOf[id] = 2;
      this.met--;
    }
    // All are known by now; its blocks are not needed any more.
    this.#standing = undefined;
    return true;
  }

  #settle(process: ProcessId, ns: number): void {
    this.calls.settle(process, ns);
    const on = this.#onNs[process]!;
    if (on < 0) return;
    this.runningOf[process]! += ns - on;
    this.#onNs[process] = ns;
  }

  #schedule(process: ProcessId, on: boolean, ns: number): void {
    const isFirst = this.runningOf[process]! < 0;
    if (isFirst) this.runningOf[process] = 0;
    if (on) this.#onNs[process] = ns;
    else {
      // Taken off without having been put on: it ran when the area began.
      const since = this.#onNs[process]! >= 0 ? this.#onNs[process]! : isFirst ? this.#fromNs : ns;
      this.runningOf[process]! += ns - since;
      this.#onNs[process] = -1;
    }
    this.scheduled = true;
  }

  // ---- errors ----

  #raised(block: EventBlock, row: number, seq: Seq, process: ProcessId, ns: number): void {
    const cause = block.causes()[row]!;
    const before = this.#raisedIn[process]!;
    const found = this.calls.end(process, cause, ns, true);
    // An exception that goes on from what it has just left is the same one.
    if (before === 0 || found === undefined) this.#wrong(seq);
    this.#raisedIn[process] = found === 'inner' ? cause : 0;
  }

  #wrong(seq: Seq): void {
    const event = this.recording.event(seq);
    if (event === undefined || !(event.kind === 'handled' ? isCrash(event) : isError(event))) return;
    this.errors++;
    if (this.errorSeqs.length < MAX_ERRORS) this.errorSeqs.push(seq);
  }

  // ---- messages ----

  #isWanted(process: ProcessId): boolean {
    return this.#wanted === undefined || this.#wanted[process] === 1;
  }

  #sent(block: EventBlock, row: number, seq: Seq, from: ProcessId, ns: number, wanted: boolean): void {
    const to = block.peers()[row]!;
    const bytes = block.bytes(row);
    this.#trips.send(seq, ns, from, to, bytes);
    if (!wanted && (to === 0 || !this.#isWanted(to))) return;
    this.messages++;
    this.pairs.sent(from, to, bytes);
  }

  #arrived(block: EventBlock, row: number, seq: Seq, process: ProcessId, ns: number): void {
    this.receivedOf[process]!++;
    const cause = block.causes()[row]!;
    if (cause > 0 && cause < this.#first) {
      this.#trips.arrive(seq, -1, ns, 0);
      return;
    }
    const sendNs = cause === 0 ? -1 : this.#findSend(cause);
    if (sendNs < 0) {
      const from = block.peers()[row]!;
      this.#trips.arrive(seq, seq, ns, from);
      this.messages++;
      this.pairs.sent(from, process, block.bytes(row));
      return;
    }
    const { from, to, bytes } = this.#send;
    this.#trips.arrive(seq, cause, sendNs, from);
    const seen =
      this.#only === undefined ? this.#isWanted(from) || (to > 0 && this.#isWanted(to)) : from === this.#only;
    if (!seen) {
      this.messages++;
      this.pairs.sent(from, process, bytes);
    } else if (to === 0) this.pairs.moved(from, process, bytes);
    this.pairs.of(from, process)?.arrive.add(ns - sendNs, cause);
  }

  /** What `#findSend` found. */
  readonly #send = { from: 0, to: 0, bytes: 0 };

  /** When it was sent, with the rest in `#send`; -1: it is no sending. */
  #findSend(seq: Seq): number {
    const trips = this.#trips;
    const place = trips.find(seq);
    if (place >= 0) {
      if (trips.origins[place] !== 0) return -1;
      this.#send.from = trips.from[place]!;
      this.#send.to = trips.to[place]!;
      this.#send.bytes = trips.bytes[place]!;
      return trips.ns[place]!;
    }
    const send = this.#lookup.at(seq, SEND);
    if (send === undefined) return -1;
    const { columns, row } = send;
    this.#send.from = columns.processes[row]!;
    this.#send.to = columns.peers[row]!;
    this.#send.bytes = columns.block.bytes(row);
    return columns.ns[row]!;
  }

  /** Of messages whose way lies in the area. */
  #handled(block: EventBlock, row: number, process: ProcessId, ns: number): void {
    const arrival = block.causes()[row]!;
    if (arrival < this.#first) return;
    const trips = this.#trips;
    const place = trips.find(arrival);
    if (place >= 0) {
      const origin = trips.origins[place]!;
      if (origin > 0) this.pairs.of(trips.from[place]!, process)?.handle.add(ns - trips.ns[place]!, origin);
      return;
    }
    const arrive = this.#lookup.at(arrival, ARRIVE);
    if (arrive === undefined) return;
    const { columns, row: at } = arrive;
    const cause = columns.causes[at]!;
    const send = cause === 0 ? undefined : this.#lookup.at(cause, SEND);
    if ((send === undefined ? arrival : cause) < this.#first) return;
    if (send === undefined) this.pairs.of(columns.peers[at]!, process)?.handle.add(ns - columns.ns[at]!, arrival);
    else this.pairs.of(send.columns.processes[send.row]!, process)?.handle.add(ns - send.columns.ns[send.row]!, cause);
  }
}
