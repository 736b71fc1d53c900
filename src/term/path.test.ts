import { describe, expect, it } from 'vitest';
import {
  atom,
  binary,
  childrenOf,
  int,
  list,
  map,
  parsePath,
  printPath,
  printTerm,
  resolvePath,
  tuple,
  TermError,
  type Term,
} from './index.js';

const state = map([
  [atom('orders'), list([map([[atom('status'), atom('new')]]), map([[atom('status'), atom('paid')]])])],
  [atom('opts'), list([tuple(atom('size'), int(3)), tuple(atom('a b'), int(4))])],
  [binary('k]ey'), tuple(atom('ok'), list([int(1)], int(2)))],
  [tuple(int(1), atom('x')), int(5)],
  [int(9), atom('nine')],
]);
const at = (path: string, term: Term = state): string => {
  const found = resolvePath(term, parsePath(path));
  return 'term' in found ? printTerm(found.term) : found.missing;
};

describe('paths', () => {
  it.each([
    ['orders[1].status', ':paid'],
    ['.orders[0].status', ':new'],
    ['[:orders][0][:status]', ':new'],
    ['opts.size', '3'],
    ['opts[:"a b"]', '4'],
    ['["k]ey"]{0}', ':ok'],
    ['["k]ey"]{1}[|]', '2'],
    ['[{1, :x}]', '5'],
    ['[9]', ':nine'],
    ['orders[2]', 'absent'],
    ['nothing', 'absent'],
    ['orders{0}', 'absent'],
  ])('%s is %s', (path, text) => {
    expect(at(path)).toBe(text);
  });

  it('tells a part that was not recorded from one that does not exist', () => {
    expect(at('[7]', { kind: 'list', elements: [int(1)], more: true })).toBe('cut');
    expect(at('{1}', { kind: 'tuple', elements: [int(1)], size: 2 })).toBe('cut');
    expect(at('{2}', { kind: 'tuple', elements: [int(1)], size: 2 })).toBe('absent');
    expect(at('a.b', map([[atom('a'), { kind: 'redacted' }]]))).toBe('cut');
  });

  it('prints the path of every child so that it leads back to that child', () => {
    const visit = (term: Term, path: Parameters<typeof printPath>[0]): number => {
      const text = printPath(path);
      expect(resolvePath(state, parsePath(text))).toEqual({ term });
      return childrenOf(term).children.reduce((count, child) => count + visit(child.value, [...path, child.step]), 1);
    };
    expect(visit(state, [])).toBe(16);
    expect(printPath(parsePath('orders[1][:status]["x"]{0}[:nil]'))).toBe('orders[1].status["x"]{0}.nil');
  });

  it.each(['[', '[]', '{x}', 'a b', 'a..b', 'a[1', '1'])('refuses %s', (path) => {
    expect(() => parsePath(path)).toThrow(TermError);
  });

  it('says how many children were not recorded', () => {
    expect(childrenOf({ kind: 'map', entries: [], size: 3 })).toEqual({ children: [], missing: 3 });
    expect(childrenOf({ kind: 'list', elements: [], more: true })).toEqual({ children: [], missing: 'unknown' });
  });
});
