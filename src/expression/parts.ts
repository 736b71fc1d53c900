/** Reading what a term consists of. What was cut is never taken for what is not there. */
import {
  atom,
  binary,
  compareOrder,
  int,
  isWhole,
  list,
  map,
  printTerm,
  termKey,
  tuple,
  type Term,
} from '../term/index.js';
import { equals, weight } from './order.js';
import { MAX_BYTES, MAX_ELEMENTS, type Run, type Value } from './run.js';

export type MapTerm = Term & { kind: 'map' };

export const NIL = atom('nil');
export const TRUE = atom('true');
export const FALSE = atom('false');
export const truth = (value: boolean): Term => (value ? TRUE : FALSE);

const utf8 = new TextEncoder();

/** Of a term that met the depth limit at least the kind may be known. */
export function kindOf(run: Run, value: Value): Term['kind'] | 'closure' {
  if (value.kind === 'cut' && value.of !== undefined && value.of !== 'other') return value.of;
  return value.kind === 'closure' ? 'closure' : run.known(value).kind;
}

/** All elements of a proper list. */
export function elements(run: Run, value: Value): readonly Term[] {
  const term = run.known(value);
  if (term.kind !== 'list') return run.badArgument('a list is needed here');
  if (term.more === true) return run.unknown('the list was cut when it was recorded');
  if (term.tail !== undefined) return run.badArgument('not a proper list');
  run.spend(term.elements.length);
  return term.elements;
}

export function listTerm(run: Run, value: Value): Term & { kind: 'list' } {
  const term = run.known(value);
  return term.kind === 'list' ? term : run.badArgument('a list is needed here');
}

export function makeList(run: Run, items: readonly Term[], tail?: Term): Term {
  run.spend(items.length);
  if (items.length > MAX_ELEMENTS) run.unknown('the list is too long to make here');
  return list(items, tail);
}

export function mapTerm(run: Run, value: Value): MapTerm {
  const term = run.known(value);
  if (term.kind === 'map') return term;
  return run.raise(`BadMapError: a map is needed here, not ${shown(term)}`);
}

export function wholeMap(run: Run, value: Value): MapTerm {
  const term = mapTerm(run, value);
  if (term.entries.length < term.size) return run.unknown('the map was cut when it was recorded');
  run.spend(term.size);
  return term;
}

/** The value of a key; undefined: there is none. */
export function lookup(run: Run, of: MapTerm, key: Term): Term | undefined {
  if (key.kind === 'atom') {
    run.spend(1 + (of.entries.length >> 3));
    for (const [name, value] of of.entries) if (name.kind === 'atom' && name.name === key.name) return value;
  } else {
    const wanted = termKey(run.known(key));
    run.spend(weight(key));
    for (const [name, value] of of.entries) {
      if (name.kind !== key.kind) continue;
      run.spend(weight(name));
      if (termKey(name) === wanted && isWhole(name)) return value;
    }
  }
  if (of.entries.length < of.size || !isWhole(key) || of.entries.some(([name]) => !isWhole(name) && equals(run, name, key)))
    return run.unknown('the map was cut when it was recorded: this key may be among what is missing'); // prettier-ignore
  return undefined;
}

export const structName = (term: Term): string | undefined => {
  if (term.kind !== 'map') return undefined;
  const name = term.entries.find(([key]) => key.kind === 'atom' && key.name === '__struct__')?.[1];
  return name?.kind === 'atom' ? name.name : undefined;
};

/** What a pair of a map looks like as an element. */
export const pairsOf = (of: MapTerm): Term[] => of.entries.map(([key, value]) => tuple(key, value));

/** With keys told apart as a map does; later ones win. */
export function makeMap(run: Run, pairs: readonly (readonly [Term, Term])[]): MapTerm {
  const found = new Map<string, readonly [Term, Term]>();
  for (const [key, value] of pairs) {
    if (!isWhole(key)) run.unknown('the key was cut when it was recorded');
    run.spend(weight(key));
    const text = termKey(key);
    found.set(text, [found.get(text)?.[0] ?? key, value]);
  }
  if (found.size > MAX_ELEMENTS) run.unknown('the map is too large to make here');
  return map(inOrder([...found.values()]));
}

/** Small maps are kept in the order of their keys, an integer before an equal float; large ones in no order that means something. */
export function inOrder(pairs: readonly (readonly [Term, Term])[]): readonly (readonly [Term, Term])[] {
  if (pairs.length > 32) return pairs;
  const group = (key: Term): number => (key.kind === 'integer' ? 0 : key.kind === 'float' ? 1 : 2);
  return pairs.toSorted(([a], [b]) => group(a) - group(b) || compareOrder(a, b));
}

/** What `Enum` goes through: elements of a list, pairs of a map, members of a `MapSet`, numbers of a range. */
export function enumerated(run: Run, value: Value): readonly Term[] {
  const term = run.known(value);
  if (term.kind === 'list') return elements(run, term);
  if (term.kind !== 'map') return run.raise(`Protocol.UndefinedError: ${shown(term)} cannot be enumerated`);
  switch (structName(term)) {
    case undefined:
      return pairsOf(wholeMap(run, term));
    case 'Elixir.MapSet':
      return wholeMap(run, field(run, term, 'map')).entries.map(([key]) => key);
    case 'Elixir.Range':
      return rangeElements(run, term);
    default:
      return run.raise(`Protocol.UndefinedError: ${shown(term)} cannot be enumerated`);
  }
}

/** How many `enumerated` would give, also where some of them were cut. */
export function countOf(run: Run, value: Value): number {
  const term = run.known(value);
  if (term.kind === 'map' && structName(term) === undefined) return term.size;
  if (term.kind === 'map' && structName(term) === 'Elixir.MapSet') return mapTerm(run, field(run, term, 'map')).size;
  if (term.kind === 'map' && structName(term) === 'Elixir.Range') return rangeSize(rangeOf(run, term));
  return enumerated(run, term).length;
}

export function field(run: Run, of: MapTerm, name: string): Term {
  const found = lookup(run, of, atom(name));
  return found ?? run.raise(`KeyError: key ${printTerm(atom(name))} not found in ${shown(of)}`);
}

export const range = (first: number, last: number, step: number): Term =>
  map([
    [atom('__struct__'), atom('Elixir.Range')],
    [atom('first'), int(first)],
    [atom('last'), int(last)],
    [atom('step'), int(step)],
  ]);

interface Range {
  first: number;
  last: number;
  step: number;
}

export function rangeOf(run: Run, of: MapTerm): Range {
  const number = (name: string): number => {
    const term = run.known(field(run, of, name));
    return term.kind === 'integer' && typeof term.value === 'number' ? term.value : run.badArgument('not a range');
  };
  return { first: number('first'), last: number('last'), step: number('step') };
}

export const rangeSize = ({ first, last, step }: Range): number => Math.max(0, Math.floor((last - first) / step) + 1);

function rangeElements(run: Run, of: MapTerm): Term[] {
  const found = rangeOf(run, of);
  const size = rangeSize(found);
  run.spend(size);
  if (size > MAX_ELEMENTS) run.unknown('the range is too long to go through here');
  return Array.from({ length: size }, (_, i) => int(found.first + i * found.step));
}

/** The bytes of a binary that came whole. */
export function bytes(run: Run, value: Value): Uint8Array {
  const term = run.known(value);
  if (term.kind !== 'binary') return run.badArgument('a string is needed here');
  if (term.bytes.length < term.size) return run.unknown('the text was cut when it was recorded');
  run.spend(1 + (term.size >> 6));
  return term.bytes;
}

export function text(run: Run, value: Value): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes(run, value));
  } catch (error) {
    if (error instanceof TypeError) return run.unknown('the bytes are not valid UTF-8');
    throw error;
  }
}

export function makeText(run: Run, value: string | Uint8Array): Term {
  run.spend(1 + (value.length >> 6));
  const content = typeof value === 'string' ? utf8.encode(value) : value;
  if (content.length > MAX_BYTES) run.unknown('the text is too long to make here');
  return binary(content);
}

/** `to_string/1`. */
export function toText(run: Run, value: Value): string {
  const term = run.known(value);
  switch (term.kind) {
    case 'binary':
      return text(run, term);
    case 'atom':
      return term.name === 'nil' ? '' : term.name;
    case 'integer':
    case 'float':
      return printTerm(term);
    case 'list':
      return charactersOf(run, term, 0);
    default:
      return run.raise(`Protocol.UndefinedError: ${shown(term)} has no text of its own; inspect gives one`);
  }
}

/** The text of a charlist, which may hold strings and further lists. */
export function charactersOf(run: Run, value: Term, depth: number): string {
  if (depth > 50) run.unknown('nested too deeply');
  return elements(run, value)
    .map((element) => {
      const one = run.known(element);
      if (one.kind === 'list') return charactersOf(run, one, depth + 1);
      if (one.kind === 'binary') return text(run, one);
      const isCharacter =
        one.kind === 'integer' &&
        one.value >= 0 &&
        one.value <= 0x10ffff &&
        !(one.value >= 0xd800 && one.value < 0xe000);
      if (!isCharacter) return run.badArgument('a list that is no text');
      return String.fromCodePoint(Number(one.value));
    })
    .join('');
}

/** Some of a value, for messages. */
export const shown = (term: Term): string => printTerm(term, { maxLength: 60 });
