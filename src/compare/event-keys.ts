/**
 * What an event is and what it says, as numbers that hold in another run: `what` for events that are the same with perhaps another value,
 * `says` for those that are the same altogether.
 */
import { Flags, type EventKind, type RecordedEvent } from '../recording/index.js';
import type { Execution } from './execution.js';
import { Hash } from './hash.js';
import { functionKey } from './roles.js';

/** What a process does and what comes of it. When the machine ran it, collected its garbage or looked at it is not compared. */
export const COMPARED: readonly EventKind[] = [
  'spawn',
  'exit',
  'link',
  'unlink',
  'register',
  'unregister',
  'send',
  'arrive',
  'call',
  'return',
  'exception',
  'handle',
  'handled',
  'state',
  'log',
  'tail',
  'line',
  'expression',
  'table',
  'timer',
  'monitor',
  'store',
  'telemetry',
];

/** Bits of the flags that say what happened, by kind. */
const TELLING: Partial<Record<EventKind, number>> = {
  send: Flags.NOWHERE,
  handled: Flags.RAISED,
  table: Flags.RAISED,
  timer: Flags.RAISED,
  monitor: Flags.RAISED,
  store: Flags.RAISED,
};

/** Kinds whose first term tells them apart. */
const SHAPED: ReadonlySet<EventKind> = new Set(['send', 'arrive', 'handle', 'telemetry', 'register', 'unregister']);

/** Kinds that end or follow what an earlier event began: the same only with that. */
const FOLLOWING: ReadonlySet<EventKind> = new Set(['handled', 'state', 'return', 'exception', 'tail']);

const MAX_OPEN = 4_096;

export class EventKeys {
  private readonly functions: string[] = [];
  private readonly hashes: number[] = [];

  constructor(private readonly execution: Execution) {}

  /** Of a function, or of a place in its source (by what stands there: lines move). */
  fn(id: number): string {
    let text = this.functions[id];
    if (text === undefined) {
      const fn = this.execution.recording.function(id);
      text = functionKey(fn);
      if (fn?.point !== undefined)
        text += ` ${fn.point.what} ${fn.point.label} ${fn.point.names.map(({ name }) => name).join()}`;
      // A live recording may not know it yet.
      if (fn !== undefined) this.functions[id] = text;
    }
    return text;
  }

  flags(event: RecordedEvent): number {
    return event.flags & (TELLING[event.kind] ?? 0);
  }

  /** Whom it has to do with, by role; empty: nobody, or nobody known. */
  peer(event: RecordedEvent): string {
    return event.peer === 0 ? '' : this.execution.roles.kind(event.peer);
  }

  what(event: RecordedEvent): number {
    const hash = new Hash().text(event.kind).whole(this.fnHash(event.fn));
    const [first] = event.terms;
    if (first !== undefined && SHAPED.has(event.kind)) hash.shape(first);
    return hash.value;
  }

  /** The same for events that say the same; `lossy`: another one may still say the same, as far as recorded. */
  says(event: RecordedEvent): { says: number; lossy: boolean } {
    const canon = this.execution.canonOf(event.process);
    const hash = new Hash()
      .text(event.kind)
      .whole(this.fnHash(event.fn))
      .number(this.flags(event))
      .text(this.peer(event));
    hash.number(event.terms.length);
    for (const term of event.terms) hash.term(term, canon);
    return { says: hash.value, lossy: hash.lossy };
  }

  private fnHash(id: number): number {
    return (this.hashes[id] ??= new Hash().text(this.fn(id)).value);
  }
}

/** Remembers what began, for what follows from it. */
export class OpenCalls {
  private readonly open = new Map<number, number>();

  within(event: RecordedEvent): number {
    return FOLLOWING.has(event.kind) ? (this.open.get(event.cause) ?? 0) : 0;
  }

  began(event: RecordedEvent, exact: number): void {
    if (event.kind !== 'call' && event.kind !== 'handle') return;
    this.open.set(event.seq, exact);
    if (this.open.size <= MAX_OPEN) return;
    for (const oldest of this.open.keys()) {
      this.open.delete(oldest);
      break;
    }
  }
}
