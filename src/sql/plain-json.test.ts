import { describe, expect, it } from 'vitest';
import { atom, binary, float, int, list, map, tuple, type Term } from '../term/index.js';
import { plainJson } from './plain-json.js';

const json = (term: Term): unknown => JSON.parse(plainJson(term, 'elixir')) as unknown;

describe('a term as everyday JSON', () => {
  it('looks as one would write it', () => {
    const state = map([
      [atom('count'), int(1)],
      [atom('items'), list([tuple(atom('a'), binary('b')), float(1.5)])],
      [binary('key'), atom('nil')],
      [int(7), atom('true')],
      [tuple(int(1)), atom('Elixir.Shop.Stock')],
    ]);
    expect(json(state)).toEqual({ count: 1, items: [['a', 'b'], 1.5], key: null, 7: true, '{1}': 'Shop.Stock' });
  });

  it('keeps large integers whole', () => {
    expect(plainJson({ kind: 'integer', value: 2n ** 70n }, 'elixir')).toBe('1180591620717411303424');
  });

  it('says what is missing', () => {
    expect(json({ kind: 'list', elements: [int(1)], more: true })).toEqual([1, { $more: true }]);
    expect(json({ kind: 'tuple', elements: [], size: 3 })).toEqual([{ $more: 3 }]);
    expect(json({ kind: 'map', entries: [[atom('a'), int(1)]], size: 5 })).toEqual({ a: 1, $more: 4 });
    expect(json({ kind: 'cut', why: 'depth' })).toEqual({ $cut: 'depth' });
    expect(json({ kind: 'redacted' })).toEqual({ $cut: 'redacted' });
    expect(json({ kind: 'binary', bytes: new TextEncoder().encode('ab'), size: 9 })).toMatch(/ab.*7/);
    expect(json({ kind: 'binary', bytes: Uint8Array.of(255), size: 1 })).toBe('<<255>>');
  });
});
