/** `Map` and `Keyword`. */
import { atom, isWhole, termKey, tuple, type Term } from '../../term/index.js';
import {
  elements,
  enumerated,
  inOrder,
  listTerm,
  lookup,
  makeList,
  makeMap,
  mapTerm,
  NIL,
  shown,
  truth,
  wholeMap,
  type MapTerm,
} from '../parts.js';
import type { Builtin, Run, Value } from '../run.js';
import { access } from './kernel.js';

export const keysOf = (run: Run, value: Value): Term => makeList(run, wholeMap(run, value).entries.map(([key]) => key)); // prettier-ignore
export const valuesOf = (run: Run, value: Value): Term => makeList(run, wholeMap(run, value).entries.map(([, one]) => one)); // prettier-ignore

export function fetched(run: Run, of: Value, key: Value): Term {
  const container = mapTerm(run, of);
  const found = lookup(run, container, run.term(key));
  return found ?? run.raise(`KeyError: key ${shown(run.term(key))} not found in ${shown(container)}`);
}

/** The map with a pair more, or another value for its key. A cut map stays cut. */
export function changed(run: Run, of: MapTerm, key: Term, value: Term): MapTerm {
  const there = lookup(run, of, key) !== undefined;
  if (!isWhole(key)) run.unknown('the key was cut when it was recorded');
  run.spend(of.entries.length);
  const id = termKey(key);
  if (!there) return { ...of, entries: inOrder([...of.entries, [key, value]]), size: of.size + 1 };
  return { ...of, entries: of.entries.map((pair) => (termKey(pair[0]) === id ? ([pair[0], value] as const) : pair)) };
}

export function without(run: Run, of: MapTerm, keys: readonly Term[]): MapTerm {
  const gone = new Set(keys.filter((key) => lookup(run, of, key) !== undefined).map(termKey));
  run.spend(of.entries.length);
  return {
    ...of,
    entries: of.entries.filter(([key]) => !gone.has(termKey(key))),
    size: of.size - gone.size,
  };
}

export function only(run: Run, of: MapTerm, keys: readonly Term[]): MapTerm {
  const pairs = keys.flatMap((key): (readonly [Term, Term])[] => {
    const value = lookup(run, of, key);
    return value === undefined ? [] : [[key, value]];
  });
  return makeMap(run, pairs);
}

/** A map of the pairs of a list. */
export function fromPairs(run: Run, items: readonly Term[]): MapTerm {
  return makeMap(run, items.map((item) => {
    const pair = run.known(item);
    if (pair.kind !== 'tuple' || pair.size !== 2) return run.badArgument('a list of pairs is needed here');
    const [key, value] = pair.elements;
    return key === undefined || value === undefined ? run.unknown('the pair was cut when it was recorded') : [key, value]; // prettier-ignore
  })); // prettier-ignore
}

const keywordPairs = (run: Run, value: Value): (readonly [Term, Term])[] =>
  elements(run, value).map((item) => {
    const pair = run.known(item);
    if (pair.kind !== 'tuple' || pair.size !== 2) return run.badArgument('a keyword list is needed here');
    const [key, one] = pair.elements;
    return key === undefined || one === undefined ? run.unknown('the pair was cut when it was recorded') : [key, one];
  });

const keyword = (run: Run, list: Value, key: Value): Term | undefined => {
  const name = run.known(key);
  for (const [one, value] of keywordPairs(run, listTerm(run, list)))
    if (one.kind === 'atom' && name.kind === 'atom' && one.name === name.name) return value;
  return undefined;
};

const filtered =
  (keep: boolean): Builtin =>
  (run, a, f) => {
    const closure = run.closure(f!, 1);
    const holds = (key: Term, value: Term): boolean => run.truth(run.call(closure, tuple(key, value)), true);
    return makeMap(run, wholeMap(run, a!).entries.filter(([key, value]) => holds(key, value) === keep)); // prettier-ignore
  };

export const MAP: Readonly<Record<string, Builtin>> = {
  'Map.get/2': (run, a, b) => lookup(run, mapTerm(run, a!), run.term(b!)) ?? NIL,
  'Map.get/3': (run, a, b, c) => lookup(run, mapTerm(run, a!), run.term(b!)) ?? c!,
  'Map.fetch/2': (run, a, b) => {
    const found = lookup(run, mapTerm(run, a!), run.term(b!));
    return found === undefined ? atom('error') : tuple(atom('ok'), found);
  },
  'Map.fetch!/2': (run, a, b) => fetched(run, a!, b!),
  'Map.has_key?/2': (run, a, b) => truth(lookup(run, mapTerm(run, a!), run.term(b!)) !== undefined),
  'Map.keys/1': (run, a) => keysOf(run, a!),
  'Map.values/1': (run, a) => valuesOf(run, a!),
  'Map.to_list/1': (run, a) => makeList(run, wholeMap(run, a!).entries.map(([key, value]) => tuple(key, value))), // prettier-ignore
  'Map.new/0': (run) => makeMap(run, []),
  'Map.new/1': (run, a) => fromPairs(run, enumerated(run, a!)),
  'Map.new/2': (run, a, f) => {
    const closure = run.closure(f!, 1);
    return fromPairs(run, enumerated(run, a!).map((item) => run.term(run.call(closure, item)))); // prettier-ignore
  },
  'Map.put/3': (run, a, b, c) => changed(run, mapTerm(run, a!), run.term(b!), run.term(c!)),
  'Map.delete/2': (run, a, b) => without(run, mapTerm(run, a!), [run.term(b!)]),
  'Map.drop/2': (run, a, b) => without(run, mapTerm(run, a!), elements(run, b!)),
  'Map.take/2': (run, a, b) => only(run, mapTerm(run, a!), elements(run, b!)),
  'Map.merge/2': (run, a, b) => makeMap(run, [...wholeMap(run, a!).entries, ...wholeMap(run, b!).entries]),
  'Map.from_struct/1': (run, a) => without(run, mapTerm(run, a!), [atom('__struct__')]),
  'Map.filter/2': filtered(true),
  'Map.reject/2': filtered(false),

  'Keyword.get/2': (run, a, b) => access(run, listTerm(run, a!), b!),
  'Keyword.get/3': (run, a, b, c) => keyword(run, a!, b!) ?? c!,
  'Keyword.fetch!/2': (run, a, b) =>
    keyword(run, a!, b!) ?? run.raise(`KeyError: key ${shown(run.term(b!))} not found`),
  'Keyword.has_key?/2': (run, a, b) => truth(keyword(run, a!, b!) !== undefined),
  'Keyword.keys/1': (run, a) => makeList(run, keywordPairs(run, a!).map(([key]) => key)), // prettier-ignore
  'Keyword.values/1': (run, a) => makeList(run, keywordPairs(run, a!).map(([, value]) => value)), // prettier-ignore
};

/** `maps:map/2` and its kin take key and value apart. */
export const withBoth =
  (keep: 'values' | 'true'): Builtin =>
  (run, f, a) => {
    const closure = run.closure(f!, 2);
    const map = wholeMap(run, a!);
    if (keep === 'values')
      return makeMap(run, map.entries.map(([key, value]) => [key, run.term(run.call(closure, key, value))])); // prettier-ignore
    return makeMap(run, map.entries.filter(([key, value]) => run.truth(run.call(closure, key, value)))); // prettier-ignore
  };
