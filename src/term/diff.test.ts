import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryPlainTerm, arbitraryRecordedTerm } from '../../test/support/arbitrary-term.js';
import {
  atom,
  binary,
  compareEqual,
  compareOrder,
  diffTerms,
  int,
  list,
  map,
  float,
  renderDiff,
  termFromJson,
  termToJson,
  tuple,
  type Term,
} from './index.js';

const shown = (before: Term, after: Term): string[] =>
  renderDiff(diffTerms(before, after))
    .split('\n')
    .filter((line) => line !== '');
const order = (status: string, extra: readonly (readonly [Term, Term])[] = []): Term =>
  map([[atom('status'), atom(status)], ...extra]);
const ints = (...values: number[]): Term => list(values.map(int));

describe('diffTerms', () => {
  it('shows what changed in maps, keyword lists and tuples', () => {
    expect(shown(order('new'), order('paid', [[binary('x'), int(1)]]))).toEqual([
      '~ status: :new → :paid',
      '+ ["x"]: 1',
    ]);
    expect(shown(order('new', [[atom('a'), int(1)]]), order('new'))).toEqual(['- a: 1']);
    expect(shown(list([tuple(atom('a'), int(1))]), list([tuple(atom('a'), int(2))]))).toEqual(['~ a: 1 → 2']);
    expect(shown(tuple(int(1), int(2)), tuple(int(1), int(3)))).toEqual(['~ {1}: 2 → 3']);
    expect(shown(tuple(atom('ok'), int(2)), tuple(atom('error'), int(3)))).toEqual([
      '~ (whole): {:ok, 2} → {:error, 3}',
    ]);
  });

  it('sees that the order of a keyword list changed', () => {
    const [a, b] = [tuple(atom('a'), int(1)), tuple(atom('b'), int(2))];
    expect(diffTerms(list([a, b]), list([b, a]))).not.toEqual([]);
  });

  it('says that a map changed whose size did, even if none of its pairs was recorded', () => {
    expect(diffTerms({ kind: 'map', entries: [], size: 7 }, map([])).map((change) => change.kind)).toEqual(['changed']);
  });

  it('aligns lists, so that one element more is one line', () => {
    expect(shown(ints(1, 2, 3, 400), ints(0, 1, 2, 3, 400))).toEqual(['+ [0]: 0']);
    expect(shown(ints(1, 2, 3, 400), ints(1, 3, 400))).toEqual(['- [1]: 2']);
    expect(shown(list([order('new'), order('x'), order('y')]), list([order('new'), order('z'), order('y')]))).toEqual([
      '~ [1].status: :x → :z',
    ]);
  });

  it('compares by position when lists are too long to align', () => {
    const long = (first: number): Term => list(Array.from({ length: 3000 }, (_, i) => int(i * 2 + first)));
    expect(diffTerms(long(0), long(1))).toHaveLength(3000);
  });

  it('says unknown where a part was not recorded', () => {
    const cut = (text: string): Term => ({ kind: 'binary', bytes: binary(text).bytes, size: 100 });
    expect(shown(map([[atom('a'), cut('x')]]), map([[atom('a'), cut('x')]]))).toEqual([
      '? a: not recorded whole, may have changed',
    ]);
    expect(shown(cut('x'), cut('y'))).toEqual(['~ (whole): "x"…(+99 bytes) → "y"…(+99 bytes)']);
    expect(shown({ kind: 'redacted' }, { kind: 'redacted' })).toEqual([
      '? (whole): not recorded whole, may have changed',
    ]);
  });

  it('finds nothing between a term and itself, and something between terms that differ', () => {
    fc.assert(
      fc.property(arbitraryPlainTerm, arbitraryPlainTerm, (a, b) => {
        expect(diffTerms(a, structuredClone(a))).toEqual([]);
        expect(diffTerms(a, b).length > 0).toBe(compareEqual(a, b) === 'different');
      }),
      { numRuns: 500 },
    );
  });

  it('takes any recorded terms', () => {
    fc.assert(
      fc.property(arbitraryRecordedTerm, arbitraryRecordedTerm, (a, b) => {
        const equality = compareEqual(a, b);
        expect(compareEqual(b, a)).toBe(equality);
        const changes = diffTerms(a, b);
        expect(changes.length === 0).toBe(equality === 'equal');
        expect(changes.some((change) => change.kind !== 'unknown')).toBe(equality === 'different');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('compareOrder', () => {
  it("is Erlang's order", () => {
    const ordered: Term[] = [
      int(-1), int(1), float(1.5), int(2n ** 70n), atom('a'), atom('b'), { kind: 'reference', words: [1] },
      { kind: 'export', module: 'a', name: 'b', arity: 1 }, { kind: 'port', number: 1 }, { kind: 'pid', number: 1, serial: 0 },
      tuple(int(9)), tuple(int(1), int(1)), map([[atom('z'), int(1)]]), map([[atom('a'), int(1)], [atom('b'), int(1)]]), list([]), list([int(1)]), list([int(1)], int(2)),
      list([int(1), int(0)]), binary(''), { kind: 'bitstring', bytes: Uint8Array.of(0x80), bits: 1 }, binary('a'), binary('ab'),
    ]; // prettier-ignore
    const shuffled = [...ordered].sort((a, b) => compareOrder(b, a)).sort(compareOrder);
    expect(shuffled).toEqual([
      ...ordered.slice(0, 15), ...ordered.slice(15).sort(compareOrder),
    ]); // prettier-ignore
    expect(compareOrder(int(1), float(1))).toBe(0);
    expect(compareEqual(int(1), float(1))).toBe('different');
  });
});

describe('JSON', () => {
  it('loses nothing', () => {
    fc.assert(
      fc.property(arbitraryRecordedTerm, (term) => {
        expect(termFromJson(JSON.parse(JSON.stringify(termToJson(term))))).toEqual(term);
      }),
      { numRuns: 1000 },
    );
  });
});
