import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHash, MAX_HASH, toHash } from './hash.js';
import { keep, MAX_KEPT, MAX_KEPT_LENGTH, type Kept } from './kept.js';
import { initialState, type ViewState } from './view-state.js';

const views = {
  main: 'compare',
  flat: true,
  camera: '1_2_-3.5_0.5_0.6_100',
  marks: true,
  mark: 'a1-B',
  match: 'tea & co',
  backwards: true,
  query: { text: 'select 1', chart: 'bar' },
  kept: new Map([
    ['fold.history', '1'],
    ['find', 'a & b: ü'],
  ]),
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

  /** A word or two, as a person or a program may write them, with what an address would trip over. */
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constantFrom('a&b=c', '#p=1', '50%', 'a+b', '<b>', 'a:b', '‹U+202E›', '"x"'),
  );
  const clean = text.map((each) => each.replace(/[\p{Cc}\p{Cs}]/gu, ''));
  const choices = fc
    .array(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/), clean), { maxLength: 60 })
    .map((all) => all.reduce<Kept>((kept, [name, value]) => keep(kept, name, value), new Map()));

  it('brings back what was chosen in panels, whatever was typed there', () => {
    fc.assert(
      fc.property(choices, clean, (kept, match) => {
        const back = fromHash(toHash({ ...initialState, kept, match }));
        expect([...back.kept]).toEqual([...kept]);
        expect(back.match).toBe(match);
      }),
    );
  });

  it('keeps the newest choices only, and none that is long', () => {
    let kept: Kept = new Map();
    for (let i = 0; i < MAX_KEPT + 10; i++) kept = keep(kept, `n${String(i)}`, 'x');
    expect([...kept.keys()]).toEqual(Array.from({ length: MAX_KEPT }, (_, i) => `n${String(i + 10)}`));
    const long = keep(kept, 'long', 'x'.repeat(MAX_KEPT_LENGTH + 1));
    expect(long.has('long')).toBe(true);
    expect(fromHash(toHash({ ...initialState, kept: long })).kept.has('long')).toBe(false);
    expect(keep(kept, 'No name', 'x').size).toBe(MAX_KEPT);
    expect(keep(kept, 'n20', undefined).has('n20')).toBe(false);
    expect([...fromHash('in=a:1&in=B:2&in=nothing&in=c:\u0007').kept]).toEqual([['a', '1']]);
  });

  it('never grows beyond its bound, and gives up lists before who, when and which view', () => {
    const processes = Array.from({ length: 5_000 }, (_, i) => i + 1_000_000);
    const wide: ViewState = {
      ...initialState,
      selected: 12,
      moment: { ns: 5, seq: 4711 },
      main: 'system',
      toggled: new Set(processes.map((each) => `a:${'x'.repeat(250)}${String(each)}`)),
      closedApplications: new Set(processes.map((each) => `${'ü'.repeat(200)}${String(each)}`)),
      area: { fromNs: 1, toNs: 2, processes },
      sequence: processes,
      pinned: processes,
      match: 'tea',
      query: { text: 'é'.repeat(9_000), chart: 'bar' },
      kept: new Map(processes.slice(0, MAX_KEPT).map((each) => [`n${String(each)}`, 'ü'.repeat(900)])),
    };
    const hash = toHash(wide);
    expect(hash.length).toBeLessThanOrEqual(MAX_HASH);
    expect(fromHash(hash)).toMatchObject({ selected: 12, momentSeq: 4711, main: 'system', match: 'tea' });
    // What fits still comes along.
    expect(fromHash(hash).pinned).toEqual(processes.slice(0, 50));
  });

  it('is never longer than its bound, whatever is chosen', () => {
    const list = fc.array(fc.nat(1e9), { maxLength: 4_000 });
    fc.assert(
      fc.property(list, fc.string({ unit: 'grapheme', maxLength: 10_000, size: 'max' }), choices, (all, sql, kept) => {
        const hash = toHash({
          ...initialState,
          sequence: all,
          tall: new Set(all),
          query: { text: sql, chart: 'auto' },
          kept,
        });
        expect(hash.length).toBeLessThanOrEqual(MAX_HASH);
      }),
      { numRuns: 30 },
    );
  });
});
