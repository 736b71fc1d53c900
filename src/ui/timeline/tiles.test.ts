import { describe, expect, it } from 'vitest';
import { binFamilies, binWeight, levelFor, missingTiles, packBin, TILE_BINS, TileCache, tileNs } from './tiles.js';

describe('tiles', () => {
  it('keep families and the magnitude of a count in one number', () => {
    expect(packBin(0b101, 0)).toBe(0);
    const bin = packBin(0xffffff, 0xffffffff);
    expect([binFamilies(bin), binWeight(bin)]).toEqual([0xffffff, 32]);
    expect([1, 2, 3, 4, 1_000].map((count) => binWeight(packBin(1, count)))).toEqual([1, 2, 2, 3, 10]);
  });

  it('have bins of at most a pixel', () => {
    for (const nsPerPx of [0.2, 1, 3, 1_000, 123_456_789]) {
      const bin = 2 ** levelFor(nsPerPx);
      expect(bin).toBeLessThanOrEqual(Math.max(1, nsPerPx));
      expect(bin * 2).toBeGreaterThan(nsPerPx);
    }
  });

  it('are asked for where they lack: what is seen first, then as much on both sides', () => {
    const cache = new TileCache();
    const span = tileNs(4);
    const window = { fromNs: span * 10, toNs: span * 12 - 1, endNs: span * 100 };
    const bins = new Uint32Array(TILE_BINS);
    expect(missingTiles(cache, window, 4, [1, 2])).toEqual({ level: 4, first: 10, count: 2, processes: [1, 2] });
    for (const index of [10, 11]) for (const process of [1, 2]) cache.put(4, index, process, bins);
    expect(missingTiles(cache, window, 4, [1, 2])).toEqual({ level: 4, first: 8, count: 6, processes: [1, 2] });
    for (let index = 8; index < 14; index++) for (const process of [1, 2]) cache.put(4, index, process, bins);
    expect(missingTiles(cache, window, 4, [1, 2])).toBeUndefined();
    cache.forgetAfter(span * 13);
    expect(missingTiles(cache, window, 4, [2])).toEqual({ level: 4, first: 13, count: 1, processes: [2] });
  });

  it('are stood in for by coarser ones', () => {
    const cache = new TileCache();
    const bins = new Uint32Array(TILE_BINS);
    cache.put(9, 3, 7, bins);
    expect(cache.coarser(4, tileNs(9) * 3.5, 7)).toEqual({ bins, level: 9, index: 3 });
    expect(cache.coarser(4, tileNs(9) * 4.5, 7)).toBeUndefined();
  });

  it('do not grow without bound', () => {
    const cache = new TileCache();
    const bins = new Uint32Array(0);
    for (let i = 0; i < 100_000; i++) cache.put(1, i, 1, bins);
    expect(cache.get(1, 0, 1)).toBeUndefined();
    expect(cache.get(1, 99_999, 1)).toBe(bins);
  });
});
