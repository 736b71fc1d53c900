/**
 * Paints what happened in each lane into pixels, one mark a pixel, however many events there are.
 *
 * A lane of 26 pixels:  ─ messages ─ callbacks ─ state ─ from top to bottom; births, ends and logs stand over the whole height.
 */
import { FAMILIES, familyBit, type Family } from '../model/families.js';
import { pixel, ramp, type Palette } from './palette.js';
import { LifeBar } from './life-bar.js';
import type { Raster } from './raster.js';
import { binFamilies } from './tiles.js';
import { Occupied, type TileReader, type TilesInView } from './tiles-in-view.js';

const STEPS = 12;
/** First and last row of each family's band. */
export const BANDS: Record<Family, readonly [number, number]> = {
  message: [4, 8],
  function: [10, 17],
  state: [19, 22],
  process: [4, 22],
  log: [4, 22],
  line: [19, 20],
  data: [19, 24],
  system: [23, 24],
};
/** Painted in this order: what is rare comes on top. */
const ORDER: readonly Family[] = ['system', 'message', 'function', 'line', 'data', 'state', 'process', 'log'];

export interface PaintedLane {
  process: number;
  /** In CSS pixels, from the top of the canvas. */
  top: number;
  height: number;
  alt: boolean;
  selected: boolean;
  /** Span of its life in ns; -1: open. */
  fromNs: number;
  toNs: number;
}

export interface PaintedView {
  window: { fromNs: number; toNs: number };
  /** Columns of the grid. */
  grid: readonly number[];
  counts: TilesInView;
  /** Shares of running and waiting. */
  activity: TilesInView;
  hidden: ReadonlySet<Family>;
  /** Whether single events are drawn by someone else. */
  exact: boolean;
}

export class LanePainter {
  /** By column of the lane that is being painted: a bin, of all that lies there. */
  private told = new Uint32Array(0);
  private readonly occupied = new Occupied(-1);
  /** Families in them. */
  private occur = 0;
  /** Those of its columns where something of one family is, and their colours. */
  private columns = new Uint16Array(0);
  private colours = new Uint32Array(0);
  /** By weight of a bin. */
  private ramps: Partial<Record<Family, Uint32Array>> = {};
  private palette = { background: 0, alt: 0, selected: 0, life: 0, running: 0, waiting: 0, grid: 0 };
  /** When each ran and waited, as last painted. */
  readonly life = new LifeBar();

  configure(palette: Palette): void {
    for (const family of FAMILIES) {
      const steps = ramp(palette.background, palette.family[family], STEPS, 0.68);
      this.ramps[family] = Uint32Array.from({ length: 33 }, (_, weight) => steps[Math.min(STEPS, weight) - 1] ?? 0);
    }
    this.palette = {
      background: pixel(palette.background),
      alt: pixel(palette.laneAlt),
      selected: pixel(palette.selected),
      life: pixel(palette.life),
      running: this.ramps.function![(STEPS >> 1) + 1]!,
      waiting: pixel(palette.wait),
      grid: pixel(palette.faint),
    };
  }

  /** All rows between the bounds of the raster. `scale` device pixels are one CSS pixel. */
  paint(raster: Raster, scale: number, lanes: readonly PaintedLane[], view: PaintedView): void {
    const { width, top, bottom } = raster;
    if (this.told.length !== width) {
      this.told = new Uint32Array(width);
      this.columns = new Uint16Array(width + 1);
      this.colours = new Uint32Array(width + 1);
    }
    const colours = this.palette;
    const nsPerPx = (view.window.toNs - view.window.fromNs) / width;
    const ground = {
      plain: this.groundOf(width, colours.background, view.grid),
      alt: this.groundOf(width, colours.alt, view.grid),
      selected: this.groundOf(width, colours.selected, view.grid),
    };
    const under = (lane: PaintedLane): Uint32Array => lane.selected ? ground.selected : lane.alt ? ground.alt : ground.plain; // prettier-ignore
    // From lane to lane, with what lies between and beneath them.
    let y = top;
    for (const lane of lanes) {
      const first = Math.round(lane.top * scale);
      const last = Math.round((lane.top + lane.height) * scale);
      raster.rows(y, first, ground.plain);
      raster.rows(first, last, under(lane));
      y = Math.max(y, last);
    }
    raster.rows(y, bottom, ground.plain);
    for (const lane of lanes) {
      if (lane.process === 0) continue;
      const from = lane.fromNs < 0 ? 0 : Math.floor((lane.fromNs - view.window.fromNs) / nsPerPx);
      const to = lane.toNs < 0 ? width : Math.ceil((lane.toNs - view.window.fromNs) / nsPerPx);
      const start = Math.max(lane.fromNs < 0 ? Math.floor(-view.window.fromNs / nsPerPx) : from, 0);
      const y0 = Math.round((lane.top + BANDS.function[0]) * scale);
      const y1 = Math.round((lane.top + BANDS.function[1] + 1) * scale);
      const place = { process: lane.process, top: lane.top * scale };
      const bar = { from: start, to: Math.min(to, width), y0, y1, ground: under(lane) };
      this.life.paint(raster, scale, place, bar, view.activity, colours);
      if (!view.exact) this.density(raster, scale, lane, view);
    }
  }

  /** A row of a lane in which nothing is. */
  private groundOf(width: number, colour: number, grid: readonly number[]): Uint32Array {
    const row = new Uint32Array(width).fill(colour);
    for (const x of grid) if (x >= 0 && x < width) row[x] = this.palette.grid;
    return row;
  }

  private density(raster: Raster, scale: number, lane: PaintedLane, view: PaintedView): void {
    const { told, columns, colours } = this;
    const { width, pixels } = raster;
    told.fill(0);
    this.occur = 0;
    view.counts.read(lane.process, this.reader);
    const occur = binFamilies(this.occur);
    if (occur === 0) return;
    for (const family of ORDER) {
      const mask = familyBit(family);
      if ((occur & mask) === 0 || view.hidden.has(family)) continue;
      const steps = this.ramps[family]!;
      const [first, last] = BANDS[family];
      // Calls are in the life bar already: only that there are some is marked, at its foot.
      const low = family === 'function' && this.life.shares.has(lane.process) ? last - 1 : first;
      const y0 = Math.max(raster.top, Math.round((lane.top + low) * scale));
      const y1 = Math.min(raster.bottom, Math.round((lane.top + last + 1) * scale));
      if (y1 <= y0) continue;
      // First which columns, without asking at each: whether something is there is as good as random, and a guess gone wrong costs ten pixels.
      const shift = FAMILIES.indexOf(family);
      let n = 0;
      for (let x = 0; x < width; x++) {
        const what = told[x]!;
        columns[n] = x;
        colours[n] = steps[what >>> 24]!;
        n += (what >>> shift) & 1;
      }
      for (let y = y0; y < y1; y++) {
        const row = y * width;
        if (n === width) pixels.set(colours.subarray(0, n), row);
        else for (let i = 0; i < n; i++) pixels[row + columns[i]!] = colours[i]!;
      }
    }
  }

  /** Adds bins to what is told of the columns, and which families occur in them. */
  private readonly reader: TileReader = {
    fine: (bins, x, from, to) => {
      const { told } = this;
      let occur = 0;
      const some = this.occupied.of(bins);
      for (let k = 0; k < some.length; k++) {
        const i = some[k]!;
        if (i < from || i >= to) continue;
        const bin = bins[i]!;
        const at = x[i]!;
        const before = told[at]!;
        occur |= bin;
        told[at] = ((before | bin) & 0xffffff) | (Math.max(before >>> 24, bin >>> 24) << 24);
      }
      this.occur |= occur;
    },
    wide: (bins, from, to, begin, wide) => {
      const { told } = this;
      const width = told.length;
      const last = Math.min(to, Math.ceil((width - begin) / wide));
      for (let i = Math.max(from, Math.floor(-begin / wide)); i < last; i++) {
        const bin = bins[i]!;
        if (bin === 0) continue;
        const left = begin + i * wide;
        const x0 = left < 0 ? 0 : Math.floor(left);
        const x1 = Math.min(width, Math.max(x0 + 1, Math.floor(left + wide)));
        this.occur |= bin;
        for (let x = x0; x < x1; x++) {
          const before = told[x]!;
          told[x] = ((before | bin) & 0xffffff) | (Math.max(before >>> 24, bin >>> 24) << 24);
        }
      }
    },
  };
}
