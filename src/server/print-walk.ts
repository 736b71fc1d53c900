/**
 * The executions of a line with the variables that an expression reads there, in one walk along the recording: what earlier lines of a call have
 * bound is carried along instead of being looked up again for every execution, and what the line itself binds is taken from what comes
 * next in the same call. A million executions are read once, not a million times.
 *
 * ```
 * call A   line 3  binds item      ┐
 * call B   line 3                  │ carried, by call
 * call A   line 4  binds price     ┘
 * call A   line 5  <- wanted: item and price are there
 * ```
 */
import type {
  EventKind,
  FunctionInfo,
  PointInfo,
  ProcessId,
  RecordedEvent,
  Recording,
  Seq,
} from '../recording/index.js';
import type { Term } from '../term/index.js';

export type PointOf = FunctionInfo & { point: PointInfo };

export interface Execution {
  event: RecordedEvent;
  variables: Map<string, Term>;
}

export interface Walked {
  recording: Recording;
  /** Where the line is executed, and every other point of the same functions. */
  points: ReadonlyMap<number, PointOf>;
  others: readonly PointOf[];
  names: readonly string[];
  /** Names that only the line itself binds. */
  bound: ReadonlySet<string>;
  after: Seq;
  process: ProcessId | undefined;
}

const ENDS: readonly EventKind[] = ['return', 'exception', 'tail'];
const CARRYING: readonly EventKind[] = ['line', ...ENDS];
/** How many events of a process are looked at for what a line has bound. */
const AFTER_EVENTS = 4_096;
/** Calls whose variables are held at once; beyond, those that began first are looked up in the recording when they are needed. */
const MAX_CALLS = 20_000;
/** Executions that wait for what comes next in their call. */
const MAX_WAITING = 2_048;
/** After so many events someone may want to stop. */
const PAUSE_EVERY = 256;
/** Where so few of the events of a function are executions of the line, each is looked up by itself. */
const RARE = 64;
const FAIR_TRIAL = 4_096;

interface Binding {
  name: string;
  line: number;
  value: Term;
}

interface Waiting extends Execution {
  open: boolean;
}

export class PrintWalk {
  /** All executions up to here were given. */
  seq: Seq;
  private readonly binds = new Map<number, { index: number; name: string; line: number }[]>();
  private readonly calls = new Map<Seq, Binding[]>();
  /** Calls that began before are not known from their beginning. */
  private readonly began: Seq;
  private readonly queue: Waiting[] = [];
  private readonly waiting = new Map<Seq, Waiting>();
  private events: IterableIterator<RecordedEvent>;
  private carrying: boolean;
  /** What comes next in a call is needed too. */
  private readonly waits: boolean;
  private letGo = false;
  private looked = 0;
  private given = 0;

  constructor(private readonly of: Walked) {
    this.seq = of.after;
    this.began = of.after;
    for (const each of [...of.others, ...of.points.values()]) {
      const wanted = each.point.names.flatMap(({ name, line }, index) =>
        of.names.includes(name) ? [{ index, name, line }] : [],
      );
      if (wanted.length > 0) this.binds.set(each.id, wanted);
    }
    // Where each execution brings all that is read, nothing needs to be carried.
    this.carrying = [...of.points.values()].some(({ point }) =>
      of.names.some((name) => !point.names.some((each) => each.name === name)),
    );
    this.waits = of.names.some((name) => of.bound.has(name));
    this.events = this.from(of.after);
  }

  /** The next execution. 'more': none yet, go on asking. Undefined: that was all. */
  next(): Execution | 'more' | undefined {
    const { queue } = this;
    for (let n = 0; n < PAUSE_EVERY; n++) {
      const head = queue[0];
      if (head !== undefined && !head.open) return this.give(head);
      if (queue.length > MAX_WAITING) {
        this.lookAfter(head!);
        return this.give(head!);
      }
      if (this.carrying && queue.length === 0 && this.looked > FAIR_TRIAL + RARE * this.given) {
        this.carrying = false;
        this.calls.clear();
        this.events = this.from(this.seq);
      }
      const step = this.events.next();
      if (step.done === true) {
        if (head === undefined) return undefined;
        return this.give(head);
      }
      this.take(step.value);
      if (queue.length === 0) this.seq = step.value.seq;
    }
    return 'more';
  }

  /** Answers the one that waits longest with what is known by now, for who cannot wait. */
  hurry(): Execution | undefined {
    const [head] = this.queue;
    if (head === undefined) return undefined;
    if (head.open) this.lookAfter(head);
    return this.give(head);
  }

  private from(after: Seq): IterableIterator<RecordedEvent> {
    const { recording, points, others, process } = this.of;
    if (points.size === 0) return [].values();
    const functions = new Set(points.keys());
    const next = this.carrying && this.waits;
    if (this.carrying) for (const { id } of others) if (next || this.binds.has(id)) functions.add(id);
    if (next) for (const id of this.owners()) functions.add(id);
    return recording.events({
      kinds: next ? CARRYING : ['line'],
      functions: [...functions],
      from: { seq: after + 1, ns: 0 },
      ...(process === undefined ? {} : { processes: [process] }),
    });
  }

  /** The functions that the points lie in: with them their calls end. */
  private owners(): Set<number> {
    const { recording, points } = this.of;
    const inside = new Set(
      [...points.values()].map(({ node, name, arity }) => `${String(node)} ${name}/${String(arity)}`),
    );
    const [first] = points.values();
    const owners = recording
      .points(first!.module)
      .filter(
        (each) => each.point === undefined && inside.has(`${String(each.node)} ${each.name}/${String(each.arity)}`),
      );
    return new Set(owners.map(({ id }) => id));
  }

  private give(head: Waiting): Execution {
    this.queue.shift();
    this.waiting.delete(head.event.cause);
    this.seq = head.event.seq;
    this.given++;
    return head;
  }

  private take(event: RecordedEvent): void {
    this.looked++;
    const waiting = this.waiting.get(event.cause);
    if (waiting !== undefined) {
      if (event.kind === 'line')
        this.bindings(event, (name, _, value) => {
          if (!waiting.variables.has(name)) waiting.variables.set(name, value);
        });
      waiting.open = false;
      this.waiting.delete(event.cause);
    }
    if (event.kind !== 'line') {
      this.calls.delete(event.cause);
      return;
    }
    const own = this.of.points.get(event.fn);
    if (own !== undefined) this.execution(event, own.point);
    if (this.carrying) this.carry(event);
  }

  private execution(event: RecordedEvent, point: PointInfo): void {
    const { names, bound } = this.of;
    const variables = new Map<string, Term>();
    // What the line before has bound came with the event itself.
    this.bindings(event, (name, _, value) => {
      if (!variables.has(name)) variables.set(name, value);
    });
    if (variables.size < names.length) {
      if (this.carrying) pick(this.calls.get(event.cause) ?? [], point, variables);
      // Of a call that began before, or that was let go, the recording knows.
      const unsure = !this.carrying || event.cause <= this.began || this.letGo;
      if (unsure && names.some((name) => !bound.has(name) && !variables.has(name))) this.lookUp(event, variables);
    }
    const open = variables.size < names.length && names.some((name) => bound.has(name) && !variables.has(name));
    const entry: Waiting = { event, variables, open };
    if (open && this.carrying) this.waiting.set(event.cause, entry);
    else if (open) this.lookAfter(entry);
    this.queue.push(entry);
  }

  private carry(event: RecordedEvent): void {
    if (!this.binds.has(event.fn)) return;
    let carried = this.calls.get(event.cause);
    if (carried === undefined) {
      this.calls.set(event.cause, (carried = []));
      if (this.calls.size > MAX_CALLS) this.forget();
    }
    const into = carried;
    this.bindings(event, (name, line, value) => {
      const at = into.findIndex((each) => each.name === name && each.line === line);
      // The newest comes last.
      if (at >= 0) into.splice(at, 1);
      into.push({ name, line, value });
    });
  }

  /** Of the calls that are carried, the one that began first. */
  private forget(): void {
    for (const oldest of this.calls.keys()) {
      this.calls.delete(oldest);
      this.letGo = true;
      return;
    }
  }

  private bindings(event: RecordedEvent, tell: (name: string, line: number, value: Term) => void): void {
    const [values] = event.terms;
    if (values?.kind !== 'list') return;
    for (const { index, name, line } of this.binds.get(event.fn) ?? []) {
      const value = values.elements[index];
      if (value !== undefined) tell(name, line, value);
    }
  }

  private lookUp({ seq, ns, process }: RecordedEvent, into: Map<string, Term>): void {
    const { recording, names } = this.of;
    for (const { name, value } of recording.variables(process, { seq, ns })?.variables ?? [])
      if (names.includes(name) && !into.has(name)) into.set(name, value);
  }

  /** What the line has bound, as the next event of the same call tells. */
  private lookAfter(entry: Waiting): void {
    const { event, variables } = entry;
    entry.open = false;
    let looked = 0;
    const later = this.of.recording.events({
      kinds: CARRYING,
      processes: [event.process],
      from: { seq: event.seq + 1, ns: event.ns },
    });
    for (const next of later) {
      if (++looked > AFTER_EVENTS) return;
      if (next.cause !== event.cause) continue;
      if (next.kind === 'line')
        this.bindings(next, (name, _, value) => {
          if (!variables.has(name)) variables.set(name, value);
        });
      return;
    }
  }
}

/** Of what a call has bound, what can be read at a point: by the lines that bind it where its scope was told, else the newest of each name. */
function pick(carried: readonly Binding[], { scope }: PointInfo, into: Map<string, Term>): void {
  const lines = new Map<string, number>();
  for (const { name, line, value } of carried) {
    if (into.has(name) && !lines.has(name)) continue;
    if (scope !== undefined) {
      if (!scope.some((each) => each.name === name && each.line === line)) continue;
      if ((lines.get(name) ?? Infinity) < line) continue;
    }
    lines.set(name, line);
    into.set(name, value);
  }
}
