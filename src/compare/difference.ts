/** What differs between two events of the same kind, or between two values of two runs. */
import type { RecordedEvent } from '../recording/index.js';
import { compareEqual, diffTerms, printPath, type Term } from '../term/index.js';
import type { Execution } from './execution.js';

/** Undefined on one side: was not there. Pids stand as roles, times and references without their number. */
export interface Difference {
  /** `message.items[2]`, `to`, `state.free["mug"]`. */
  where: string;
  left: Term | undefined;
  right: Term | undefined;
}

const MAX_DIFFERENCES = 40;

/** Whether two events of two runs say the same. What was not recorded is not taken for a difference. */
export function sameEvents(left: Execution, a: RecordedEvent, right: Execution, b: RecordedEvent): boolean {
  if (a.kind !== b.kind || a.terms.length !== b.terms.length) return false;
  if (left.keys.flags(a) !== right.keys.flags(b) || left.keys.fn(a.fn) !== right.keys.fn(b.fn)) return false;
  if (left.keys.peer(a) !== right.keys.peer(b)) return false;
  return a.terms.every((term, i) => sameTerms(left, a.process, term, right, b.process, b.terms[i]!));
}

/** @param p the process that `a` is a value of, @param q that of `b` */
export function sameTerms(left: Execution, p: number, a: Term, right: Execution, q: number, b: Term): boolean {
  return compareEqual(left.canonOf(p).term(a), right.canonOf(q).term(b)) !== 'different';
}

/** At most 40. */
export function differencesOf(left: Execution, a: RecordedEvent, right: Execution, b: RecordedEvent): Difference[] {
  const out: Difference[] = [];
  if (left.keys.fn(a.fn) !== right.keys.fn(b.fn))
    out.push({ where: 'function', left: text(left.keys.fn(a.fn)), right: text(right.keys.fn(b.fn)) });
  if (left.keys.peer(a) !== right.keys.peer(b)) {
    const name = (side: Execution, event: RecordedEvent): Term =>
      text(`‹${event.peer === 0 ? 'unknown' : side.roles.text(event.peer)}›`);
    out.push({
      where: a.kind === 'arrive' || a.kind === 'handle' ? 'from' : 'to',
      left: name(left, a),
      right: name(right, b),
    });
  }
  if (left.keys.flags(a) !== right.keys.flags(b))
    out.push({ where: 'raised', left: bool(left.keys.flags(a) !== 0), right: bool(right.keys.flags(b) !== 0) });
  for (let i = 0; i < Math.max(a.terms.length, b.terms.length); i++)
    out.push(...termDifferences(left, a.process, a.terms[i], right, b.process, b.terms[i], partName(a, i)));
  return out.slice(0, MAX_DIFFERENCES);
}

/** Of two values; undefined: there is none. */
export function termDifferences(
  left: Execution,
  p: number,
  a: Term | undefined,
  right: Execution,
  q: number,
  b: Term | undefined,
  name: string,
): Difference[] {
  const before = a && left.canonOf(p).term(a);
  const after = b && right.canonOf(q).term(b);
  if (before === undefined || after === undefined)
    return before === after ? [] : [{ where: name, left: before, right: after }];
  return diffTerms(before, after).flatMap((change): Difference[] => {
    if (change.kind === 'unknown') return [];
    const path = printPath(change.path);
    const where = path === '' || name === '' ? name || path : `${name}${/^[[{]/.test(path) ? '' : '.'}${path}`;
    return [{ where, left: change.kind === 'added' ? undefined : change.before, right: change.kind === 'removed' ? undefined : change.after }]; // prettier-ignore
  });
}

const text = (content: string): Term => ({ kind: 'opaque', text: content });
const bool = (value: boolean): Term => ({ kind: 'atom', name: String(value) });

function partName(event: RecordedEvent, index: number): string {
  switch (event.kind) {
    case 'send':
    case 'arrive':
    case 'handle':
      return index === 0 ? 'message' : event.kind === 'send' ? 'to' : 'from';
    case 'exit':
      return 'reason';
    case 'state':
      return 'state';
    case 'call':
    case 'spawn':
      return 'arguments';
    case 'line':
      return 'variables';
    case 'table':
    case 'timer':
    case 'monitor':
    case 'store':
      return index === 0 ? 'arguments' : 'result';
    case 'exception':
      return index === 0 ? 'class' : 'reason';
    case 'handled':
      return 'result';
    default:
      return index === 0 ? 'value' : `value ${String(index + 1)}`;
  }
}
