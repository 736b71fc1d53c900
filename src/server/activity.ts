/**
 * When processes ran and when they waited for an answer, as shares of equal bins of time. A window is looked through block by block, in
 * turns, and each process goes through three states:
 *
 *        handle/call              send, then an arrival that was waited for
 *   idle ───────────▶ running ─────────────────────────▶ waiting ──▶ running
 *        ◀───────────
 *        handled/return
 *
 * Where scheduling is recorded it says who ran: scheduled in is running, scheduled out inside of a call or callback is waiting.
 */
import { Flags, kindCode, type BulkRecording, type EventKind, type Recording } from '../recording/index.js';
import { blockOf } from './system-blocks.js';

const K = Object.fromEntries(
  (['spawn', 'exit', 'send', 'arrive', 'call', 'return', 'exception', 'handle', 'handled', 'schedule', 'tail', 'line', 'expression'] as const).map((kind) => [kind, kindCode(kind)]), // prettier-ignore
) as Record<'spawn' | 'exit' | 'send' | 'arrive' | 'call' | 'return' | 'exception' | 'handle' | 'handled' | 'schedule' | 'tail' | 'line' | 'expression', number>; // prettier-ignore

const IDLE = 0;
const RUNNING = 1;
const WAITING = 2;

/** Calls inside calls that are counted at the beginning of a window. */
const MAX_DEPTH = 512;
/** Messages that are read to see whether they ask for an answer, in one scan. */
const MAX_READ = 2_000;
/** What a process does itself, as far as it is recorded. */
const ACTS: EventKind[] = ['send', 'call', 'return', 'exception', 'handle', 'handled', 'tail', 'line', 'expression', 'exit']; // prettier-ignore

const isBulk = (recording: Recording): recording is BulkRecording => 'openCalls' in recording;

export interface ActivityWindow {
  fromNs: number;
  toNs: number;
  bins: number;
  /** Each once. */
  processes: readonly number[];
}

export class ActivityScan {
  /** Nanoseconds, processes × bins. */
  readonly runningNs: Float64Array;
  readonly waitingNs: Float64Array;
  readonly binNs: number;
  /** Everything before it is in the sums, but for messages of which it is not known yet whether they will be answered. */
  doneNs: number;
  complete = false;
  /** Every event was looked at. */
  readonly rough = false;

  private readonly scheduled: boolean;
  /** Place of each process among those asked for, -1: not asked for. */
  private readonly laneOf: Int32Array;
  private readonly state: Uint8Array;
  /** Since when that state holds. */
  private readonly since: Float64Array;
  private readonly depth: Int32Array;
  /** When it sent what may be a question, as the last thing that it did; -1: it did something else since. */
  private readonly asked: Float64Array;
  private readonly askedSeq: Float64Array;
  /** Whether it is known what it did when the window began. */
  private readonly known: Uint8Array;
  private begun = 0;
  private read = 0;
  private seq: number;
  private readonly firstSeq: number;

  constructor(
    private readonly recording: Recording,
    readonly window: ActivityWindow,
  ) {
    const { processes, bins, fromNs, toNs } = window;
    const n = processes.length;
    this.binNs = (toNs - fromNs) / bins;
    this.runningNs = new Float64Array(n * bins);
    this.waitingNs = new Float64Array(n * bins);
    this.scheduled = (recording.info().kinds.schedule ?? 0) > 0;
    this.laneOf = new Int32Array(recording.processes().length + 1).fill(-1);
    processes.forEach((process, lane) => (this.laneOf[process] = lane));
    this.state = new Uint8Array(n);
    this.since = new Float64Array(n).fill(fromNs);
    this.depth = new Int32Array(n);
    this.asked = new Float64Array(n).fill(-1);
    this.askedSeq = new Float64Array(n);
    this.known = new Uint8Array(n);
    this.doneNs = fromNs;
    this.firstSeq = fromNs <= 0 ? recording.start().seq : recording.momentAt(fromNs - 1).seq;
    this.seq = this.firstSeq + 1;
  }

  /** Looks on until it is `until` (performance.now()), but at one block at least. */
  advance(until: number): void {
    const { recording, window } = this;
    for (; this.begun < window.processes.length; this.begun++) {
      if ((this.begun & 7) === 7 && performance.now() > until) return;
      this.beginning(this.begun);
    }
    const end = recording.end();
    while (!this.complete) {
      const block = this.seq > end.seq ? undefined : blockOf(recording, this.seq);
      if (block === undefined || block.firstNs >= window.toNs) {
        this.finish(Math.min(window.toNs, end.ns));
        return;
      }
      const kinds = block.kinds();
      const processes = block.processes();
      const ns = block.ns();
      const flags = block.flags();
      const peers = block.peers();
      const { laneOf } = this;
      let row = this.seq - block.firstSeq;
      for (; row < block.count && ns[row]! < window.toNs; row++) {
        const lane = laneOf[processes[row]!] ?? -1;
        const kind = kinds[row]!;
        if (lane >= 0) this.event(lane, kind, flags[row]!, ns[row]!, block.firstSeq + row);
        // Who starts a process mostly waits until it says that it has begun.
        if (kind === K.spawn) {
          const parent = laneOf[peers[row]!] ?? -1;
          if (parent >= 0) this.asks(parent, ns[row]!, 0);
        }
      }
      if (row < block.count) {
        this.finish(Math.min(window.toNs, end.ns));
        return;
      }
      this.seq = block.firstSeq + block.count;
      this.doneNs = Math.min(window.toNs, block.lastNs);
      if (performance.now() > until) return;
    }
  }

  /** What a process did when the window began. */
  private beginning(lane: number): void {
    const { recording, firstSeq: seq } = this;
    const process = this.window.processes[lane]!;
    if (seq < 1) return;
    const at = { seq: seq + 1, ns: this.window.fromNs };
    this.depth[lane] = this.openCalls(process);
    this.known[lane] = 1;
    const last = recording.nextEvent(process, at, -1, { kinds: ACTS });
    if (last?.kind === 'send' && this.asksForAnswer(last.seq)) {
      const arrived = recording.nextEvent(process, at, -1, { kinds: ['arrive'] });
      const answered = arrived !== undefined && arrived.seq > last.seq && (arrived.flags & Flags.TAKEN) !== 0;
      if (!answered) {
        this.asked[lane] = this.window.fromNs;
        this.askedSeq[lane] = last.seq;
      }
    }
    if (this.scheduled) {
      const turn = recording.nextEvent(process, at, -1, { kinds: ['schedule'] });
      if (turn !== undefined) {
        const isIn = (turn.flags & Flags.IN) !== 0;
        this.state[lane] = isIn ? RUNNING : this.depth[lane]! > 0 ? WAITING : IDLE;
      }
    } else if (this.depth[lane]! > 0) this.state[lane] = RUNNING;
  }

  /** Calls and callbacks that are under way when the window begins. */
  private openCalls(process: number): number {
    const { recording, firstSeq } = this;
    const ns = this.window.fromNs;
    if (isBulk(recording)) return recording.openCalls(process, firstSeq, MAX_DEPTH).length;
    const { slices } = recording.slices({ fromNs: ns, toNs: ns, processes: [process], limit: MAX_DEPTH });
    return slices.filter((each) => each.seq <= firstSeq && (each.endNs < 0 || each.endNs >= ns)).length;
  }

  private event(lane: number, kind: number, flags: number, ns: number, seq: number): void {
    switch (kind) {
      case K.handle:
      case K.call:
        this.known[lane] = 1;
        this.depth[lane]!++;
        this.asked[lane] = -1;
        if (!this.scheduled && this.state[lane] === IDLE) this.enter(lane, RUNNING, ns);
        return;
      case K.handled:
      case K.return:
      case K.exception:
      case K.tail:
        if (this.known[lane] === 0) {
          // It ends what nobody saw begin.
          this.known[lane] = 1;
          if (!this.scheduled) this.state[lane] = RUNNING;
        }
        this.gaveUp(lane, ns, (flags & Flags.RAISED) !== 0 || kind === K.exception);
        this.depth[lane] = Math.max(0, this.depth[lane]! - 1);
        if (!this.scheduled && this.depth[lane] === 0) this.enter(lane, IDLE, ns);
        return;
      case K.send:
        this.asks(lane, ns, seq);
        return;
      case K.arrive:
        if ((flags & Flags.TAKEN) === 0) return;
        if (this.asked[lane]! >= 0 && !this.scheduled) {
          const before = this.state[lane]!;
          this.enter(lane, WAITING, Math.max(this.asked[lane]!, this.since[lane]!));
          this.enter(lane, before, ns);
        }
        this.asked[lane] = -1;
        return;
      case K.line:
      case K.expression:
        this.asked[lane] = -1;
        return;
      case K.schedule: {
        const isIn = (flags & Flags.IN) !== 0;
        this.enter(lane, isIn ? RUNNING : this.depth[lane]! > 0 || this.awaits(lane) ? WAITING : IDLE, ns);
        return;
      }
      case K.exit:
        this.gaveUp(lane, ns, true);
        this.depth[lane] = 0;
        this.enter(lane, IDLE, ns);
        return;
      default:
    }
  }

  private asks(lane: number, ns: number, seq: number): void {
    this.asked[lane] = ns;
    this.askedSeq[lane] = seq;
  }

  /** Whether the last thing it did was to ask for an answer. */
  private awaits(lane: number): boolean {
    if (this.asked[lane]! < 0) return false;
    if (this.asksForAnswer(this.askedSeq[lane]!)) return true;
    this.asked[lane] = -1;
    return false;
  }

  /** The last thing it did before it failed, or before nothing more is recorded: did it wait for an answer that never came? */
  private gaveUp(lane: number, ns: number, failed: boolean): void {
    const asked = this.asked[lane]!;
    this.asked[lane] = -1;
    if (asked < 0 || !failed || this.scheduled || !this.asksForAnswer(this.askedSeq[lane]!)) return;
    const before = this.state[lane]!;
    this.enter(lane, WAITING, Math.max(asked, this.since[lane]!));
    this.enter(lane, before, ns);
  }

  private asksForAnswer(seq: number): boolean {
    if (seq === 0 || this.read >= MAX_READ) return false;
    this.read++;
    const [message] = this.recording.event(seq)?.terms ?? [];
    const tag = message?.kind === 'tuple' ? message.elements[0] : undefined;
    return tag?.kind === 'atom' && /^\$gen(?:_sync_all_state_event|_sync_event|_call)$/.test(tag.name);
  }

  private enter(lane: number, state: number, ns: number): void {
    const from = this.since[lane]!;
    const was = this.state[lane]!;
    if (was !== IDLE && ns > from) this.add(was === RUNNING ? this.runningNs : this.waitingNs, lane, from, ns);
    this.state[lane] = state;
    this.since[lane] = Math.max(from, ns);
  }

  private add(sums: Float64Array, lane: number, from: number, to: number): void {
    const { fromNs, bins } = this.window;
    const { binNs } = this;
    const first = Math.max(0, Math.floor((from - fromNs) / binNs));
    const last = Math.min(bins - 1, Math.floor((to - fromNs) / binNs));
    const base = lane * bins;
    for (let bin = first; bin <= last; bin++) {
      const left = fromNs + bin * binNs;
      const part = Math.min(to, left + binNs) - Math.max(from, left);
      if (part > 0) sums[base + bin]! += part;
    }
  }

  private finish(ns: number): void {
    for (let lane = 0; lane < this.window.processes.length; lane++) {
      this.gaveUp(lane, ns, true);
      this.enter(lane, IDLE, ns);
    }
    this.doneNs = this.window.toNs;
    this.complete = true;
  }
}
