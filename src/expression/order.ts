/** Comparing what may have been cut: the answer is known, or it is not. */
import { compareEqual, compareOrder, int, isWhole, type Term } from '../term/index.js';
import type { Run } from './run.js';

const isMark = (term: Term): boolean =>
  term.kind === 'cut' || term.kind === 'redacted' || term.kind === 'stateMark' || term.kind === 'opaque';

/** What looking through a term costs. Never much more than `limit`. */
export function weight(term: Term, limit = 1_000_000): number {
  let sum = 1;
  switch (term.kind) {
    case 'binary':
    case 'bitstring':
      return 1 + (term.bytes.length >> 6);
    case 'tuple':
    case 'list':
      for (const element of term.elements) if ((sum += weight(element, limit - sum)) > limit) break;
      return sum;
    case 'map':
      for (const [key, value] of term.entries)
        if ((sum += weight(key, limit - sum) + weight(value, limit - sum)) > limit) break;
      return sum;
    default:
      return 1;
  }
}

/** `===` and `=:=`; with `loose` `==`, for which 1 and 1.0 are the same. */
export function equals(run: Run, a: Term, b: Term, loose = false): boolean {
  run.spend(weight(a) + weight(b));
  const answer = loose ? compareEqual(loosened(a), loosened(b)) : compareEqual(a, b);
  if (answer === 'unknown' || (answer === 'equal' && (holdsFun(a) || isMark(a) || isMark(b))))
    return run.unknown('the value was cut when it was recorded, and what is left does not tell');
  return answer === 'equal';
}

/** Whole floats become integers, but not in the keys of maps: those are told apart by `=:=`. */
function loosened(term: Term): Term {
  switch (term.kind) {
    case 'float':
      return Number.isInteger(term.value) ? int(BigInt(term.value)) : term;
    case 'tuple':
      return { ...term, elements: term.elements.map(loosened) };
    case 'list':
      return {
        ...term,
        elements: term.elements.map(loosened),
        ...(term.tail === undefined ? {} : { tail: loosened(term.tail) }),
      };
    case 'map':
      return { ...term, entries: term.entries.map(([key, value]) => [key, loosened(value)] as const) };
    default:
      return term;
  }
}

/** What a fun holds is not recorded: two of the same text need not be the same. */
function holdsFun(term: Term): boolean {
  switch (term.kind) {
    case 'function':
      return true;
    case 'tuple':
    case 'list':
      return term.elements.some(holdsFun);
    case 'map':
      return term.entries.some(([key, value]) => holdsFun(key) || holdsFun(value));
    default:
      return false;
  }
}

/** Negative, 0 or positive, in Erlang's order of terms. */
export function order(run: Run, a: Term, b: Term): number {
  run.spend(1 + Math.min(weight(a), weight(b)));
  const answer = isWhole(a) && isWhole(b) && !isMark(a) && !isMark(b) ? compareOrder(a, b) : orderOfParts(a, b);
  return answer ?? run.unknown('the value was cut when it was recorded, and what is left does not tell the order');
}

function orderOfParts(a: Term, b: Term): number | undefined {
  if (isMark(a) || isMark(b)) return undefined;
  if (a.kind === 'tuple' && b.kind === 'tuple') {
    if (a.size !== b.size) return a.size - b.size;
    const found = orderOfElements(a.elements, b.elements);
    if (found !== undefined) return Number.isNaN(found) ? undefined : found;
    return a.elements.length === a.size && b.elements.length === b.size ? 0 : undefined;
  }
  if (a.kind === 'map' && b.kind === 'map') return a.size === b.size ? undefined : a.size - b.size;
  if (a.kind === 'list' && b.kind === 'list') {
    const found = orderOfElements(a.elements, b.elements);
    if (found !== undefined) return Number.isNaN(found) ? undefined : found;
    const ended = (list: typeof a): boolean => list.more !== true && list.tail === undefined;
    if (a.elements.length < b.elements.length && ended(a)) return -1;
    if (b.elements.length < a.elements.length && ended(b)) return 1;
    return undefined;
  }
  if (a.kind === 'binary' && b.kind === 'binary') {
    const kept = Math.min(a.bytes.length, b.bytes.length);
    for (let i = 0; i < kept; i++) if (a.bytes[i] !== b.bytes[i]) return a.bytes[i]! - b.bytes[i]!;
    return kept === Math.min(a.size, b.size) ? a.size - b.size : undefined;
  }
  return a.kind === b.kind ? (isWhole(a) && isWhole(b) ? compareOrder(a, b) : undefined) : compareOrder(a, b);
}

/** Of the first pair that differs. Undefined: none does. NaN: a pair of which it is not known. */
function orderOfElements(a: readonly Term[], b: readonly Term[]): number | undefined {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const found = isWhole(a[i]!) && isWhole(b[i]!) ? compareOrder(a[i]!, b[i]!) : orderOfParts(a[i]!, b[i]!);
    if (found === undefined) return NaN;
    if (found !== 0) return found;
  }
  return undefined;
}
