/** What needs no module in front of it. */
import { int, isWhole, printTerm, type Term } from '../../term/index.js';
import * as number from '../arithmetic.js';
import { equals, order } from '../order.js';
import {
  bytes,
  elements,
  enumerated,
  field,
  kindOf,
  listTerm,
  lookup,
  makeList,
  makeText,
  mapTerm,
  NIL,
  range,
  rangeOf,
  rangeSize,
  shown,
  structName,
  text,
  toText,
  truth,
} from '../parts.js';
import type { Builtin, Run, Value } from '../run.js';

const isKind =
  (...kinds: string[]): Builtin =>
  (run, value) => {
    const kind = kindOf(run, value!);
    return truth(kinds.includes(kind));
  };
const isAtom =
  (...names: string[]): Builtin =>
  (run, value) => {
    if (kindOf(run, value!) !== 'atom') return truth(false);
    const term = run.known(value!);
    return truth(term.kind === 'atom' && names.includes(term.name));
  };

/** The element of a tuple, counted from 0. */
export function elementOf(run: Run, value: Value, index: number): Term {
  const term = run.known(value);
  if (term.kind !== 'tuple') return run.badArgument('a tuple is needed here');
  if (!(index >= 0 && index < term.size)) return run.badArgument(`a tuple of ${String(term.size)} has no such element`);
  return term.elements[index] ?? run.unknown('the tuple was cut when it was recorded');
}

export const lengthOf: Builtin = (run, value) => int(elements(run, value!).length);

export function firstOf(run: Run, value: Value): Term {
  const term = listTerm(run, value);
  if (term.elements.length > 0) return term.elements[0]!;
  return term.more === true
    ? run.unknown('the list was cut when it was recorded')
    : run.badArgument('the list is empty');
}

const rest: Builtin = (run, value) => {
  const term = listTerm(run, value!);
  if (term.elements.length === 0) firstOf(run, term);
  run.spend(term.elements.length);
  if (term.elements.length === 1 && term.tail !== undefined) return term.tail;
  return { ...term, elements: term.elements.slice(1) };
};

const sizeOfBinary: Builtin = (run, value) => {
  const term = run.known(value!);
  if (term.kind === 'bitstring') return int(Math.ceil(term.bits / 8));
  return term.kind === 'binary' ? int(term.size) : run.badArgument('a string is needed here');
};

export function access(run: Run, of: Value, key: Value): Term {
  const container = run.known(of);
  if (container.kind === 'atom' && container.name === 'nil') return NIL;
  if (container.kind === 'list') {
    const name = run.known(key);
    if (name.kind !== 'atom') return run.badArgument('the keys of a keyword list are atoms');
    for (const pair of container.elements) {
      const one = run.known(pair);
      const first = one.kind === 'tuple' && one.size === 2 ? one.elements[0] : undefined;
      if (first?.kind === 'atom' && first.name === name.name) return elementOf(run, one, 1);
    }
    return container.more === true ? run.unknown('the list was cut when it was recorded') : NIL;
  }
  if (container.kind !== 'map') return run.badArgument(`nothing can be looked up in ${shown(container)}`);
  const struct = structName(container);
  if (struct !== undefined)
    return run.raise(
      `UndefinedFunctionError: the struct ${struct.replace(/^Elixir\./, '')} has no [key]; write .field`,
    );
  return lookup(run, container, run.term(key)) ?? NIL;
}

/** Whether a list, set, map or range has this among its elements. */
export function isMember(run: Run, value: Value, wanted: Value): boolean {
  const of = run.known(value);
  const one = run.term(wanted);
  if (of.kind === 'map' && structName(of) === 'Elixir.MapSet')
    return lookup(run, mapTerm(run, field(run, of, 'map')), one) !== undefined;
  if (of.kind === 'map' && structName(of) === 'Elixir.Range') {
    const found = rangeOf(run, of);
    const term = run.known(one);
    if (term.kind !== 'integer' || typeof term.value !== 'number' || rangeSize(found) === 0) return false;
    const [low, high] = found.step > 0 ? [found.first, found.last] : [found.last, found.first];
    return term.value >= low && term.value <= high && (term.value - found.first) % found.step === 0;
  }
  const more = of.kind === 'list' && of.more === true;
  for (const element of more ? of.elements : enumerated(run, of)) if (equals(run, element, one)) return true;
  return more ? run.unknown('the list was cut when it was recorded') : false;
}

const compare =
  (holds: (order: number) => boolean): Builtin =>
  (run, a, b) =>
    truth(holds(order(run, run.term(a!), run.term(b!))));

const join: Builtin = (run, a, b) => {
  const [one, other] = [bytes(run, a!), bytes(run, b!)];
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return makeText(run, both);
};

const append: Builtin = (run, a, b) => {
  const first = elements(run, a!);
  const second = run.known(b!);
  if (second.kind !== 'list') return first.length === 0 ? second : makeList(run, first, second);
  run.spend(first.length + second.elements.length);
  return first.length === 0 ? second : { ...second, elements: [...first, ...second.elements] };
};

const without: Builtin = (run, a, b) => {
  const left = [...elements(run, a!)];
  for (const one of elements(run, b!)) {
    const at = left.findIndex((each) => equals(run, each, one));
    if (at >= 0) left.splice(at, 1);
  }
  return makeList(run, left);
};

const inspect: Builtin = (run, value) => {
  const term = run.term(value!);
  if (!isWhole(term)) return run.unknown('the value was cut when it was recorded');
  return makeText(run, printTerm(term, { maxLength: 1 << 20 }));
};

/** Of both languages, by the names of Erlang. */
export const SHARED: Readonly<Record<string, Builtin>> = {
  'abs/1': (run, a) => number.abs(run, a!),
  'ceil/1': (run, a) => number.ceil(run, a!),
  'floor/1': (run, a) => number.floor(run, a!),
  'round/1': (run, a) => number.round(run, a!),
  'trunc/1': (run, a) => number.trunc(run, a!),
  'hd/1': (run, a) => firstOf(run, a!),
  'tl/1': rest,
  'length/1': lengthOf,
  'map_size/1': (run, a) => {
    if (a!.kind === 'cut' && a.of === 'map' && a.size !== undefined) return int(a.size);
    return int(mapTerm(run, a!).size);
  },
  'tuple_size/1': (run, a) => {
    if (a!.kind === 'cut' && a.of === 'tuple' && a.size !== undefined) return int(a.size);
    const term = run.known(a!);
    return term.kind === 'tuple' ? int(term.size) : run.badArgument('a tuple is needed here');
  },
  'byte_size/1': sizeOfBinary,
  'bit_size/1': (run, a) => {
    const term = run.known(a!);
    if (term.kind === 'bitstring') return int(term.bits);
    return term.kind === 'binary' ? int(term.size * 8) : run.badArgument('a string is needed here');
  },
  'max/2': (run, a, b) => (order(run, run.term(a!), run.term(b!)) >= 0 ? a! : b!),
  'min/2': (run, a, b) => (order(run, run.term(a!), run.term(b!)) <= 0 ? a! : b!),
  'is_atom/1': isKind('atom'),
  'is_binary/1': isKind('binary'),
  'is_bitstring/1': isKind('binary', 'bitstring'),
  'is_boolean/1': isAtom('true', 'false'),
  'is_float/1': isKind('float'),
  'is_function/1': isKind('function', 'export', 'closure'),
  'is_integer/1': isKind('integer'),
  'is_list/1': isKind('list'),
  'is_map/1': isKind('map'),
  'is_number/1': isKind('integer', 'float'),
  'is_pid/1': isKind('pid'),
  'is_port/1': isKind('port'),
  'is_reference/1': isKind('reference'),
  'is_tuple/1': isKind('tuple'),
  'is_map_key/2': (run, a, b) => truth(lookup(run, mapTerm(run, a!), run.term(b!)) !== undefined),
};

/** Operators, by how they are written in Elixir or Erlang. */
export const OPERATORS: Readonly<Record<string, Builtin>> = {
  '+': (run, a, b) => number.add(run, a!, b!),
  '-': (run, a, b) => number.subtract(run, a!, b!),
  '*': (run, a, b) => number.multiply(run, a!, b!),
  '/': (run, a, b) => number.divide(run, a!, b!),
  div: (run, a, b) => number.div(run, a!, b!),
  rem: (run, a, b) => number.rem(run, a!, b!),
  '**': (run, a, b) => number.power(run, a!, b!),
  band: (run, a, b) => number.band(run, a!, b!),
  bor: (run, a, b) => number.bor(run, a!, b!),
  bxor: (run, a, b) => number.bxor(run, a!, b!),
  bsl: (run, a, b) => number.shiftLeft(run, a!, b!),
  bsr: (run, a, b) => number.shiftRight(run, a!, b!),
  '==': (run, a, b) => truth(equals(run, run.term(a!), run.term(b!), true)),
  '!=': (run, a, b) => truth(!equals(run, run.term(a!), run.term(b!), true)),
  '===': (run, a, b) => truth(equals(run, run.term(a!), run.term(b!))),
  '!==': (run, a, b) => truth(!equals(run, run.term(a!), run.term(b!))),
  '<': compare((found) => found < 0),
  '<=': compare((found) => found <= 0),
  '>': compare((found) => found > 0),
  '>=': compare((found) => found >= 0),
  '++': append,
  '--': without,
  '<>': join,
  in: (run, a, b) => truth(isMember(run, b!, a!)),
  'not in': (run, a, b) => truth(!isMember(run, b!, a!)),
  '..': (run, a, b) => rangeFrom(run, a!, b!, undefined),
  '=~': (run, a, b) => truth(text(run, a!).includes(text(run, b!))),
  xor: (run, a, b) => truth(run.truth(a!) !== run.truth(b!)),
  and: (run, a, b) => truth([run.truth(a!), run.truth(b!)].every(Boolean)),
  or: (run, a, b) => truth([run.truth(a!), run.truth(b!)].some(Boolean)),
};

export const UNARY: Readonly<Record<string, Builtin>> = {
  '-': (run, a) => number.negate(run, a!),
  '+': (run, a) => number.plus(run, a!),
  not: (run, a) => truth(!run.truth(a!)),
  '!': (run, a) => truth(!run.truth(a!, true)),
  bnot: (run, a) => number.subtract(run, int(-1), int(number.integer(run, a!))),
};

export function rangeFrom(run: Run, first: Value, last: Value, step: Value | undefined): Term {
  const number = (value: Value): number => {
    const term = run.known(value);
    if (term.kind !== 'integer') return run.badArgument('a range goes from one integer to another');
    return typeof term.value === 'number' ? term.value : run.unknown('the range is too long to go through here');
  };
  const [from, to] = [number(first), number(last)];
  const by = step === undefined ? (to < from ? -1 : 1) : number(step);
  return by === 0 ? run.badArgument('the step of a range is not 0') : range(from, to, by);
}

/** Of Elixir's `Kernel` alone. */
export const KERNEL: Readonly<Record<string, Builtin>> = {
  'elem/2': (run, a, b) => elementOf(run, a!, number.small(run, b!)),
  'div/2': OPERATORS['div']!,
  'rem/2': OPERATORS['rem']!,
  'is_nil/1': isAtom('nil'),
  'is_struct/1': (run, a) => truth(kindOf(run, a!) === 'map' && structNameOf(run, a!) !== undefined),
  'is_struct/2': (run, a, b) => {
    const name = run.known(b!);
    return truth(kindOf(run, a!) === 'map' && name.kind === 'atom' && structNameOf(run, a!) === name.name);
  },
  'is_exception/1': (run, a) =>
    truth(
      kindOf(run, a!) === 'map' && lookup(run, mapTerm(run, a!), { kind: 'atom', name: '__exception__' }) !== undefined,
    ),
  'inspect/1': inspect,
  'to_string/1': (run, a) => makeText(run, toText(run, a!)),
  'put_elem/3': (run, a, b, c) => {
    const index = number.small(run, b!);
    elementOf(run, a!, index);
    const term = run.known(a!);
    return term.kind === 'tuple' ? { ...term, elements: term.elements.with(index, run.term(c!)) } : term;
  },
  'then/2': (run, a, f) => run.call(run.closure(f!, 1), a!),
  'get_in/2': (run, a, b) => {
    let here = run.term(a!);
    for (const key of elements(run, b!)) here = access(run, here, key);
    return here;
  },
};

function structNameOf(run: Run, value: Value): string | undefined {
  const name = lookup(run, mapTerm(run, value), { kind: 'atom', name: '__struct__' });
  if (name === undefined) return undefined;
  const term = run.known(name);
  return term.kind === 'atom' ? term.name : undefined;
}
