import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryRecordedTerm } from '../../test/support/arbitrary-term.js';
import {
  atom,
  binary,
  charlist,
  containing,
  float,
  int,
  list,
  localPid,
  map,
  matching,
  matchTerm,
  parsePattern,
  printPath,
  resolvePath,
  searchTerm,
  TermError,
  tuple,
  type Term,
} from './index.js';

const order = map([
  [atom('__struct__'), atom('Elixir.Shop.Order')],
  [atom('id'), int(118)],
  [atom('items'), map([[binary('tea-bowl'), int(2)]])],
]);

/** What a pattern says of a term. */
const says = (text: string, term: Term, syntax: 'elixir' | 'erlang' = 'elixir'): string =>
  matchTerm(parsePattern(text, syntax), term);

describe('patterns', () => {
  it.each<[string, Term]>([
    ['_', int(1)],
    ['_anything', order],
    ['{:reserve, _, %{"tea-bowl" => 2}}', tuple(atom('reserve'), int(3), map([[binary('tea-bowl'), int(2)]]))],
    ['{:reserve, ...}', tuple(atom('reserve'), int(3), int(4))],
    ['%Shop.Order{id: 118}', order],
    ['%Shop.Order{}', order],
    ['%_{id: 118}', order],
    ['%{}', order],
    ['%{items: %{"tea-bowl" => _}, ...}', order],
    ['[_ | _]', list([int(1)])],
    ['[1, 2 | _]', list([int(1), int(2), int(3)])],
    ['[1 | 2]', list([int(1)], int(2))],
    ['[1, ...]', list([int(1), int(2)])],
    ['[a: 1, b: _]', list([tuple(atom('a'), int(1)), tuple(atom('b'), int(2))])],
    ['[]', list([])],
    ['{}', tuple()],
    ['-12_000', int(-12_000)],
    ['0xFF', int(255)],
    ['-0b101', int(-5)],
    ['1.5e3', float(1500)],
    ['?a', int(97)],
    ['"a\\n\\u{e9}"', binary('a\né')],
    ['"GET " <> _', binary('GET /shop')],
    ['"a" <> "b"', binary('ab')],
    ['<<1, 2, "x">>', binary(Uint8Array.of(1, 2, 120))],
    ['<<1, _::binary>>', binary(Uint8Array.of(1, 2))],
    ["'abc'", charlist('abc')],
    ['~c"abc"', charlist('abc')],
    [':"with space"', atom('with space')],
    [':+', atom('+')],
    ['nil', atom('nil')],
    ['Shop.Stock', atom('Elixir.Shop.Stock')],
    ['#PID<0.12.3>', localPid(12, 3)],
    ['#Reference<0.1.2.3>', { kind: 'reference', words: [3, 2, 1] }],
  ])('of Elixir: %s', (text, term) => expect(says(text, term)).toBe('yes'));

  it.each<[string, Term]>([
    ['{reserve, _, #{<<"tea-bowl">> => 2}}', tuple(atom('reserve'), int(3), map([[binary('tea-bowl'), int(2)]]))],
    ["#{'__struct__' := 'Elixir.Shop.Order'}", order],
    ['"abc"', charlist('abc')],
    ['[1 | _]', list([int(1)])],
    ['16#fF', int(255)],
    ['$a', int(97)],
    ['<<"ab", _/binary>>', binary('abc')],
    ['<<"é"/utf8>>', binary('é')],
    ['<<"é">>', binary(Uint8Array.of(0xe9))],
    ['<0.12.3>', localPid(12, 3)],
    ['{true, ...}', tuple(atom('true'), int(1))],
  ])('of Erlang: %s', (text, term) => expect(says(text, term, 'erlang')).toBe('yes'));

  it.each<[string, Term]>([
    ['1', float(1)],
    ['{_, _}', tuple(int(1))],
    ['[_ | _]', list([])],
    ['[1]', list([int(1), int(2)])],
    ['[1]', list([int(1)], int(2))],
    ['%Shop.Stock{}', order],
    ['%{nothing: _}', order],
    ['"GET " <> _', binary('POST /')],
    ['{:reserve, ...}', tuple()],
  ])('do not match what differs: %s', (text, term) => expect(says(text, term)).toBe('no'));

  it('say "unknown" where what decides was not recorded', () => {
    expect(says('{1, 2}', { kind: 'tuple', size: 2, elements: [int(1)] })).toBe('unknown');
    expect(says('{9, 2}', { kind: 'tuple', size: 2, elements: [int(1)] })).toBe('no');
    expect(says('{1, _}', { kind: 'tuple', size: 2, elements: [int(1), { kind: 'cut', why: 'bytes' }] })).toBe('yes');
    expect(says('[1, 2]', { kind: 'list', elements: [int(1)], more: true })).toBe('unknown');
    expect(says('[1 | _]', { kind: 'list', elements: [int(1)], more: true })).toBe('yes');
    expect(says('%{a: 1}', { kind: 'map', size: 2, entries: [[atom('b'), int(1)]] })).toBe('unknown');
    expect(says('%{a: 1}', { kind: 'redacted' })).toBe('unknown');
    expect(says('{_}', { kind: 'cut', why: 'depth', of: 'map' })).toBe('no');
  });

  it.each([
    '',
    '{',
    '{1,}',
    '[1 | 2, 3]',
    '"open',
    'name',
    ':',
    '%{_ => 1}',
    '%{a 1}',
    '1 2',
    '<<256>>',
    '<<_>>',
    '"a" <> 1',
    '"\\u{110000}"',
    '['.repeat(500),
    '#PID<1.2.3>',
    '('.repeat(3),
  ])('that are none are refused with a reason: %s', (text) => {
    expect(() => parsePattern(text)).toThrow(TermError);
  });

  it('of hostile text end in a pattern or in a TermError', () => {
    const piece = fc.constantFrom(...'{}[]<>%#:"\'\\_,|.=1a-?~$ ', '...', '=>', '<<', '~c"', '0x', '16#', '\\u{', 'é', '😀'); // prettier-ignore
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.constantFrom('elixir', 'erlang'), (pieces, syntax) => {
        try {
          matchTerm(parsePattern(pieces.join(''), syntax), order);
        } catch (error) {
          expect(error).toBeInstanceOf(TermError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('searching a term', () => {
  const state = map([
    [atom('orders'), list([order, order])],
    [atom('opts'), list([tuple(atom('name'), binary('the shop')), tuple(atom('size'), int(3))])],
    [tuple(binary('key'), int(1)), atom('found')],
  ]);
  const paths = (test: (part: Term) => boolean): string[] => searchTerm(state, test).map(({ path }) => printPath(path));

  it('says where the text or value is', () => {
    expect(paths(containing('tea-bowl'))).toEqual(['orders[0].items["tea-bowl"]', 'orders[1].items["tea-bowl"]']);
    expect(paths(containing('the shop'))).toEqual(['opts.name']);
    expect(paths(containing('Shop.Order'))).toEqual(['orders[0].__struct__', 'orders[1].__struct__']);
    expect(paths(containing('key'))).toEqual(['[{"key", 1}]']);
    expect(paths(containing('size'))).toEqual(['opts[1]{0}']);
    expect(paths(matching(parsePattern('118')))).toEqual(['orders[0].id', 'orders[1].id']);
    expect(paths(matching(parsePattern('%Shop.Order{}')))).toEqual(['orders[0]', 'orders[1]']);
    expect(searchTerm(state, containing('tea-bowl'), 1)).toHaveLength(1);
    expect(searchTerm(charlist('well hidden'), containing('hid'))).toHaveLength(1);
  });

  it('gives paths that lead into any term', () => {
    fc.assert(
      fc.property(arbitraryRecordedTerm, (term) => {
        expect(searchTerm(term, (part) => part === term)).toEqual([{ path: [], value: term }]);
        for (const { path } of searchTerm(term, ({ kind }) => kind === 'atom' || kind === 'integer'))
          expect(resolvePath(term, path)).toHaveProperty('term');
      }),
    );
  });
});
