import { describe, expect, it } from 'vitest';
import type { AreaFlame } from '../../server/index.js';
import { beside, layFlame } from './flame-layout.js';

/**
 *   0 ─┬─ 1 ─┬─ 3      own: 1 of 0, 2 of 1, 1 of 3, 4 of 4, 2 of 2
 *      └─ 2  └─ 4
 */
const flame: AreaFlame = {
  names: {},
  fn: [0, 11, 12, 13, 14],
  parent: [-1, 0, 0, 1, 1],
  ownNs: [1, 2, 2, 1, 4],
  totalNs: [10, 7, 2, 1, 4],
  calls: [0, 1, 1, 1, 1],
  left: 0,
};
const drawn = (least: number): string[] =>
  layFlame(flame, least).map((box) => `${' '.repeat(box.depth)}${String(box.node)} ${box.left.toFixed(1)}+${box.width.toFixed(1)}`); // prettier-ignore

describe('a flame graph', () => {
  it('puts what is called below what calls, the largest first', () => {
    expect(drawn(0)).toEqual(['0 0.0+1.0', ' 1 0.0+0.7', '  4 0.0+0.4', '  3 0.4+0.1', ' 2 0.7+0.2']);
  });

  it('leaves out what cannot be seen, and everything where there is no time', () => {
    expect(drawn(0.15)).toEqual(['0 0.0+1.0', ' 1 0.0+0.7', '  4 0.0+0.4', ' 2 0.7+0.2']);
    expect(layFlame({ ...flame, totalNs: [0, 0, 0, 0, 0] }, 0)).toEqual([]);
  });

  it('is walked through with arrows', () => {
    const boxes = layFlame(flame, 0);
    const go = (from: number, key: string): number => boxes[beside(boxes, from, key, flame.parent)]!.node;
    expect(go(0, 'ArrowDown')).toBe(1);
    expect(go(1, 'ArrowDown')).toBe(4);
    expect(go(2, 'ArrowRight')).toBe(3);
    expect(go(3, 'ArrowLeft')).toBe(4);
    expect(go(3, 'ArrowUp')).toBe(1);
    expect(go(1, 'ArrowRight')).toBe(2);
    expect(go(4, 'ArrowRight')).toBe(2);
    expect(go(0, 'ArrowUp')).toBe(0);
  });
});
