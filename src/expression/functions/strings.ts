/** `String`, `Integer`, `Float`, `Atom`. */
import { charlist, elixirAtom, float, int, type Term } from '../../term/index.js';
import { asFloat, floorDiv, integer, mod, power, rem, round, small } from '../arithmetic.js';
import { bytes, elements, makeList, makeText, NIL, text, toText, truth } from '../parts.js';
import { MAX_BYTES, type Builtin, type Run, type Value } from '../run.js';

/** What a person calls characters. */
function graphemes(run: Run, value: Value): string[] {
  const all = text(run, value);
  run.spend(all.length);
  return [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(all)].map(({ segment }) => segment);
}

/** One text, or a list of them of which any will do. */
const texts = (run: Run, value: Value): string[] => {
  const term = run.known(value);
  return term.kind === 'list' ? elements(run, term).map((one) => text(run, one)) : [text(run, term)];
};

/** Something that holds for what was recorded of a text holds for the whole, when it is at its beginning. */
function beginsWith(run: Run, value: Value, start: Value): boolean {
  const term = run.known(value);
  const starts = texts(run, start);
  if (term.kind !== 'binary' || term.bytes.length === term.size) {
    const whole = text(run, term);
    return starts.some((one) => whole.startsWith(one));
  }
  const encoded = starts.map((one) => new TextEncoder().encode(one));
  if (encoded.some((one) => one.length > term.bytes.length)) bytes(run, term);
  return encoded.some((one) => one.every((byte, i) => term.bytes[i] === byte));
}

function split(run: Run, value: Value, at: Value): Term {
  const [whole, between] = [text(run, value), text(run, at)];
  if (between === '') return run.unknown('splitting at nothing is not known here: String.graphemes does that');
  return makeList(run, whole.split(between).map((part) => makeText(run, part))); // prettier-ignore
}

function parsed(run: Run, value: Value): Term {
  const digits = text(run, value);
  if (!/^[+-]?\d{1,1000}$/.test(digits)) return run.badArgument('not the text of an integer');
  return int(BigInt(digits.replace(/^\+/, '')));
}

const changed =
  (change: (text: string) => string): Builtin =>
  (run, a) =>
    makeText(run, change(text(run, a!)));

export const STRING: Readonly<Record<string, Builtin>> = {
  'String.length/1': (run, a) => int(graphemes(run, a!).length),
  'String.graphemes/1': (run, a) => makeList(run, graphemes(run, a!).map((one) => makeText(run, one))), // prettier-ignore
  'String.upcase/1': changed((one) => one.toUpperCase()),
  'String.downcase/1': changed((one) => one.toLowerCase()),
  'String.trim/1': changed((one) => one.replace(/^[\p{White_Space}]+|[\p{White_Space}]+$/gu, '')),
  'String.reverse/1': (run, a) => makeText(run, graphemes(run, a!).toReversed().join('')),
  'String.contains?/2': (run, a, b) => {
    const whole = text(run, a!);
    return truth(texts(run, b!).some((one) => whole.includes(one)));
  },
  'String.starts_with?/2': (run, a, b) => truth(beginsWith(run, a!, b!)),
  'String.ends_with?/2': (run, a, b) => {
    const whole = text(run, a!);
    return truth(texts(run, b!).some((one) => whole.endsWith(one)));
  },
  'String.split/1': (run, a) => {
    const parts = text(run, a!).split(/\p{White_Space}+/u).filter((part) => part !== ''); // prettier-ignore
    return makeList(run, parts.map((part) => makeText(run, part))); // prettier-ignore
  },
  'String.split/2': (run, a, b) => split(run, a!, b!),
  'String.replace/3': (run, a, b, c) => {
    const [whole, from, to] = [text(run, a!), text(run, b!), text(run, c!)];
    if (from === '') return run.unknown('replacing nothing is not known here');
    const parts = whole.split(from);
    if (whole.length + parts.length * to.length > MAX_BYTES) return run.unknown('the text is too long to make here');
    return makeText(run, parts.join(to));
  },
  'String.at/2': (run, a, b) => {
    const one = graphemes(run, a!).at(small(run, b!));
    return one === undefined ? NIL : makeText(run, one);
  },
  'String.slice/3': (run, a, b, c) => {
    const [all, from, count] = [graphemes(run, a!), small(run, b!), small(run, c!)];
    if (count < 0) return run.badArgument('a count is not negative');
    const start = from < 0 ? all.length + from : from;
    return makeText(run, start < 0 ? '' : all.slice(start, start + count).join(''));
  },
  'String.duplicate/2': (run, a, b) => {
    const [one, count] = [text(run, a!), small(run, b!)];
    if (count < 0) return run.badArgument('a count is not negative');
    if (one.length * count > MAX_BYTES) return run.unknown('the text is too long to make here');
    return makeText(run, one.repeat(one === '' ? 0 : count));
  },
  'String.to_integer/1': (run, a) => parsed(run, a!),
  'String.to_charlist/1': (run, a) => charlist(text(run, a!)),
  'String.valid?/1': (run, a) => {
    const all = bytes(run, a!);
    return truth(isUtf8(all));
  },

  'Integer.mod/2': (run, a, b) => mod(run, a!, b!),
  'Integer.floor_div/2': (run, a, b) => floorDiv(run, a!, b!),
  'Integer.pow/2': (run, a, b) => {
    const exponent = integer(run, b!);
    if (exponent < 0) return run.raise('ArithmeticError: bad argument in arithmetic expression');
    return power(run, int(integer(run, a!)), int(exponent));
  },
  'Integer.to_string/1': (run, a) => makeText(run, integer(run, a!).toString()),
  'Integer.digits/1': (run, a) => makeList(run, [...integer(run, a!).toString().replace('-', '')].map((one) => int(Number(one) * (integer(run, a!) < 0 ? -1 : 1)))), // prettier-ignore
  'Integer.is_even/1': (run, a) => truth(BigInt(integer(run, rem(run, a!, int(2)))) === 0n),
  'Integer.is_odd/1': (run, a) => truth(BigInt(integer(run, rem(run, a!, int(2)))) !== 0n),
  'Float.round/1': (run, a) => asFloat(run, round(run, a!)),
  'Float.to_string/1': (run, a) => makeText(run, toText(run, float(Number(asFloatValue(run, a!))))),
  'Atom.to_string/1': (run, a) => {
    const term = run.known(a!);
    return term.kind === 'atom' ? makeText(run, term.name) : run.badArgument('an atom is needed here');
  },
  'Module.split/1': (run, a) => {
    const term = run.known(a!);
    if (term.kind !== 'atom' || !term.name.startsWith('Elixir.'))
      return run.badArgument(
        `a module of Elixir is needed here${term.kind === 'atom' ? `, not ${elixirAtom(term.name)}` : ''}`,
      );
    return makeList(run, term.name.split('.').slice(1).map((part) => makeText(run, part))); // prettier-ignore
  },
};

function asFloatValue(run: Run, value: Value): number {
  const term = run.known(value);
  return term.kind === 'float' ? term.value : run.badArgument('a float is needed here');
}

function isUtf8(all: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(all);
    return true;
  } catch {
    return false;
  }
}
