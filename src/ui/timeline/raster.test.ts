import { describe, expect, it } from 'vitest';
import { Raster } from './raster.js';

const WHITE = 0xffffffff;
const BLACK = 0xff000000;

function raster(width: number, height: number): Raster {
  const made = new Raster();
  made.resize(width, height);
  made.pixels.fill(WHITE);
  return made;
}
/** How dark each pixel of a row is, in hundredths. */
const dark = (of: Raster, y: number): number[] =>
  [...of.pixels.subarray(y * of.width, (y + 1) * of.width)].map((each) => Math.round((1 - (each & 255) / 255) * 100));

describe('a picture of pixels', () => {
  it('fills what is inside, and nothing above or below its bounds', () => {
    const picture = raster(20, 4);
    picture.top = 1;
    picture.bottom = 3;
    picture.fill(-5, -5, 2, 9, BLACK);
    picture.fill(5, 0, 40, 9, BLACK);
    expect(dark(picture, 0).every((each) => each === 0)).toBe(true);
    expect(dark(picture, 1)).toEqual([100, 100, 0, 0, 0, ...Array<number>(15).fill(100)]);
    expect(dark(picture, 2)).toEqual(dark(picture, 1));
    expect(dark(picture, 3).every((each) => each === 0)).toBe(true);
  });

  it('has soft ends where a span begins or ends within a pixel', () => {
    const picture = raster(6, 1);
    picture.span(0, 1.5, 4.25, BLACK);
    expect(dark(picture, 0)).toEqual([0, 50, 100, 100, 25, 0]);
    const narrow = raster(3, 1);
    narrow.span(0, 1.25, 1.75, BLACK);
    expect(dark(narrow, 0)).toEqual([0, 50, 0]);
    const outside = raster(3, 1);
    for (const [from, to] of [
      [-3, -1],
      [3, 8],
      [2, 2],
    ] as const)
      outside.span(0, from, to, BLACK);
    expect(dark(outside, 0)).toEqual([0, 0, 0]);
  });

  it('mixes each channel, and stays opaque', () => {
    const picture = raster(1, 1);
    picture.pixels[0] = 0xff204060;
    picture.mix(0, 0xff80c0e0, 128);
    expect(picture.pixels[0]!.toString(16)).toBe('ff5080a0');
  });
});
