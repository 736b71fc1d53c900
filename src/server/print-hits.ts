/**
 * An expression over the variables of a line, at every time that the line ran: what a print statement there would have said, had there
 * been one.
 *
 * Variables have the values that they had when the line began. Those that only the line itself binds are taken from the next line of the same call.
 */
import { evaluate, parseExpression, variablesOf, type Expr, type Outcome } from '../expression/index.js';
import type { FunctionInfo, PointInfo, RecordedEvent, Recording } from '../recording/index.js';
import type { Term } from '../term/index.js';

/** How many events of a process are looked at for what a line has bound. */
const AFTER_EVENTS = 4_096;
const ENDS = ['return', 'exception', 'tail'] as const;

export interface PrintPlace {
  module: string;
  line: number;
}

export interface PrintedHit {
  seq: number;
  ns: number;
  process: number;
  outcome: Outcome;
}

export interface LineNames {
  /** Variables that can be read there, those that the line itself binds last. */
  names: { name: string; bound: boolean }[];
  /** Something is recorded of this line. */
  known: boolean;
  /** Lines of the module of which something is recorded; the nearest to it, where it is not one itself. */
  nearest: number | undefined;
}

type PointOf = FunctionInfo & { point: PointInfo };
const isPoint = (fn: FunctionInfo): fn is PointOf => fn.point !== undefined;

function pointsAt(recording: Recording, { module, line }: PrintPlace): { here: PointOf[]; all: PointOf[] } {
  const all = recording.points(module).filter(isPoint);
  return { here: all.filter(({ point }) => point.what === 'line' && point.line === line), all };
}

/** What this line binds, as far as points tell. */
function boundBy(all: readonly PointOf[], line: number): Set<string> {
  const found = new Set<string>();
  for (const { point } of all)
    if (point.what !== 'expression') for (const each of point.names) if (each.line === line) found.add(each.name);
  return found;
}

/** Undefined: not told. */
const scopeOf = ({ point }: PointOf): Set<string> | undefined =>
  point.scope === undefined ? undefined : new Set(point.scope.map(({ name }) => name));

export function namesAt(recording: Recording, place: PrintPlace): LineNames {
  const { here, all } = pointsAt(recording, place);
  const seen = new Set<string>();
  for (const one of here) {
    const scope = scopeOf(one);
    if (scope !== undefined) for (const name of scope) seen.add(name);
    else
      // Without a scope: what the function has bound up to here.
      for (const other of all)
        if (other.name === one.name && other.arity === one.arity && other.point.line <= place.line)
          for (const { name } of other.point.names) seen.add(name);
  }
  const bound = here.length === 0 ? new Set<string>() : boundBy(all, place.line);
  const names = [...seen].map((name) => ({ name, bound: false }));
  for (const name of bound) if (!seen.has(name)) names.push({ name, bound: true });
  let nearest: number | undefined;
  for (const { point } of all)
    if (point.what === 'line' && (nearest === undefined || Math.abs(point.line - place.line) < Math.abs(nearest - place.line)))
      nearest = point.line; // prettier-ignore
  return { names, known: here.length > 0, nearest };
}

export class Printer {
  private readonly expr: Expr;
  private readonly names: readonly string[];
  private readonly points: ReadonlyMap<number, PointOf>;
  private readonly bound: ReadonlySet<string>;

  /** Throws an ExpressionError. */
  constructor(
    private readonly recording: Recording,
    place: PrintPlace,
    expression: string,
    syntax: 'elixir' | 'erlang',
  ) {
    this.expr = parseExpression(expression, syntax);
    this.names = variablesOf(this.expr);
    const { here, all } = pointsAt(recording, place);
    this.bound = boundBy(all, place.line);
    // Several pieces of code may stand on one line: those that have the variables are meant.
    const seeing = here.filter((one) => {
      const scope = scopeOf(one);
      return scope === undefined || this.names.every((name) => scope.has(name) || this.bound.has(name));
    });
    this.points = new Map((seeing.length > 0 ? seeing : here).map((one) => [one.id, one]));
  }

  get functions(): number[] {
    return [...this.points.keys()];
  }

  /** Its executions after event `seq`, lazily, with nothing worked out yet. */
  events(seq: number, process?: number): IterableIterator<RecordedEvent> {
    if (this.points.size === 0) return [].values();
    return this.recording.events({
      kinds: ['line'],
      functions: this.functions,
      from: { seq: seq + 1, ns: 0 },
      ...(process === undefined ? {} : { processes: [process] }),
    });
  }

  at(event: RecordedEvent): PrintedHit {
    const { seq, ns, process } = event;
    return { seq, ns, process, outcome: evaluate(this.expr, this.variables(event)) };
  }

  private variables(event: RecordedEvent): Map<string, Term> {
    const found = new Map<string, Term>();
    // What the line before has bound came with the event itself.
    this.take(event, found);
    const missing = (): boolean => this.names.some((name) => !found.has(name));
    if (missing()) {
      const moment = { seq: event.seq, ns: event.ns };
      for (const { name, value } of this.recording.variables(event.process, moment)?.variables ?? [])
        if (!found.has(name)) found.set(name, value);
    }
    if (this.names.some((name) => !found.has(name) && this.bound.has(name))) this.after(event, found);
    return found;
  }

  private take(event: RecordedEvent, into: Map<string, Term>): void {
    const [values] = event.terms;
    if (values?.kind !== 'list') return;
    this.recording.function(event.fn)?.point?.names.forEach(({ name }, i) => {
      const value = values.elements[i];
      if (value !== undefined && !into.has(name)) into.set(name, value);
    });
  }

  /** What the line has bound, as the next event of the same call tells. */
  private after(event: RecordedEvent, into: Map<string, Term>): void {
    let looked = 0;
    const later = this.recording.events({
      kinds: ['line', ...ENDS],
      processes: [event.process],
      from: { seq: event.seq + 1, ns: event.ns },
    });
    for (const next of later) {
      if (++looked > AFTER_EVENTS) return;
      if (next.cause !== event.cause) continue;
      if (next.kind === 'line') this.take(next, into);
      return;
    }
  }
}
