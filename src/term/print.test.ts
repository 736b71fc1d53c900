import { describe, expect, it } from 'vitest';
import { atom, binary, charlist, float, int, list, localPid, map, printTerm, tuple, type Term } from './index.js';

const struct = (module: string, fields: readonly (readonly [string, Term])[]): Term & { kind: 'map' } =>
  map([[atom('__struct__'), atom(module)], ...fields.map(([key, value]) => [atom(key), value] as const)]);
const both = (term: Term): string[] => [printTerm(term), printTerm(term, { syntax: 'erlang' })];

// That whole terms print as a real node prints them is shown by test/integration/term-oracle.test.ts.
describe('printTerm', () => {
  it('prints in either syntax', () => {
    const order = struct('Elixir.Shop.Order', [
      ['id', int(7)],
      ['items', list([tuple(atom('a b'), float(1.5))])],
      ['note', charlist('hi')],
    ]);
    expect(printTerm(order)).toBe('%Shop.Order{id: 7, items: ["a b": 1.5], note: ~c"hi"}');
    expect(printTerm(order, { charlists: 'quotes' })).toContain("note: 'hi'");
    expect(printTerm(order, { syntax: 'erlang' })).toBe(
      `#{'__struct__' => 'Elixir.Shop.Order',id => 7,items => [{'a b',1.5}],note => "hi"}`,
    );
  });

  it('names processes, ports, references and funs', () => {
    expect(both(localPid(5, 1))).toEqual(['#PID<0.5.1>', '<0.5.1>']);
    expect(both({ kind: 'pid', node: 'a@b', number: 5, serial: 1, creation: 9 })).toEqual([
      '#PID<a@b.5.1>',
      '<a@b.5.1>',
    ]);
    expect(both({ kind: 'reference', words: [1, 2, 3] })).toEqual(['#Reference<0.3.2.1>', '#Ref<0.3.2.1>']);
    expect(both({ kind: 'function', text: '#Fun<Elixir.Shop.3.99>' })).toEqual([
      '#Function<3.99 in Shop>',
      '#Fun<Elixir.Shop.3.99>',
    ]);
    expect(both({ kind: 'export', module: 'Elixir.Enum', name: 'map', arity: 2 })).toEqual([
      '&Enum.map/2',
      "fun 'Elixir.Enum':map/2",
    ]);
  });

  it('shows what was left out', () => {
    const cut = (bytes: string, size: number): Term => ({ kind: 'binary', bytes: binary(bytes).bytes, size });
    expect(both(cut('abc', 999))).toEqual(['"abc"…(+996 bytes)', '<<"abc">>…(+996 bytes)']);
    expect(printTerm({ kind: 'binary', bytes: Uint8Array.of(97, 0xc3), size: 10 })).toBe('"a"…(+9 bytes)');
    expect(printTerm({ kind: 'binary', bytes: Uint8Array.of(0, 1), size: 10 })).toBe('<<0, 1>>…(+8 bytes)');
    expect(both({ kind: 'list', elements: [int(1), int(2)], more: true })).toEqual(['[1, 2, …]', '[1,2,…]']);
    expect(both({ kind: 'tuple', elements: [int(1)], size: 13 })).toEqual(['{1, …(+12)}', '{1,…(+12)}']);
    expect(both({ kind: 'map', entries: [[atom('a'), int(1)]], size: 13 })).toEqual([
      '%{a: 1, …(+12)}',
      '#{a => 1,…(+12)}',
    ]);
    expect(printTerm({ ...struct('Elixir.Date', [['year', int(1)]]), size: 5 })).toBe('%Date{year: 1, …(+3)}');
    expect(both(tuple({ kind: 'redacted' }, { kind: 'stateMark' }))).toEqual([
      '{‹redacted›, ‹state›}',
      '{‹redacted›,‹state›}',
    ]);
    expect(printTerm({ kind: 'cut', why: 'depth', of: 'map', size: 4 })).toBe('‹cut: deeper, a map of 4›');
    expect(printTerm({ kind: 'cut', why: 'depth', of: 'other' })).toBe('‹cut: deeper›');
    expect(printTerm({ kind: 'cut', why: 'bytes' })).toBe('‹cut: too large›');
  });

  it('does not take a struct with a field of the wrong kind for what its name says', () => {
    expect(printTerm(struct('Elixir.Date', [['year', atom('x')]]))).toBe('%Date{year: :x}');
    expect(printTerm(struct('Elixir.MapSet', [['map', int(1)]]))).toBe('%MapSet{map: 1}');
  });

  it('prints decimals', () => {
    const decimal = (sign: number, coef: number, exp: number): string =>
      printTerm(struct('Elixir.Decimal', [['sign', int(sign)], ['coef', int(coef)], ['exp', int(exp)]])); // prettier-ignore
    expect(decimal(1, 1234, -2)).toBe('Decimal.new("12.34")');
    expect(decimal(-1, 5, -3)).toBe('Decimal.new("-0.005")');
    expect(decimal(1, 12, 3)).toBe('Decimal.new("1.2E+4")');
  });

  it('stops at a length without splitting a character', () => {
    expect(printTerm(list(Array.from({ length: 1000 }, () => int(1000))), { maxLength: 12 })).toBe('[1000, 1000,…');
    expect(printTerm(binary('aaa😀'), { maxLength: 5 })).toBe('"aaa…');
    expect(printTerm(int(1), { maxLength: 5 })).toBe('1');
  });
});

it('looks no further into a binary of megabytes than it shows', () => {
  const bytes = new Uint8Array(1 << 20).fill(0x61);
  bytes[bytes.length - 1] = 0xff;
  const term: Term = { kind: 'binary', bytes, size: bytes.length };
  expect(printTerm(term, { maxLength: 10 })).toBe('"aaaaaaaaa…');
  expect(printTerm(term, { syntax: 'erlang', maxLength: 10 })).toBe('<<"aaaaaaa…');
  expect(printTerm({ ...term, bytes: bytes.fill(0xff) }, { maxLength: 10 })).toBe('<<255, 255…');
});
