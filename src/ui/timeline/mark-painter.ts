/** Single events and calls, where few enough are in view, painted into pixels; what a call is called is left to the canvas, as a list. */
import type { Family } from '../model/families.js';
import { BANDS } from './lane-painter.js';
import type { Wait } from './life-bar.js';
import { pixel, type Palette } from './palette.js';
import type { Raster } from './raster.js';
import type { Marks, Slices } from './timeline-data.js';

/** Of a call in its row. */
const SLICE_TOP = BANDS.function[0] - 1;
const SLICE_HEIGHT = BANDS.function[1] - BANDS.function[0] + 3;
const CORNER = 2.5;
/** Narrower ones are in the painted density already. */
const LEAST_PX = 1.5;
/** Room that the name of a call needs, and leaves at both ends. */
const NAMED_PX = 34;

/** Where things lie: device pixels, but for `topOf`. */
export interface Places {
  scale: number;
  fromNs: number;
  /** Of a device pixel. */
  nsPerPx: number;
  /** Top of a process's own lane in CSS pixels from the top of the canvas, by number; NaN: not in view. */
  topOf: Float64Array;
}

/** A name over a call: CSS pixels. */
export interface SliceText {
  text: string;
  x: number;
  y: number;
  room: number;
  raised: boolean;
}

export class MarkPainter {
  private colours = { slice: 0, raised: 0, wait: 0, background: 0 };
  private families: Partial<Record<Family, number>> = {};
  /** How far a rounded corner comes in, by row. */
  private corner: readonly number[] = [];

  configure(palette: Palette): void {
    this.colours = {
      slice: pixel(palette.slice),
      raised: pixel(palette.crash),
      wait: pixel(palette.wait),
      background: pixel(palette.background),
    };
    for (const [family, colour] of Object.entries(palette.family) as [Family, string][])
      this.families[family] = pixel(colour);
  }

  /** The outermost calls; tall lanes have room of their own for all. Adds their names to `texts`. */
  slices(raster: Raster, places: Places, data: Slices, tall: ReadonlySet<number>, texts: SliceText[]): void {
    const { scale, fromNs, nsPerPx, topOf } = places;
    const { process, depth, startNs, endNs, raised, name } = data;
    const { width } = raster;
    const high = Math.round(SLICE_HEIGHT * scale);
    if (this.corner.length !== high) this.corner = corners(high, CORNER * scale);
    for (let i = 0; i < process.length; i++) {
      // A row has room for the outermost ones.
      if (depth[i] !== 0) continue;
      const top = topOf[process[i]!]!;
      if (!(top > -Infinity)) continue;
      const end = endNs[i]!;
      const x0 = (startNs[i]! - fromNs) / nsPerPx;
      const x1 = end < 0 ? width + 4 : (end - fromNs) / nsPerPx;
      if (x1 < 0 || x0 > width || x1 - x0 < LEAST_PX * scale || tall.has(process[i]!)) continue;
      const left = Math.max(-4, x0);
      const right = Math.min(width + 4, x1);
      const y = Math.round((top + SLICE_TOP) * scale);
      const colour = raised[i] === 1 ? this.colours.raised : this.colours.slice;
      if (right - left > 5 * scale) this.rounded(raster, left, y, right, high, colour);
      else for (let row = 0; row < high; row++) raster.span(y + row, left, right, colour);
      const from = Math.max(0, left) / scale;
      const room = right / scale - from;
      if (room >= NAMED_PX)
        texts.push({
          text: data.short[name[i]!] ?? '',
          x: from + 4,
          y: top + SLICE_TOP + SLICE_HEIGHT / 2 + 0.5,
          room: room - 8,
          raised: raised[i] === 1,
        });
    }
  }

  private rounded(raster: Raster, left: number, y: number, right: number, high: number, colour: number): void {
    for (let row = 0; row < high; row++) {
      const inset = this.corner[row]!;
      raster.span(y + row, left + inset, right - inset, colour);
    }
  }

  /** Over calls that are drawn by name: where they only waited for an answer. */
  waits(raster: Raster, scale: number, waits: readonly Wait[]): void {
    const { background, wait } = this.colours;
    const { pixels, width } = raster;
    const hatch = Math.max(3, Math.round(4 * scale));
    for (const { top, x0, x1 } of waits) {
      const from = Math.round(top + (SLICE_TOP + SLICE_HEIGHT / 2) * scale);
      const to = Math.min(raster.bottom, Math.round(top + (SLICE_TOP + SLICE_HEIGHT) * scale));
      for (let y = Math.max(raster.top, from); y < to; y++)
        for (let x = x0; x < x1; x++)
          if ((x + y) % hatch < scale) pixels[y * width + x] = wait;
          else raster.mix(y * width + x, background, 192);
    }
  }

  /** `familyOf`: by kind; undefined: not to be drawn. */
  marks(raster: Raster, places: Places, data: Marks, familyOf: readonly (Family | undefined)[]): void {
    const { scale, fromNs, nsPerPx, topOf } = places;
    const far = raster.width + 6 * scale;
    for (let i = 0; i < data.ns.length; i++) {
      const x = (data.ns[i]! - fromNs) / nsPerPx;
      if (x < -6 * scale || x > far) continue;
      const top = topOf[data.process[i]!]!;
      const family = familyOf[data.kind[i]!];
      if (!(top > -Infinity) || family === undefined) continue;
      const [first, last] = BANDS[family];
      const y = (top + first) * scale;
      const colour = this.families[family]!;
      if (family === 'state') {
        const middle = y + 1.8 * scale;
        const reach = 3.8 * scale;
        for (let row = Math.floor(middle - reach); row <= middle + reach; row++) {
          const half = (3.5 * scale * (reach - Math.abs(row + 0.5 - middle))) / reach;
          if (half > 0) raster.span(row, x - half, x + half, colour);
        }
      } else if (family === 'message') {
        const middle = y + 2 * scale;
        const radius = 2.4 * scale;
        for (let row = Math.floor(middle - radius); row <= middle + radius; row++) {
          const square = radius ** 2 - (row + 0.5 - middle) ** 2;
          if (square > 0) raster.span(row, x - Math.sqrt(square), x + Math.sqrt(square), colour);
        }
      } else {
        const half = (family === 'function' ? 0.75 : 1) * scale;
        const bottom = Math.round((top + last + 1) * scale);
        for (let row = Math.round(y); row < bottom; row++) raster.span(row, x - half, x + half, colour);
      }
    }
  }
}

/** For each row of a rectangle with rounded corners, how much is missing at each end. */
function corners(high: number, radius: number): number[] {
  return Array.from({ length: high }, (_, row) => {
    const away = radius - Math.min(row + 0.5, high - row - 0.5);
    return away <= 0 ? 0 : radius - Math.sqrt(Math.max(0, radius ** 2 - away ** 2));
  });
}

/** Fills `topOf` for the lanes in view, for processes up to `most`. */
export function topsOf(
  topOf: Float64Array,
  most: number,
  lanes: readonly { process: number; top: number }[],
): Float64Array {
  const tops = topOf.length > most ? topOf : new Float64Array(most + 1);
  tops.fill(NaN);
  for (const { process, top } of lanes) if (process > 0) tops[process] = top;
  return tops;
}
