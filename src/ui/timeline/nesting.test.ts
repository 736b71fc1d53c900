import { describe, expect, it } from 'vitest';
import { nesting } from './nesting.js';

/** Slices drawn one a line, `-` where they last; the process in front. Gives the depths in that order. */
function depths(drawing: string): number[] {
  const lines = drawing
    .split('\n')
    .map((line) => /^\s*(\d) ( *)(-+)(>?)$/.exec(line))
    .filter((found) => found !== null);
  const start = lines.map(([, , space]) => space!.length);
  return [
    ...nesting({
      process: Uint32Array.from(lines, ([, process]) => Number(process)),
      startNs: Float64Array.from(start),
      endNs: Float64Array.from(lines, ([, , , dashes, open], i) => (open === '>' ? -1 : start[i]! + dashes!.length)),
      seq: Float64Array.from(lines, (_, i) => i + 1),
    }),
  ];
}

describe('nesting', () => {
  it('puts calls below those in which they were made', () => {
    expect(
      depths(`
        1 ----------
        1 ----
        1  --
        1     ---
        1           --
        2  -----
      `),
    ).toEqual([0, 1, 2, 1, 0, 0]);
  });

  it('takes a call that ends as another begins for its neighbour, and an open one for all that follows', () => {
    expect(
      depths(`
        1 --->
        1 --
        1   --
        1    ---->
        1     -
      `),
    ).toEqual([0, 1, 1, 2, 3]);
  });
});
