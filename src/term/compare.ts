/** Equality and order of terms. Where a part was left out, the honest answer may be "unknown". */
import type { BinaryTerm, BitstringTerm, CutTerm, ListTerm, MapTerm, Term } from './term.js';

export type Equality = 'equal' | 'different' | 'unknown';

/** Whether two terms are equal as `=:=` says. `unknown` when they agree in all that was recorded but a part of either was not. */
export function compareEqual(a: Term, b: Term): Equality {
  if (a === b && isWhole(a)) return 'equal';
  if (a.kind === 'redacted' || b.kind === 'redacted' || a.kind === 'stateMark' || b.kind === 'stateMark')
    return 'unknown';
  if (a.kind === 'cut') return equalToCut(a, b);
  if (b.kind === 'cut') return equalToCut(b, a);
  if (a.kind === 'tuple' && b.kind === 'tuple') {
    if (a.size !== b.size) return 'different';
    const kept = Math.min(a.elements.length, b.elements.length);
    return both(equalElements(a.elements, b.elements, kept), kept === a.size ? 'equal' : 'unknown');
  }
  if (a.kind === 'list' && b.kind === 'list') return equalLists(a, b);
  if (a.kind === 'map' && b.kind === 'map') return equalMaps(a, b);
  if (a.kind === 'binary' && b.kind === 'binary') return a.size === b.size ? equalBytes(a, b, a.size) : 'different';
  if (a.kind === 'bitstring' && b.kind === 'bitstring')
    return a.bits === b.bits ? equalBytes(a, b, Math.ceil(a.bits / 8)) : 'different';
  if (a.kind !== b.kind) return 'different';
  return termKey(a) === termKey(b) ? 'equal' : 'different';
}

/** Whether nothing of the term was left out. */
export function isWhole(term: Term): boolean {
  switch (term.kind) {
    case 'cut':
    case 'redacted':
    case 'stateMark':
      return false;
    case 'binary':
      return term.bytes.length === term.size;
    case 'bitstring':
      return term.bytes.length === Math.ceil(term.bits / 8);
    case 'tuple':
      return term.elements.length === term.size && term.elements.every(isWhole);
    case 'list':
      return term.more === undefined && term.elements.every(isWhole) && (term.tail === undefined || isWhole(term.tail));
    case 'map':
      return term.entries.length === term.size && term.entries.every(([key, value]) => isWhole(key) && isWhole(value));
    default:
      return true;
  }
}

/**
 * A text that is the same for terms that are the same (`=:=`), to look terms up in a Map. Parts that were left out are part of the text:
 * two cut terms with one text need not be equal.
 */
export function termKey(term: Term): string {
  switch (term.kind) {
    case 'integer':
      return `i${term.value}`;
    case 'float':
      return `f${Object.is(term.value, -0) ? '-0' : term.value}`;
    case 'atom':
      return `a${JSON.stringify(term.name)}`;
    case 'binary':
      return `b${term.size}:${term.bytes.join()}`;
    case 'bitstring':
      return `B${term.bits}:${term.bytes.join()}`;
    case 'tuple':
      return `t${term.size}(${term.elements.map(termKey).join()})`;
    case 'list':
      return `l(${term.elements.map(termKey).join()}${term.tail === undefined ? '' : `|${termKey(term.tail)}`}${term.more === true ? '+' : ''})`;
    case 'map':
      return `m${term.size}(${term.entries
        .map(([key, value]) => `${termKey(key)}=${termKey(value)}`)
        .sort()
        .join()})`;
    case 'pid':
      return `p${JSON.stringify([term.node, term.number, term.serial, term.creation])}`;
    case 'port':
      return `P${JSON.stringify([term.node, String(term.number), term.creation])}`;
    case 'reference':
      return `r${JSON.stringify([term.node, term.words, term.creation])}`;
    case 'function':
      return `F${JSON.stringify(term.text)}${term.external?.join() ?? ''}`;
    case 'export':
      return `e${JSON.stringify([term.module, term.name, term.arity])}`;
    case 'cut':
      return `c${JSON.stringify([term.why, term.of, term.size])}`;
    case 'redacted':
      return 'x';
    case 'stateMark':
      return 's';
    case 'opaque':
      return `o${JSON.stringify(term.text)}`;
  }
}

export const both = (a: Equality, b: Equality): Equality =>
  a === 'different' || b === 'different' ? 'different' : a === 'unknown' || b === 'unknown' ? 'unknown' : 'equal';

function equalElements(a: readonly Term[], b: readonly Term[], count: number): Equality {
  let all: Equality = 'equal';
  for (let i = 0; i < count && all !== 'different'; i++) all = both(all, compareEqual(a[i] as Term, b[i] as Term));
  return all;
}

function equalLists(a: ListTerm, b: ListTerm): Equality {
  const kept = Math.min(a.elements.length, b.elements.length);
  const elements = equalElements(a.elements, b.elements, kept);
  if (elements === 'different') return 'different';
  if (a.elements.length > kept) return b.more === true ? 'unknown' : 'different';
  if (b.elements.length > kept) return a.more === true ? 'unknown' : 'different';
  if (a.more === true || b.more === true) return 'unknown';
  if (a.tail === undefined || b.tail === undefined) return a.tail === b.tail ? elements : 'different';
  return both(elements, compareEqual(a.tail, b.tail));
}

function equalMaps(a: MapTerm, b: MapTerm): Equality {
  return a.size === b.size ? both(pairsIn(a, b), pairsIn(b, a)) : 'different';
}

/** What the pairs of `a` that were recorded say about the two. A key that is not whole says nothing. */
function pairsIn(a: MapTerm, b: MapTerm): Equality {
  const values = new Map(b.entries.filter(([key]) => isWhole(key)).map(([key, value]) => [termKey(key), value]));
  const allOfB = values.size === b.size;
  let all: Equality = a.entries.length === a.size && allOfB ? 'equal' : 'unknown';
  for (const [key, value] of a.entries) {
    const other = isWhole(key) ? values.get(termKey(key)) : undefined;
    if (other !== undefined) all = both(all, compareEqual(value, other));
    else if (allOfB && isWhole(key)) return 'different';
    else all = both(all, 'unknown');
  }
  return all;
}

function equalBytes(a: BinaryTerm | BitstringTerm, b: BinaryTerm | BitstringTerm, size: number): Equality {
  const kept = Math.min(a.bytes.length, b.bytes.length);
  for (let i = 0; i < kept; i++) if (a.bytes[i] !== b.bytes[i]) return 'different';
  return kept === size ? 'equal' : 'unknown';
}

/** Of a part that met the depth limit at least the kind is known, and sometimes the size. */
function equalToCut(cut: CutTerm, term: Term): Equality {
  if (cut.of === undefined || cut.of === 'other') return 'unknown';
  if (term.kind === 'cut')
    return term.of !== undefined &&
      term.of !== 'other' &&
      (term.of !== cut.of || (cut.size ?? term.size) !== (term.size ?? cut.size))
      ? 'different'
      : 'unknown';
  if (term.kind !== cut.of) return 'different';
  const size = term.kind === 'tuple' || term.kind === 'map' ? term.size : undefined;
  return cut.size !== undefined && size !== undefined && cut.size !== size ? 'different' : 'unknown';
}

const RANKS: Readonly<Record<Term['kind'], number>> = {
  integer: 0,
  float: 0,
  atom: 1,
  reference: 2,
  function: 3,
  export: 3,
  port: 4,
  pid: 5,
  tuple: 6,
  map: 7,
  list: 8,
  binary: 9,
  bitstring: 9,
  cut: 10,
  redacted: 11,
  stateMark: 12,
  opaque: 13,
};

/** Erlang's order of terms (`<`): negative, 0 or positive. 1 and 1.0 are equal here. Marks come after all terms. */
export function compareOrder(a: Term, b: Term): number {
  const ranks = RANKS[a.kind] - RANKS[b.kind];
  if (ranks !== 0) return ranks;
  if (isNumber(a) && isNumber(b)) return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  if (a.kind === 'atom' && b.kind === 'atom') return compareText(a.name, b.name);
  if (a.kind === 'tuple' && b.kind === 'tuple') return a.size - b.size || compareAll(a.elements, b.elements);
  if (a.kind === 'map' && b.kind === 'map') return a.size - b.size || orderMaps(a, b);
  if (a.kind === 'list' && b.kind === 'list') return orderLists(a, b);
  if (isBits(a) && isBits(b)) return orderBits(a, b);
  if (a.kind === 'pid' && b.kind === 'pid')
    return a.serial - b.serial || a.number - b.number || compareText(a.node ?? '', b.node ?? '');
  if (a.kind === 'port' && b.kind === 'port')
    return Number(BigInt(a.number) - BigInt(b.number)) || compareText(a.node ?? '', b.node ?? '');
  if (a.kind === 'reference' && b.kind === 'reference') {
    return compareText(a.node ?? '', b.node ?? '') || a.words.length - b.words.length || orderWords(a.words, b.words);
  }
  return compareText(termKey(a), termKey(b));
}

const isNumber = (term: Term): term is Extract<Term, { kind: 'integer' | 'float' }> =>
  term.kind === 'integer' || term.kind === 'float';
const isBits = (term: Term): term is BinaryTerm | BitstringTerm => term.kind === 'binary' || term.kind === 'bitstring';

function compareAll(a: readonly Term[], b: readonly Term[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareOrder(a[i] as Term, b[i] as Term);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function orderLists(a: ListTerm, b: ListTerm): number {
  const shared = Math.min(a.elements.length, b.elements.length);
  const elements = compareAll(a.elements.slice(0, shared), b.elements.slice(0, shared));
  if (elements !== 0) return elements;
  const rest = ({ elements: all, tail }: ListTerm): Term =>
    all.length > shared ? { kind: 'list', elements: all.slice(shared) } : (tail ?? { kind: 'list', elements: [] });
  const [restA, restB] = [rest(a), rest(b)];
  if (restA.kind !== 'list' || restB.kind !== 'list') return compareOrder(restA, restB);
  return Math.sign(restA.elements.length - restB.elements.length);
}

/** Keys in order first, an integer before an equal float; then the values in the order of their keys. */
function orderMaps(a: MapTerm, b: MapTerm): number {
  const byKey = (map: MapTerm): (readonly [Term, Term])[] =>
    [...map.entries].sort(([one], [other]) => orderKeys(one, other));
  const [one, other] = [byKey(a), byKey(b)];
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const order = orderKeys((one[i] as readonly [Term, Term])[0], (other[i] as readonly [Term, Term])[0]);
    if (order !== 0) return order;
  }
  return compareAll(
    one.map(([, value]) => value),
    other.map(([, value]) => value),
  );
}

/** Map keys are told apart by `=:=`, and all integers come before all floats. */
function orderKeys(a: Term, b: Term): number {
  if (a.kind === 'integer' && b.kind === 'float') return -1;
  if (a.kind === 'float' && b.kind === 'integer') return 1;
  return compareOrder(a, b);
}

function orderBits(a: BinaryTerm | BitstringTerm, b: BinaryTerm | BitstringTerm): number {
  const bits = (term: BinaryTerm | BitstringTerm): number => (term.kind === 'binary' ? term.size * 8 : term.bits);
  const shared = Math.floor(Math.min(bits(a), bits(b)) / 8);
  for (let i = 0; i < Math.min(shared, a.bytes.length, b.bytes.length); i++) {
    const order = (a.bytes[i] as number) - (b.bytes[i] as number);
    if (order !== 0) return order;
  }
  const partly = Math.min(bits(a), bits(b)) % 8;
  const mask = (0xff << (8 - partly)) & 0xff;
  const last = ((a.bytes[shared] ?? 0) & mask) - ((b.bytes[shared] ?? 0) & mask);
  return last !== 0 ? last : bits(a) - bits(b);
}

function orderWords(a: readonly number[], b: readonly number[]): number {
  for (let i = a.length - 1; i >= 0; i--) {
    const order = (a[i] as number) - (b[i] as number);
    if (order !== 0) return order;
  }
  return 0;
}

/** By code points, which is the order of UTF-8 bytes too. */
function compareText(a: string, b: string): number {
  const [one, other] = [[...a], [...b]];
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const order = ((one[i] as string).codePointAt(0) as number) - ((other[i] as string).codePointAt(0) as number);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}
