/** `Enum` and `List`. */
import { int, tuple, type Term } from '../../term/index.js';
import { add, small } from '../arithmetic.js';
import { equals, order, weight } from '../order.js';
import { countOf, elements, enumerated, listTerm, makeList, makeMap, makeText, NIL, toText, truth } from '../parts.js';
import { MAX_ELEMENTS, type Builtin, type Run, type Value } from '../run.js';
import { elementOf, isMember } from './kernel.js';

/** A function of one argument, as it is called for each element. */
const each = (run: Run, fn: Value): ((value: Term) => Term) => {
  const closure = run.closure(fn, 1);
  return (value) => run.term(run.call(closure, value));
};
const test = (run: Run, fn: Value): ((value: Term) => boolean) => {
  const closure = run.closure(fn, 1);
  return (value) => run.truth(run.call(closure, value), true);
};

const empty = (run: Run): never => run.raise('Enum.EmptyError: there are no elements');

/** The first of those that nothing comes before. */
function best(run: Run, items: readonly Term[], key: (value: Term) => Term, sign: 1 | -1): Term {
  let found: { item: Term; key: Term } | undefined;
  for (const item of items) {
    const one = { item, key: key(item) };
    if (found === undefined || order(run, one.key, found.key) * sign > 0) found = one;
  }
  return found === undefined ? empty(run) : found.item;
}

const same = (value: Term): Term => value;

export function sorted(run: Run, items: readonly Term[], key: (value: Term) => Term = same, sign: 1 | -1 = 1): Term {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  keyed.sort((a, b) => sign * order(run, a.key, b.key));
  return makeList(run, keyed.map(({ item }) => item)); // prettier-ignore
}

function direction(run: Run, value: Value): 1 | -1 {
  const term = run.known(value);
  if (term.kind === 'atom' && term.name === 'asc') return 1;
  if (term.kind === 'atom' && term.name === 'desc') return -1;
  return run.unknown('only :asc and :desc are known here as an order');
}

function unique(run: Run, items: readonly Term[], key: (value: Term) => Term): Term[] {
  const found: { item: Term; key: Term }[] = [];
  for (const item of items) {
    const one = key(item);
    if (!found.some((other) => equals(run, other.key, one))) found.push({ item, key: one });
  }
  return found.map(({ item }) => item);
}

/** The element at an index; from the end where it is negative. */
function at(run: Run, of: Value, index: number): Term | undefined {
  const term = run.known(of);
  // What was cut off stands behind the first ones.
  if (term.kind === 'list' && index >= 0 && index < term.elements.length) return term.elements[index];
  const items = enumerated(run, term);
  return items[index < 0 ? items.length + index : index];
}

function taken(run: Run, of: Value, count: number): readonly Term[] {
  const term = run.known(of);
  if (term.kind === 'list' && count >= 0 && count <= term.elements.length) return term.elements.slice(0, count);
  const items = enumerated(run, term);
  return count < 0 ? items.slice(Math.max(0, items.length + count)) : items.slice(0, count);
}

export function flattened(run: Run, value: Value, depth = 0): Term[] {
  if (depth > 50) run.unknown('nested too deeply');
  return elements(run, value).flatMap((item) =>
    run.known(item).kind === 'list' ? flattened(run, item, depth + 1) : [item],
  );
}

export function folded(
  run: Run,
  items: readonly Term[],
  first: Term,
  fn: Value,
  step: 'element first' | 'element last' = 'element first',
): Term {
  // prettier-ignore
  const closure = run.closure(fn, 2);
  let sum = first;
  for (const item of items)
    sum = run.term(step === 'element first' ? run.call(closure, item, sum) : run.call(closure, sum, item));
  return sum;
}

export const sumOf = (run: Run, items: readonly Term[]): Term =>
  items.reduce<Term>((sum, item) => add(run, sum, item), int(0));

/** With the values of each key put together by `join`. */
function grouped(run: Run, items: readonly Term[], key: (value: Term) => Term, join: (items: Term[]) => Term): Term {
  const groups: { key: Term; items: Term[] }[] = [];
  const index = new Map<string, (typeof groups)[number]>();
  for (const item of items) {
    const one = key(item);
    const id = one.kind === 'atom' ? one.name : undefined;
    let group = id === undefined ? groups.find((other) => equals(run, other.key, one)) : index.get(id);
    if (group === undefined) {
      groups.push((group = { key: one, items: [] }));
      if (id !== undefined) index.set(id, group);
    }
    group.items.push(item);
  }
  return makeMap(run, groups.map((group) => [group.key, join(group.items)])); // prettier-ignore
}

export const ENUM: Readonly<Record<string, Builtin>> = {
  'Enum.count/1': (run, a) => int(countOf(run, a!)),
  'Enum.count/2': (run, a, f) => int(enumerated(run, a!).filter(test(run, f!)).length),
  'Enum.sum/1': (run, a) => sumOf(run, enumerated(run, a!)),
  'Enum.sum_by/2': (run, a, f) => sumOf(run, enumerated(run, a!).map(each(run, f!))),
  'Enum.max/1': (run, a) => best(run, enumerated(run, a!), same, 1),
  'Enum.min/1': (run, a) => best(run, enumerated(run, a!), same, -1),
  'Enum.max_by/2': (run, a, f) => best(run, enumerated(run, a!), each(run, f!), 1),
  'Enum.min_by/2': (run, a, f) => best(run, enumerated(run, a!), each(run, f!), -1),
  'Enum.member?/2': (run, a, b) => truth(isMember(run, a!, b!)),
  'Enum.empty?/1': (run, a) => {
    const term = run.known(a!);
    return truth(term.kind === 'list' ? term.elements.length === 0 : countOf(run, term) === 0);
  },
  'Enum.at/2': (run, a, b) => at(run, a!, small(run, b!)) ?? NIL,
  'Enum.at/3': (run, a, b, c) => at(run, a!, small(run, b!)) ?? c!,
  'Enum.fetch!/2': (run, a, b) =>
    at(run, a!, small(run, b!)) ?? run.raise('Enum.OutOfBoundsError: there is no such element'),
  'Enum.map/2': (run, a, f) => makeList(run, enumerated(run, a!).map(each(run, f!))),
  'Enum.flat_map/2': (run, a, f) => {
    const apply = each(run, f!);
    return makeList(run, enumerated(run, a!).flatMap((item) => [...enumerated(run, apply(item))])); // prettier-ignore
  },
  'Enum.filter/2': (run, a, f) => makeList(run, enumerated(run, a!).filter(test(run, f!))),
  'Enum.reject/2': (run, a, f) => {
    const holds = test(run, f!);
    return makeList(run, enumerated(run, a!).filter((item) => !holds(item))); // prettier-ignore
  },
  'Enum.any?/1': (run, a) => truth(enumerated(run, a!).some((item) => run.truth(item, true))),
  'Enum.any?/2': (run, a, f) => truth(enumerated(run, a!).some(test(run, f!))),
  'Enum.all?/1': (run, a) => truth(enumerated(run, a!).every((item) => run.truth(item, true))),
  'Enum.all?/2': (run, a, f) => truth(enumerated(run, a!).every(test(run, f!))),
  'Enum.find/2': (run, a, f) => enumerated(run, a!).find(test(run, f!)) ?? NIL,
  'Enum.find/3': (run, a, b, f) => enumerated(run, a!).find(test(run, f!)) ?? b!,
  'Enum.find_index/2': (run, a, f) => {
    const index = enumerated(run, a!).findIndex(test(run, f!));
    return index < 0 ? NIL : int(index);
  },
  'Enum.take/2': (run, a, b) => makeList(run, taken(run, a!, small(run, b!))),
  'Enum.drop/2': (run, a, b) => {
    const count = small(run, b!);
    const items = enumerated(run, a!);
    return makeList(run, count < 0 ? items.slice(0, Math.max(0, items.length + count)) : items.slice(count));
  },
  'Enum.reverse/1': (run, a) => makeList(run, enumerated(run, a!).toReversed()),
  'Enum.sort/1': (run, a) => sorted(run, enumerated(run, a!)),
  'Enum.sort/2': (run, a, b) => sorted(run, enumerated(run, a!), same, direction(run, b!)),
  'Enum.sort_by/2': (run, a, f) => sorted(run, enumerated(run, a!), each(run, f!)),
  'Enum.sort_by/3': (run, a, f, b) => sorted(run, enumerated(run, a!), each(run, f!), direction(run, b!)),
  'Enum.uniq/1': (run, a) => makeList(run, unique(run, enumerated(run, a!), same)),
  'Enum.uniq_by/2': (run, a, f) => makeList(run, unique(run, enumerated(run, a!), each(run, f!))),
  'Enum.join/1': (run, a) => makeText(run, joined(run, enumerated(run, a!), '')),
  'Enum.join/2': (run, a, b) => makeText(run, joined(run, enumerated(run, a!), toText(run, b!))),
  'Enum.map_join/3': (run, a, b, f) =>
    makeText(run, joined(run, enumerated(run, a!).map(each(run, f!)), toText(run, b!))),
  'Enum.zip/2': (run, a, b) => {
    const [one, other] = [enumerated(run, a!), enumerated(run, b!)];
    return makeList(run, one.slice(0, other.length).map((item, i) => tuple(item, other[i]!))); // prettier-ignore
  },
  'Enum.with_index/1': (run, a) =>
    makeList(
      run,
      enumerated(run, a!).map((item, i) => tuple(item, int(i))),
    ),
  'Enum.reduce/3': (run, a, b, f) => folded(run, enumerated(run, a!), run.term(b!), f!),
  'Enum.reduce/2': (run, a, f) => {
    const items = enumerated(run, a!);
    return items.length === 0 ? empty(run) : folded(run, items.slice(1), items[0]!, f!);
  },
  'Enum.concat/1': (run, a) =>
    makeList(
      run,
      enumerated(run, a!).flatMap((item) => [...enumerated(run, item)]),
    ),
  'Enum.concat/2': (run, a, b) => makeList(run, [...enumerated(run, a!), ...enumerated(run, b!)]),
  'Enum.frequencies/1': (run, a) => grouped(run, enumerated(run, a!), same, (items) => int(items.length)),
  'Enum.frequencies_by/2': (run, a, f) =>
    grouped(run, enumerated(run, a!), each(run, f!), (items) => int(items.length)),
  'Enum.group_by/2': (run, a, f) => grouped(run, enumerated(run, a!), each(run, f!), (items) => makeList(run, items)),
  'Enum.to_list/1': (run, a) => makeList(run, enumerated(run, a!)),

  'List.first/1': (run, a) => at(run, listTerm(run, a!), 0) ?? NIL,
  'List.first/2': (run, a, b) => at(run, listTerm(run, a!), 0) ?? b!,
  'List.last/1': (run, a) => elements(run, a!).at(-1) ?? NIL,
  'List.last/2': (run, a, b) => elements(run, a!).at(-1) ?? b!,
  'List.flatten/1': (run, a) => makeList(run, flattened(run, a!)),
  'List.to_tuple/1': (run, a) => tuple(...elements(run, a!)),
  'List.to_string/1': (run, a) => makeText(run, toText(run, listTerm(run, a!))),
  'List.wrap/1': (run, a) => {
    const term = run.term(a!);
    if (term.kind === 'list') return term;
    return run.known(term).kind === 'atom' && equals(run, term, NIL) ? makeList(run, []) : makeList(run, [term]);
  },
  'List.duplicate/2': (run, a, b) => {
    const count = small(run, b!);
    if (count < 0) return run.badArgument('a count is not negative');
    if (count * weight(run.term(a!)) > MAX_ELEMENTS) return run.unknown('the list is too long to make here');
    return makeList(
      run,
      Array.from({ length: count }, () => run.term(a!)),
    );
  },
  'List.delete/2': (run, a, b) => {
    const items = elements(run, a!);
    const index = items.findIndex((item) => equals(run, item, run.term(b!)));
    return makeList(run, index < 0 ? items : items.toSpliced(index, 1));
  },
  'List.keyfind/3': (run, a, b, c) => keyFound(run, a!, run.term(b!), small(run, c!)) ?? NIL,
  'List.keyfind/4': (run, a, b, c, d) => keyFound(run, a!, run.term(b!), small(run, c!)) ?? d!,

  'Tuple.to_list/1': (run, a) => makeList(run, wholeTuple(run, a!)),
  'MapSet.size/1': (run, a) => int(countOf(run, a!)),
  'MapSet.member?/2': (run, a, b) => truth(isMember(run, a!, b!)),
  'MapSet.to_list/1': (run, a) => makeList(run, enumerated(run, a!)),
  'Range.size/1': (run, a) => int(countOf(run, a!)),
};

export function wholeTuple(run: Run, value: Value): readonly Term[] {
  const term = run.known(value);
  if (term.kind !== 'tuple') return run.badArgument('a tuple is needed here');
  return term.elements.length < term.size ? run.unknown('the tuple was cut when it was recorded') : term.elements;
}

const joined = (run: Run, items: readonly Term[], between: string): string => {
  run.spend(items.length * (1 + (between.length >> 4)));
  return items.map((item) => toText(run, item)).join(between);
};

/** The first tuple of a list with this at its place (from 0); of the kind that `==` calls the same. */
export function keyFound(run: Run, of: Value, key: Term, place: number): Term | undefined {
  const term = listTerm(run, of);
  for (const item of term.more === true ? term.elements : elements(run, term)) {
    const one = run.known(item);
    if (one.kind === 'tuple' && one.size > place && equals(run, elementOf(run, one, place), key, true)) return one;
  }
  return term.more === true ? run.unknown('the list was cut when it was recorded') : undefined;
}
