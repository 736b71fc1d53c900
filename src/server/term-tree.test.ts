import { describe, expect, it } from 'vitest';
import { atom, binary, int, list, localPid, map, tuple, type Term } from '../term/index.js';
import type { TreeNode } from './protocol.js';
import { buildTree, equalTerms, partAt } from './term-tree.js';

const options = { syntax: 'elixir' as const, pid: () => 0 };

/** The tree as indented lines, with its marks. */
function drawing(node: TreeNode, depth = 0): string[] {
  const mark = node.d === undefined ? '' : ` ${node.d}${node.was === undefined ? '' : ` was ${node.was}`}`;
  const lost = node.lost === undefined ? '' : ` lost ${node.lost}`;
  const label = node.l === undefined ? '' : `${node.l} `;
  return [
    `${'  '.repeat(depth)}${label}${node.c === undefined ? node.t : (node.open ?? '')}${mark}${lost}`,
    ...(node.c ?? []).flatMap((each) => drawing(each, depth + 1)),
    ...(node.gone ?? []).map((each) => `${'  '.repeat(depth + 1)}${each.l} ${each.t} gone`),
  ];
}
const compare = (before: Term, after: Term): string[] => drawing(buildTree(after, options, before).tree);

describe('a value as a tree', () => {
  it('names the fields of structs, maps and keyword lists', () => {
    const order = map([
      [atom('__struct__'), atom('Elixir.Shop.Order')],
      [atom('item'), binary('mug')],
      [atom('opts'), list([tuple(atom('gift'), atom('true'))])],
      [atom('by'), map([[binary('a'), int(1)]])],
    ]);
    expect(drawing(buildTree(order, options).tree)).toEqual([
      '%Shop.Order{',
      '  item: "mug"',
      '  opts: [',
      '    gift: true',
      '  by: %{',
      '    "a" => 1',
    ]);
  });

  it('writes an improper list as its language does', () => {
    const tree = (term: Term): string => buildTree(term, options).tree.t;
    expect(tree(list([int(1), int(2)], atom('tail')))).toBe('[1, 2 | :tail]');
    expect(tree(list([atom('alias')], list([], int(3))))).toContain('[:alias | ');
  });

  it('marks what changed, with what it was, and only the way to it', () => {
    const before = map([
      [atom('left'), int(3)],
      [atom('tags'), list([atom('a'), atom('b')])],
      [atom('old'), int(1)],
    ]);
    const after = map([
      [atom('left'), int(2)],
      [atom('tags'), list([atom('a'), atom('b')])],
      [atom('new'), int(1)],
    ]);
    expect(compare(before, after)).toEqual([
      '%{ inside',
      '  left: 2 changed was 3',
      '  tags: [',
      '    0 :a',
      '    1 :b',
      '  new: 1 added',
      '  old: 1 gone',
    ]);
  });

  it('sees a list that moved on as what left at one end and came at the other', () => {
    const window = (from: number): Term => list(Array.from({ length: 4 }, (_, i) => tuple(atom('job'), int(from + i))));
    const { diff } = buildTree(window(2), options, window(1));
    expect(diff).toEqual([
      { path: '3', before: undefined, after: '{:job, 5}' },
      { path: '0', before: '{:job, 1}', after: undefined },
    ]);
  });

  it('says what was not recorded', () => {
    const cut = map([
      [atom('token'), { kind: 'redacted' }],
      [atom('deep'), { kind: 'cut', why: 'depth' }],
      [atom('text'), { kind: 'binary', bytes: new Uint8Array([65]), size: 5_000 }],
      [atom('many'), { kind: 'list', elements: [atom('x')], more: true }],
      [atom('wide'), { kind: 'tuple', elements: [atom('x')], size: 9 }],
    ]);
    const { tree } = buildTree(cut, options);
    expect(tree.c?.map((each) => [each.l, each.lost, each.more])).toEqual([
      ['token:', 'secret', undefined],
      ['deep:', 'depth', undefined],
      ['text:', 'bytes', undefined],
      ['many:', 'elements', -1],
      ['wide:', 'elements', 8],
    ]);
  });

  it('does not call a key removed where keys were cut away', () => {
    const before = map([[atom('a'), int(1)]]);
    const after: Term = { kind: 'map', entries: [[atom('b'), int(1)]], size: 7 };
    expect(buildTree(after, options, before).tree.gone).toBeUndefined();
  });

  it('leads back from labels to the part', () => {
    const value = map([[binary('mug'), list([int(1), tuple(atom('x'), localPid(9))])]]);
    expect(partAt(value, ['"mug" =>', '1', '0'], 'elixir')).toEqual(atom('x'));
    expect(partAt(value, ['"mug" =>', '7'], 'elixir')).toBeUndefined();
  });

  it('holds a huge value within bounds', () => {
    const huge = list(Array.from({ length: 50_000 }, (_, i) => tuple(atom('n'), int(i))));
    const { tree } = buildTree(huge, options);
    expect(JSON.stringify(tree).length).toBeLessThan(2_000_000);
    expect(tree.more).toBeGreaterThan(40_000);
  });
});

describe('sameness of recorded values', () => {
  it('does not depend on the order of a map, and does on the kind of a number', () => {
    const ab = map([
      [atom('a'), int(1)],
      [atom('b'), int(2)],
    ]);
    const ba = map([
      [atom('b'), int(2)],
      [atom('a'), int(1)],
    ]);
    expect(equalTerms(ab, ba)).toBe(true);
    expect(equalTerms(int(1), { kind: 'float', value: 1 })).toBe(false);
    expect(equalTerms(int(2n ** 70n), int(2n ** 70n))).toBe(true);
    expect(equalTerms({ kind: 'float', value: 0 }, { kind: 'float', value: -0 })).toBe(false);
  });
});
