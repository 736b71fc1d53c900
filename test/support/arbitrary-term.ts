/** Random terms for property tests. */
import fc from 'fast-check';
import { binary, int, list, type Term } from '../../src/term/index.js';

const ATOMS = [
  'ok', 'error', 'nil', 'true', 'false', 'undefined', 'Elixir.Shop.Order', 'Elixir', 'Elixir.Shop', 'hello world', '',
  'end', 'and', 'fn', 'ok?', 'stop!', 'a@b', '@', 'ä', 'Ünicode', 'Foo', '+', '|>', '&&', '..', '%{}', '{}', "it's", 'a"b', 'receive',
  '_x', 'node@host', '日本', 'a\nb', 'Elixir.lower', 'Elixir.Foo.bar', '1a', 'a1', '...', '::', 'when', 'in', 'not', 'do',
]; // prettier-ignore

export const arbitraryAtom: fc.Arbitrary<Term> = fc.constantFrom(...ATOMS).map((name) => ({ kind: 'atom', name }));
export const arbitraryInteger: fc.Arbitrary<Term> = fc
  .oneof(
    fc.integer({ min: -300, max: 300 }).map(BigInt),
    fc.bigInt({ min: -(1n << 70n), max: 1n << 70n }),
    fc.bigInt({ min: -(1n << 300n), max: 1n << 300n }),
  )
  .map(int);
export const arbitraryFloat: fc.Arbitrary<Term> = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8),
    fc.constantFrom(
      1e15,
      1e16,
      1e17,
      1e20,
      1e21,
      1e22,
      1e-4,
      1e-5,
      1e-7,
      123456789012345680,
      0,
      -0.5,
      5e-324,
      1.7976931348623157e308,
    ),
  )
  .map((value) => ({ kind: 'float', value: Object.is(value, -0) ? 0 : value }));
export const arbitraryBinary: fc.Arbitrary<Term> = fc.oneof(
  fc.string({ maxLength: 20 }).map((text) => binary(text)),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => binary(text)),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => binary(bytes)),
  fc
    .constantFrom(
      '',
      'a"b',
      'a\\b',
      'x#{y}',
      '#',
      'line\nline',
      'tab\t',
      '\u0000',
      '\u007f',
      '\u001b[0m',
      '\ufeff',
      '\u00a0',
      '\u2028',
      "it's",
    )
    .map((text) => binary(text)),
);
const arbitraryBitstring: fc.Arbitrary<Term> = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 7 }))
  .map(([bytes, last]) => {
    const copy = Uint8Array.from(bytes);
    copy[copy.length - 1] = (copy.at(-1) ?? 0) & ((0xff << (8 - last)) & 0xff);
    return { kind: 'bitstring', bytes: copy, bits: (copy.length - 1) * 8 + last };
  });
const arbitraryCharlist: fc.Arbitrary<Term> = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 8 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
    fc.constantFrom("it's", 'a"b', 'x#{', '\n', 'ä'),
  )
  .map((text) => list([...text].map((character) => int(character.codePointAt(0) ?? 0))));

/** Terms that a real node can be asked to print: no pids, ports, references or funs, no cuts. */
export const arbitraryPlainTerm: fc.Arbitrary<Term> = terms(
  fc.oneof(
    { weight: 3, arbitrary: arbitraryInteger },
    { weight: 3, arbitrary: arbitraryAtom },
    { weight: 2, arbitrary: arbitraryFloat },
    { weight: 3, arbitrary: arbitraryBinary },
    { weight: 1, arbitrary: arbitraryBitstring },
    { weight: 1, arbitrary: arbitraryCharlist },
    { weight: 1, arbitrary: fc.constant(list([])) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('lists', 'Elixir.Enum', 'Elixir', 'a b', 'erlang'),
          fc.constantFrom('map', '+', 'a b', 'ok?', 'Foo', 'and'),
          fc.nat(9),
        )
        .map(([module, name, arity]): Term => ({ kind: 'export', module, name, arity })),
    },
  ),
);

const word = fc.integer({ min: 0, max: 0xffffffff });
const node = fc.constantFrom('a@b', 'shop@host.example');
const arbitraryIdentity: fc.Arbitrary<Term> = fc.oneof(
  fc.tuple(word, word).map(([number, serial]): Term => ({ kind: 'pid', number, serial })),
  fc
    .tuple(node, word, word, word)
    .map(([name, number, serial, creation]): Term => ({ kind: 'pid', node: name, number, serial, creation })),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((number): Term => ({ kind: 'port', number: int(number).value })),
  fc
    .tuple(node, fc.nat(), word)
    .map(([name, number, creation]): Term => ({ kind: 'port', node: name, number, creation })),
  fc.array(word, { minLength: 1, maxLength: 5 }).map((words): Term => ({ kind: 'reference', words })),
  fc
    .tuple(node, word, fc.array(word, { minLength: 1, maxLength: 5 }))
    .map(([name, creation, words]): Term => ({ kind: 'reference', node: name, creation, words })),
  fc.constant<Term>({ kind: 'function', text: '#Fun<shop.1.2>' }),
  fc.constant<Term>({ kind: 'opaque', text: 'ä#Whatever<1>' }),
);
const arbitraryCut: fc.Arbitrary<Term> = fc.oneof(
  fc.constantFrom<Term>(
    { kind: 'redacted' },
    { kind: 'stateMark' },
    { kind: 'cut', why: 'bytes' },
    { kind: 'cut', why: 'depth', of: 'other' },
  ),
  fc
    .tuple(fc.constantFrom('tuple' as const, 'map' as const), fc.integer({ min: 1, max: 1e6 }))
    .map(([of, size]): Term => ({ kind: 'cut', why: 'depth', of, size })),
  fc
    .tuple(fc.uint8Array({ maxLength: 8 }), fc.integer({ min: 1, max: 1e9 }))
    .map(([bytes, more]): Term => ({ kind: 'binary', bytes, size: bytes.length + more })),
);

/** Everything a recording can hold, cuts and marks included. */
export const arbitraryRecordedTerm: fc.Arbitrary<Term> = terms(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.oneof(
        arbitraryInteger,
        arbitraryAtom,
        arbitraryFloat,
        arbitraryBinary,
        arbitraryBitstring,
        arbitraryIdentity,
      ),
    },
    { weight: 1, arbitrary: arbitraryCut },
  ),
  true,
);

function terms(leaf: fc.Arbitrary<Term>, cuts = false): fc.Arbitrary<Term> {
  const hidden = cuts ? fc.constantFrom(0, 0, 0, 7) : fc.constant(0);
  return fc.letrec<{ term: Term }>((tie) => {
    const elements = fc.array(tie('term'), { maxLength: 5, depthIdentifier: 'term' });
    return {
      term: fc.oneof(
        { maxDepth: 4, depthIdentifier: 'term' },
        { weight: 4, arbitrary: leaf },
        {
          weight: 2,
          arbitrary: fc
            .tuple(elements, hidden)
            .map(([all, more]): Term => ({ kind: 'tuple', elements: all, size: all.length + more })),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(elements, hidden)
            .map(([all, more]): Term =>
              more === 0 || all.length === 0 ? list(all) : { kind: 'list', elements: all, more: true },
            ),
        },
        {
          weight: 1,
          arbitrary: fc
            .tuple(
              fc.array(tie('term'), { minLength: 1, maxLength: 3 }),
              leaf.filter((tail) => tail.kind !== 'list'),
            )
            .map(([all, tail]): Term => list(all, tail)),
        },
        {
          weight: 1,
          arbitrary: fc
            .array(fc.tuple(arbitraryAtom, tie('term')), { maxLength: 4 })
            .map((pairs): Term =>
              list(pairs.map(([key, value]) => ({ kind: 'tuple', elements: [key, value], size: 2 }))),
            ),
        },
        {
          weight: 2,
          arbitrary: fc
            .tuple(
              fc.uniqueArray(fc.tuple(fc.oneof(arbitraryAtom, tie('term')), tie('term')), {
                maxLength: 5,
                selector: ([key]) => identity(key),
              }),
              hidden,
            )
            .map(([entries, more]): Term => ({ kind: 'map', entries, size: entries.length + more })),
        },
      ),
    };
  }).term;
}

function identity(term: Term): string {
  return JSON.stringify(term, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? [...value] : value,
  );
}
