/** What Erlang has: `maps`, `lists`, `proplists`, `queue`, and functions without a module. */
import { atom, charlist, int, tuple, type Term } from '../../term/index.js';
import { asFloat, small } from '../arithmetic.js';
import { elements, listTerm, lookup, makeList, makeMap, makeText, mapTerm, shown, truth, wholeMap } from '../parts.js'; // prettier-ignore
import { type Builtin, type Run } from '../run.js';
import { flattened, folded, keyFound, sorted, sumOf, wholeTuple } from './enums.js';
import { elementOf, isMember } from './kernel.js';
import { changed, fetched, fromPairs, keysOf, only, valuesOf, withBoth, without } from './maps.js';
import { order } from '../order.js';

/** In Erlang tuples and lists are counted from 1. */
const nth = (run: Run, list: Term & { kind: 'list' }, index: number): Term => {
  if (index >= 1 && index <= list.elements.length) return list.elements[index - 1]!;
  return list.more === true && index >= 1
    ? run.unknown('the list was cut when it was recorded')
    : run.raise(`function_clause: the list has no element ${String(index)}`);
};

const extreme =
  (sign: 1 | -1): Builtin =>
  (run, a) => {
    const items = elements(run, a!);
    if (items.length === 0) return run.raise('function_clause: the list is empty');
    return items.reduce((best, item) => (order(run, item, best) * sign > 0 ? item : best));
  };

const strictly =
  (use: (items: readonly Term[], holds: (item: Term) => boolean, run: Run) => Term): Builtin =>
  (run, f, a) => {
    const closure = run.closure(f!, 1);
    return use(elements(run, a!), (item) => run.truth(run.call(closure, item)), run);
  };

export const ERLANG: Readonly<Record<string, Builtin>> = {
  'element/2': (run, a, b) => elementOf(run, b!, small(run, a!) - 1),
  'size/1': (run, a) => {
    const term = run.known(a!);
    if (term.kind === 'tuple' || term.kind === 'binary') return int(term.size);
    return term.kind === 'bitstring'
      ? int(Math.floor(term.bits / 8))
      : run.badArgument('a tuple or binary is needed here');
  },
  'float/1': (run, a) => asFloat(run, a!),
  'map_get/2': (run, a, b) => fetched(run, b!, a!),
  'is_map_key/2': (run, a, b) => truth(lookup(run, mapTerm(run, b!), run.term(a!)) !== undefined),
  'tuple_to_list/1': (run, a) => makeList(run, wholeTuple(run, a!)),
  'list_to_tuple/1': (run, a) => tuple(...elements(run, a!)),
  'integer_to_list/1': (run, a) => {
    const term = run.known(a!);
    return term.kind === 'integer' ? charlist(term.value.toString()) : run.badArgument('an integer is needed here');
  },
  'integer_to_binary/1': (run, a) => {
    const term = run.known(a!);
    return term.kind === 'integer'
      ? makeText(run, term.value.toString())
      : run.badArgument('an integer is needed here');
  },
  'atom_to_list/1': (run, a) => {
    const term = run.known(a!);
    return term.kind === 'atom' ? charlist(term.name) : run.badArgument('an atom is needed here');
  },
  'atom_to_binary/1': (run, a) => {
    const term = run.known(a!);
    return term.kind === 'atom' ? makeText(run, term.name) : run.badArgument('an atom is needed here');
  },
};

export const ERLANG_MODULES: Readonly<Record<string, Builtin>> = {
  'maps:get/2': (run, a, b) => fetched(run, b!, a!),
  'maps:get/3': (run, a, b, c) => lookup(run, mapTerm(run, b!), run.term(a!)) ?? c!,
  'maps:find/2': (run, a, b) => {
    const found = lookup(run, mapTerm(run, b!), run.term(a!));
    return found === undefined ? atom('error') : tuple(atom('ok'), found);
  },
  'maps:is_key/2': (run, a, b) => truth(lookup(run, mapTerm(run, b!), run.term(a!)) !== undefined),
  'maps:keys/1': (run, a) => keysOf(run, a!),
  'maps:values/1': (run, a) => valuesOf(run, a!),
  'maps:size/1': (run, a) => int(mapTerm(run, a!).size),
  'maps:to_list/1': (run, a) => makeList(run, wholeMap(run, a!).entries.map(([key, value]) => tuple(key, value))), // prettier-ignore
  'maps:from_list/1': (run, a) => fromPairs(run, elements(run, a!)),
  'maps:put/3': (run, a, b, c) => changed(run, mapTerm(run, c!), run.term(a!), run.term(b!)),
  'maps:remove/2': (run, a, b) => without(run, mapTerm(run, b!), [run.term(a!)]),
  'maps:with/2': (run, a, b) => only(run, mapTerm(run, b!), elements(run, a!)),
  'maps:without/2': (run, a, b) => without(run, mapTerm(run, b!), elements(run, a!)),
  'maps:merge/2': (run, a, b) => makeMap(run, [...wholeMap(run, a!).entries, ...wholeMap(run, b!).entries]),
  'maps:map/2': withBoth('values'),
  'maps:filter/2': withBoth('true'),

  'lists:sum/1': (run, a) => sumOf(run, elements(run, a!)),
  'lists:max/1': extreme(1),
  'lists:min/1': extreme(-1),
  'lists:member/2': (run, a, b) => truth(isMember(run, listTerm(run, b!), a!)),
  'lists:nth/2': (run, a, b) => nth(run, listTerm(run, b!), small(run, a!)),
  'lists:last/1': (run, a) => elements(run, a!).at(-1) ?? run.raise('function_clause: the list is empty'),
  'lists:reverse/1': (run, a) => makeList(run, elements(run, a!).toReversed()),
  'lists:sort/1': (run, a) => sorted(run, elements(run, a!)),
  'lists:usort/1': (run, a) => {
    const items = sorted(run, elements(run, a!));
    if (items.kind !== 'list') return items;
    return makeList(run, items.elements.filter((item, i, all) => i === 0 || order(run, all[i - 1]!, item) !== 0)); // prettier-ignore
  },
  'lists:flatten/1': (run, a) => makeList(run, flattened(run, a!)),
  'lists:append/1': (run, a) =>
    makeList(
      run,
      elements(run, a!).flatMap((item) => [...elements(run, item)]),
    ),
  'lists:map/2': (run, f, a) => {
    const closure = run.closure(f!, 1);
    return makeList(run, elements(run, a!).map((item) => run.term(run.call(closure, item)))); // prettier-ignore
  },
  'lists:filter/2': strictly((items, holds, run) => makeList(run, items.filter(holds))),
  'lists:any/2': strictly((items, holds) => truth(items.some(holds))),
  'lists:all/2': strictly((items, holds) => truth(items.every(holds))),
  'lists:foldl/3': (run, f, a, b) => folded(run, elements(run, b!), run.term(a!), f!),
  'lists:keyfind/3': (run, a, b, c) => keyFound(run, c!, run.term(a!), small(run, b!) - 1) ?? atom('false'),
  'lists:keymember/3': (run, a, b, c) => truth(keyFound(run, c!, run.term(a!), small(run, b!) - 1) !== undefined),

  'proplists:get_value/2': (run, a, b) => property(run, a!, b!) ?? atom('undefined'),
  'proplists:get_value/3': (run, a, b, c) => property(run, a!, b!) ?? c!,
  'queue:len/1': (run, a) => int(queueParts(run, a!).length),
  'queue:is_empty/1': (run, a) => truth(queueParts(run, a!).length === 0),
  'queue:to_list/1': (run, a) => makeList(run, queueParts(run, a!)),
};

function property(run: Run, key: Parameters<Builtin>[1], list: Parameters<Builtin>[1]): Term | undefined {
  const wanted = run.known(key);
  for (const item of elements(run, list)) {
    const one = run.known(item);
    if (one.kind === 'atom' && wanted.kind === 'atom' && one.name === wanted.name) return truth(true);
    if (one.kind !== 'tuple' || one.size < 1) continue;
    const name = run.known(elementOf(run, one, 0));
    if (name.kind === 'atom' && wanted.kind === 'atom' && name.name === wanted.name && one.size === 2)
      return elementOf(run, one, 1);
  }
  return undefined;
}

/** A queue is its rear, newest first, and its front. */
function queueParts(run: Run, value: Parameters<Builtin>[1]): Term[] {
  const term = run.known(value);
  if (term.kind !== 'tuple' || term.size !== 2) return run.badArgument(`not a queue: ${shown(term)}`);
  return [...elements(run, elementOf(run, term, 1)), ...elements(run, elementOf(run, term, 0)).toReversed()];
}
