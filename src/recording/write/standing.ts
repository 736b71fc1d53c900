/**
 * What still stands at a moment: the events from before it that an answer after it may need. Fed with all events in order, it keeps their
 * places and forgets those that something later took back, so that it holds little however long the past is.
 */
import { Flags } from '../model.js';
import { Kind } from '../queries/kinds.js';
import type { Block } from '../read/block.js';

/** A gap that nobody asks for any more would otherwise be kept for ever; beyond so many the oldest go. */
const MAX_GAPS = 4096;
/** A message that has not arrived after so many events is taken for lost. */
const IN_FLIGHT = 1 << 16;
/** Of a recursion that is deeper, only the innermost calls keep what their variables held. */
const MAX_LINED = 1 << 14;
/** Calls of a process that nobody saw end. */
const MAX_STALE = 256;
/** Arrivals of a process that handles nothing. */
const MAX_WAITING = 100_000;

interface Life {
  /** Places are seqs. 0: none. */
  state: number;
  change: number;
  beforeChange: number;
  /** The callbacks that these three states followed from. */
  handlesOfStates: [number, number, number];
  name: number;
  /** Open callbacks and calls, the innermost last. */
  handles: number[];
  calls: number[];
  /** Calls whose end was not recorded, and the callbacks in which they were made and with which they are over. */
  stale: { call: number; handle: number }[];
  /** Of open calls with lines: the last execution of each point in them, so that the newest value of each variable is among them. */
  lines: Map<number, Map<number, number>>;
  /** The callback whose message arrived last; everything up to that arrival is gone. */
  lastTaken: number;
  taken: number;
  /** Any callback at all, and what ended it. */
  someHandle: number;
  /** Arrivals after `taken`, each with the first callback border after it. */
  waiting: { seq: number; border: number }[];
}

export class Standing {
  readonly #lives = new Map<number, Life>();
  readonly #links = new Map<string, number>();
  /** The links of each process, as keys of `#links`. */
  readonly #linked = new Map<number, Set<string>>();
  readonly #handled = new Map<number, number>();
  #gaps: number[] = [];
  /** Messages on their way: seq of the send. */
  readonly #flying = new Set<number>();
  #lastSeq = 0;

  /** `behaves`: whether a process runs a behaviour, so that what it did not handle yet is worth keeping. */
  constructor(private readonly behaves: (process: number) => boolean) {}

  /** Takes in the rows of a block up to event `to`. */
  take(block: Block, to = Infinity): void {
    const kinds = block.kinds();
    const flags = block.flags();
    const processes = block.processes();
    const peers = block.peers();
    const causes = block.causes();
    const functions = block.functions();
    const rows = Math.min(block.count, to - block.firstSeq + 1);
    for (let row = 0; row < rows; row++) {
      const kind = kinds[row]!;
      if (kind === Kind.LINE) this.#line(block.firstSeq + row, processes[row]!, functions[row]!, causes[row]!);
      else if (kind === Kind.EXPRESSION) this.#arrived(this.#lives.get(processes[row]!), causes[row]!);
      else this.#event(block.firstSeq + row, kind, flags[row]!, processes[row]!, peers[row]!, causes[row]!);
    }
  }

  /** Seqs of what stands, in no order. */
  *roots(): IterableIterator<number> {
    for (const life of this.#lives.values()) {
      yield* [life.state, life.change, life.beforeChange, life.name, life.lastTaken, life.someHandle];
      yield* life.handles;
      yield* life.calls;
      for (const { call } of life.stale) yield call;
      for (const points of life.lines.values()) yield* points.values();
      for (const { seq, border } of life.waiting) yield* [seq, border];
    }
    yield* this.#links.values();
    yield* this.#gaps;
    yield* this.#flying;
  }

  /**
   * These events and what they cannot be read without, ascending: what they follow from (callbacks come with their message, messages with their
   * send), and the ends of callbacks.
   */
  close(roots: Iterable<number>, causeOf: (seq: number) => number): number[] {
    const kept = new Set<number>();
    for (const root of roots)
      for (let seq = root; seq > 0 && seq <= this.#lastSeq && !kept.has(seq); seq = causeOf(seq)) {
        kept.add(seq);
        const end = this.#handled.get(seq);
        if (end !== undefined) kept.add(end);
      }
    return [...kept].sort((x, y) => x - y);
  }

  #life(process: number): Life {
    let life = this.#lives.get(process);
    if (life === undefined) {
      life = { state: 0, change: 0, beforeChange: 0, handlesOfStates: [0, 0, 0], name: 0, handles: [], calls: [], stale: [], lines: new Map(), lastTaken: 0, taken: 0, someHandle: 0, waiting: [] }; // prettier-ignore
      this.#lives.set(process, life);
    }
    return life;
  }

  #line(seq: number, process: number, point: number, call: number): void {
    this.#lastSeq = seq;
    const life = this.#lives.get(process);
    if (life === undefined || !this.#arrived(life, call)) return;
    const points = life.lines.get(call);
    if (points) points.set(point, seq);
    else {
      life.lines.set(call, new Map([[point, seq]]));
      if (life.lines.size > 2 * MAX_LINED)
        for (const old of [...life.lines.keys()].slice(0, MAX_LINED)) life.lines.delete(old);
    }
  }

  /** Execution is in this call itself again: calls made in it are over. False: it is not known to be open. */
  #arrived(life: Life | undefined, call: number): boolean {
    const at = life === undefined || call === 0 ? -1 : life.calls.lastIndexOf(call);
    if (at < 0) return false;
    end(life!, at + 1);
    return true;
  }

  #event(seq: number, kind: number, flags: number, process: number, peer: number, cause: number): void {
    this.#lastSeq = seq;
    switch (kind) {
      case Kind.STATE: {
        const life = this.#life(process);
        if ((flags & (Flags.CHANGED | Flags.BEFORE)) !== 0) {
          life.beforeChange = life.state;
          life.change = seq;
          life.handlesOfStates = [cause, cause, life.handlesOfStates[0]];
        } else {
          if (life.change === 0) life.change = seq;
          life.handlesOfStates[0] = cause;
        }
        life.state = seq;
        break;
      }
      case Kind.REGISTER:
      case Kind.UNREGISTER:
        this.#life(process).name = seq;
        break;
      case Kind.LINK:
        if (process !== 0 && peer !== 0 && process !== peer) this.#link(process, peer, seq);
        break;
      case Kind.UNLINK:
        this.#unlink(pair(process, peer));
        break;
      case Kind.EXIT: {
        for (const key of [...(this.#linked.get(process) ?? [])]) this.#unlink(key);
        // Nothing after this is asked of the dead.
        this.#lives.delete(process);
        break;
      }
      case Kind.SEND:
        if ((flags & Flags.NOWHERE) === 0) this.#flying.add(seq);
        for (const old of this.#flying) {
          if (old > seq - IN_FLIGHT) break;
          this.#flying.delete(old);
        }
        break;
      case Kind.ARRIVE: {
        this.#flying.delete(cause);
        if ((flags & Flags.TAKEN) !== 0) break;
        const life = this.#life(process);
        if (life.someHandle === 0 && !this.behaves(process)) break;
        life.waiting.push({ seq, border: 0 });
        if (life.someHandle === 0 && life.waiting.length > MAX_WAITING) life.waiting.shift();
        break;
      }
      case Kind.HANDLE: {
        const life = this.#life(process);
        border(life, seq);
        life.handles.push(seq);
        life.someHandle = seq;
        if (cause > life.taken) {
          life.taken = cause;
          life.lastTaken = seq;
          life.waiting = life.waiting.filter((one) => one.seq > cause);
        }
        break;
      }
      case Kind.HANDLED: {
        const life = this.#life(process);
        border(life, seq);
        const open = life.handles.lastIndexOf(cause);
        // Callbacks within this one ended in ways that were not recorded.
        if (open >= 0) {
          life.handles.length = open;
          let calls = life.calls.length;
          while (calls > 0 && life.calls[calls - 1]! > cause) calls--;
          for (const call of life.calls.slice(calls)) life.stale.push({ call, handle: cause });
          if (life.stale.length > MAX_STALE) life.stale = life.stale.slice(-MAX_STALE);
          end(life, calls);
        }
        if (cause > 0) this.#handled.set(cause, seq);
        break;
      }
      case Kind.CALL:
        this.#life(process).calls.push(seq);
        break;
      case Kind.RETURN:
      case Kind.EXCEPTION:
      case Kind.TAIL: {
        const life = this.#life(process);
        const open = life.calls.lastIndexOf(cause);
        if (open >= 0) end(life, open);
        else if (life.stale.length > 0) life.stale = life.stale.filter(({ call }) => call !== cause);
        break;
      }
      case Kind.GAP:
        this.#gaps.push(seq);
        if (this.#gaps.length > 2 * MAX_GAPS) this.#gaps = this.#gaps.slice(-MAX_GAPS);
        break;
      default:
    }
    // Ends of callbacks that nothing refers to any more.
    if (this.#handled.size > 4096 + 8 * this.#lives.size) this.#sweep();
  }

  #sweep(): void {
    const needed = new Set<number>();
    for (const life of this.#lives.values()) {
      for (const seq of [life.lastTaken, life.someHandle, ...life.handles, ...life.handlesOfStates]) needed.add(seq);
      for (const { border: seq } of life.waiting) needed.add(seq);
      for (const { handle } of life.stale) needed.add(handle);
    }
    for (const handle of this.#handled.keys())
      if (!needed.has(handle) && handle < this.#lastSeq - IN_FLIGHT) this.#handled.delete(handle);
  }

  #link(a: number, b: number, seq: number): void {
    const key = pair(a, b);
    if (!this.#links.has(key)) this.#links.set(key, seq);
    for (const process of [a, b]) {
      const keys = this.#linked.get(process);
      if (keys) keys.add(key);
      else this.#linked.set(process, new Set([key]));
    }
  }

  #unlink(key: string): void {
    if (!this.#links.delete(key)) return;
    for (const process of key.split(' ')) this.#linked.get(Number(process))?.delete(key);
  }
}

/** Only the outermost `left` calls are still open. */
function end(life: Life, left: number): void {
  if (life.lines.size > 0) for (let i = left; i < life.calls.length; i++) life.lines.delete(life.calls[i]!);
  life.calls.length = left;
}

const pair = (a: number, b: number): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

/** A callback began or ended: arrivals since the one before have it next to them. */
function border(life: Life, seq: number): void {
  for (let i = life.waiting.length - 1; i >= 0 && life.waiting[i]!.border === 0; i--) life.waiting[i]!.border = seq;
}
