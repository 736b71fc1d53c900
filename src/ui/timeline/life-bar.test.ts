import { describe, expect, it } from 'vitest';
import { packShares } from './activity-data.js';
import { LifeBar } from './life-bar.js';
import { Raster } from './raster.js';
import { TILE_BINS, TileCache } from './tiles.js';
import { Columns } from './tiles-in-view.js';

const COLOURS = { life: 1, running: 2, waiting: 3 };
const LETTERS = [' ', '-', 'R', 'w'];

/** Paints a bar of 4 rows, a pixel a bin of 1 ns, from letters: R ran, h ran for half of it, w waited, . idle. */
function painted(text: string, life: readonly [number, number] = [0, text.length]): { rows: string[]; bar: LifeBar } {
  const bins = new Uint32Array(TILE_BINS);
  [...text].forEach((letter, i) => {
    if (letter !== '?') bins[i] = packShares(letter === 'R' ? 255 : letter === 'h' ? 128 : 0, letter === 'w' ? 255 : 0);
  });
  const cache = new TileCache();
  cache.put(0, 0, 7, bins);
  const bar = new LifeBar();
  bar.begin();
  const width = text.length;
  const raster = new Raster();
  raster.resize(width, 4);
  const columns = new Columns();
  columns.begin({ fromNs: 0, toNs: width }, 0, width);
  bar.paint(
    raster,
    1,
    { process: 7, top: 0 },
    { from: life[0], to: life[1], y0: 0, y1: 4, ground: new Uint32Array(width) },
    columns.of(cache),
    COLOURS,
  );
  const rows = Array.from({ length: 4 }, (_, y) =>
    Array.from({ length: width }, (_, x) => LETTERS[raster.pixels[y * width + x]!]).join(''),
  );
  return { rows, bar };
}

describe('the bar of a life', () => {
  it('is solid where a process ran, hatched where it waited, a line where it was idle', () => {
    const { rows } = painted('RRhh..wwwwww');
    expect(rows.map((row) => row.slice(0, 6))).toEqual(['RR    ', 'RR  --', 'RRRR--', 'RRRR  ']);
    // Each row of the hatching has stripes and gaps, moved by one from the row before.
    for (const row of rows) expect(new Set(row.slice(6))).toEqual(new Set(['w', '-']));
    expect(rows[1]!.slice(6, 10)).toBe(rows[0]!.slice(7, 11));
  });

  it('ends where the life does, and says in which share of it the process ran and waited', () => {
    const { rows, bar } = painted('....RRRRww..', [2, 10]);
    expect(rows[0]).toMatch(/^ {4}RRRR..  $/);
    expect(bar.shares.get(7)).toEqual({ running: 0.5, waiting: 0.25 });
  });

  it('tells where a waiting is wide enough to be drawn over a call', () => {
    expect(painted('RwwRwwwwRRww').bar.waits.map(({ x0, x1 }) => [x0, x1])).toEqual([[4, 8]]);
    expect(painted('RRRRwwww').bar.waits.map(({ x0, x1 }) => [x0, x1])).toEqual([[4, 8]]);
  });
});
