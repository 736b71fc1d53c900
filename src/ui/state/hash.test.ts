import { describe, expect, it } from 'vitest';
import { fromHash, toHash } from './hash.js';
import { initialState } from './view-state.js';

const views = {
  main: 'compare',
  flat: true,
  camera: '1_2_-3.5_0.5_0.6_100',
  marks: true,
  mark: 'a1-B',
  match: 'tea & co',
  backwards: true,
  query: { text: 'select 1', chart: 'bar' },
  colour: 'errors',
  size: 'cpu',
  follow: true,
  closedApplications: new Set(['shop', 'a & b']),
  grouping: 'application',
  sorting: 'memory',
  pinned: [7, 3],
  area: { fromNs: 10, toNs: 20, processes: [1, 2] },
  totals: { part: 'flame', sort: undefined, process: 2, path: [7, 9] },
  sequenceScale: 'time',
  base: { seq: 7, ns: 70 },
  sides: true,
  focus: { level: 'expression', selected: 12, module: 'Elixir.Shop.Stock', label: 'free: all' },
  compare: {
    left: { recording: 0, process: 3, fromSeq: 0 },
    right: { recording: 1, process: 4, fromSeq: 12 },
    row: 5,
  },
} as const;

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
      frame: 4700,
      source: { module: 'Elixir.Shop.Stock', line: 48, pinned: true, nonce: 3 },
      sequence: [3, 4],
      split: 0.3,
      tall: new Set([4, 12]),
      speed: 0.01,
      unit: 'line',
      origin: { process: 4, seq: 99, path: ['stock:', '"mug" =>'], result: undefined },
      ...views,
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
      frame: 4700,
      source: { module: 'Elixir.Shop.Stock', line: 48, pinned: true, nonce: 1 },
      sequence: [3, 4],
      split: 0.3,
      tall: new Set([4, 12]),
      speed: 0.01,
      unit: 'line',
      who: { process: 4, seq: 99, path: ['stock:', '"mug" =>'] },
      ...views,
    });
  });

  it('leaves out what makes no sense', () => {
    expect(
      fromHash(
        '#p=<b>&t=-3&w=9-1&e=1e9&theme=pink&fold=x,p1&hide=all&f=x&src=A:-1&split=7&tall=1,b,3&speed=2e9&unit=day&main=x&area=9-3&base=4&cmp=0.1.2&cmp=9.1.2-0.1.2-3&closed=,&who=3-4-[1]&level=moon',
      ),
    ).toEqual({
      ...fromHash(''),
      hidden: new Set(),
      toggled: new Set(['p1']),
      tall: new Set([1, 3]),
    });
  });
});
