/**
 * An expression over the variables of a line, at every time that the line ran: what a print statement there would have said, had there
 * been one.
 *
 * Variables have the values that they had when the line began. Those that only the line itself binds are taken from the next line of the same call.
 */
import {
  evaluate,
  ExpressionError,
  parseExpression,
  variablesOf,
  type Expr,
  type Outcome,
} from '../expression/index.js';
import type { FunctionInfo, Recording } from '../recording/index.js';
import { PrintWalk, type Execution, type PointOf } from './print-walk.js';

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

const isPoint = (fn: FunctionInfo): fn is PointOf => fn.point !== undefined;

function pointsAt(recording: Recording, { module, line }: PrintPlace): { here: PointOf[]; all: PointOf[] } {
  const all = recording.points(module).filter(isPoint);
  return { here: all.filter(({ point }) => point.what === 'line' && point.line === line), all };
}

interface Seen {
  /** Known when the line begins. */
  before: Set<string>;
  /** Bound by the line itself. */
  bound: Set<string>;
}

/** The names that code at a point can have, of its own function. */
function seenAt({ name, arity, point }: PointOf, all: readonly PointOf[]): Seen {
  const before = new Set<string>(point.scope?.map((each) => each.name));
  const bound = new Set<string>();
  for (const other of all) {
    if (other.name !== name || other.arity !== arity || other.point.what === 'expression') continue;
    // Where the scope was not told: what the function has bound up to here.
    if (point.scope === undefined && other.point.line <= point.line)
      for (const each of other.point.names) before.add(each.name);
    for (const each of other.point.names) if (each.line === point.line) bound.add(each.name);
  }
  for (const each of before) bound.delete(each);
  return { before, bound };
}

export function namesAt(recording: Recording, place: PrintPlace): LineNames {
  const { here, all } = pointsAt(recording, place);
  const names = new Map<string, boolean>();
  const seen = here.map((one) => seenAt(one, all));
  for (const { before } of seen) for (const name of before) names.set(name, false);
  for (const { bound } of seen) for (const name of bound) if (!names.has(name)) names.set(name, true);
  let nearest: number | undefined;
  const away = (line: number): number => Math.abs(line - place.line);
  for (const { point } of all)
    if (point.what === 'line' && (nearest === undefined || away(point.line) < away(nearest))) nearest = point.line;
  return { names: [...names].map(([name, bound]) => ({ name, bound })), known: here.length > 0, nearest };
}

export class Printer {
  private readonly expr: Expr;
  private readonly names: readonly string[];
  private readonly points: ReadonlyMap<number, PointOf>;
  private readonly others: readonly PointOf[];
  private readonly bound: ReadonlySet<string>;

  /** Throws an ExpressionError. */
  constructor(
    private readonly recording: Recording,
    place: PrintPlace,
    expression: string,
    syntax: 'elixir' | 'erlang',
  ) {
    this.expr = parseExpression(expression, syntax);
    const taken = variablesOf(this.expr);
    this.names = taken.map(({ name }) => name);
    const { here, all } = pointsAt(recording, place);
    const seen = here.map((one) => ({ one, ...seenAt(one, all) }));
    for (const { name, at } of taken) {
      if (here.length === 0 || seen.some(({ before, bound }) => before.has(name) || bound.has(name))) continue;
      const there = [...new Set(seen.flatMap(({ before, bound }) => [...before, ...bound]))];
      const others = there.length === 0 ? 'none is recorded' : `there ${there.length === 1 ? 'is' : 'are'} ${there.slice(0, 20).join(', ')}`; // prettier-ignore
      throw new ExpressionError(`no variable ${name} at this line: ${others}`, at, name.length);
    }
    // Several pieces of code may stand on one line: those that have the variables are meant.
    const whole = seen.filter(({ before, bound }) => this.names.every((name) => before.has(name) || bound.has(name)));
    const meant = whole.length > 0 ? whole : seen;
    this.points = new Map(meant.map(({ one }) => [one.id, one]));
    this.bound = new Set(meant.flatMap(({ bound }) => [...bound]));
    this.others = all.filter((other) => other.point.what !== 'expression' && !this.points.has(other.id) && meant.some(({ one }) => one.name === other.name && one.arity === other.arity && one.node === other.node)); // prettier-ignore
  }

  /** Its executions after event `seq`, with what each reads; what it is worth there is `at`. */
  walk(after: number, process?: number): PrintWalk {
    const { recording, points, others, names, bound } = this;
    return new PrintWalk({ recording, points, others, names, bound, after, process });
  }

  at({ event: { seq, ns, process }, variables }: Execution): PrintedHit {
    return { seq, ns, process, outcome: evaluate(this.expr, variables) };
  }

  /** All of it, one after the other. */
  *hits(after: number, process?: number): Generator<PrintedHit> {
    const walk = this.walk(after, process);
    for (let step = walk.next(); step !== undefined; step = walk.next()) if (step !== 'more') yield this.at(step);
  }
}
