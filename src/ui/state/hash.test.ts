import { describe, expect, it } from 'vitest';
import { fromHash, toHash } from './hash.js';
import { initialState } from './view-state.js';

describe('the address', () => {
  it('brings back what it was made from', () => {
    const hash = toHash({
      ...initialState,
      selected: 12,
      moment: { ns: 5, seq: 4711 },
      window: { fromNs: 10.4, toNs: 2_000_000_000 },
      event: 9,
      filter: 'Shop & co',
      hidden: new Set(['log']),
      toggled: new Set(['p3', 'runtime0']),
      theme: 'dark',
    });
    expect(fromHash(`#${hash}`)).toEqual({
      selected: 12,
      momentSeq: 4711,
      window: { fromNs: 10, toNs: 2_000_000_000 },
      event: 9,
      filter: 'Shop & co',
      hidden: new Set(['log']),
      toggled: new Set(['p3', 'runtime0']),
      theme: 'dark',
    });
  });

  it('leaves out what makes no sense', () => {
    expect(fromHash('#p=<b>&t=-3&w=9-1&e=1e9&theme=pink&fold=x,p1&hide=all')).toEqual({
      hidden: new Set(),
      toggled: new Set(['p1']),
    });
  });
});
