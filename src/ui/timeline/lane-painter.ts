/**
 * Paints what happened in each lane into pixels, one mark a pixel, however many events there are.
 *
 * A lane of 26 pixels:  ─ messages ─ callbacks ─ state ─ from top to bottom; births, ends and logs stand over the whole height.
 */
import { FAMILIES, familyBit, type Family } from '../model/families.js';
import { pixel, ramp, type Palette } from './palette.js';
import { eachTile } from './activity-data.js';
import { LifeBar } from './life-bar.js';
import { binFamilies, binWeight, type TileCache } from './tiles.js';

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
  top: number;
  height: number;
  alt: boolean;
  selected: boolean;
  /** Span of its life in ns; -1: open. */
  fromNs: number;
  toNs: number;
}

export class LanePainter {
  private image: ImageData | undefined;
  private pixels = new Uint32Array(0);
  private kinds = new Uint32Array(0);
  private weights = new Uint8Array(0);
  private ramps: Partial<Record<Family, Uint32Array>> = {};
  /** When each ran and waited, as last painted. */
  readonly life = new LifeBar();

  configure(palette: Palette): void {
    for (const family of FAMILIES) this.ramps[family] = ramp(palette.background, palette.family[family], STEPS, 0.68);
  }

  /** Sizes in device pixels; `scale` device pixels are one CSS pixel. */
  paint(
    context: CanvasRenderingContext2D,
    width: number,
    height: number,
    scale: number,
    view: {
      palette: Palette;
      window: { fromNs: number; toNs: number };
      level: number;
      lanes: readonly PaintedLane[];
      grid: readonly number[];
      cache: TileCache;
      /** Shares of running and waiting. */
      activity: TileCache;
      hidden: ReadonlySet<Family>;
      /** Whether single events are drawn by someone else. */
      exact: boolean;
    },
  ): void {
    if (width < 1 || height < 1) return;
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = context.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.kinds = new Uint32Array(width);
      this.weights = new Uint8Array(width);
    }
    const { palette } = view;
    const { pixels } = this;
    pixels.fill(pixel(palette.background));
    const nsPerPx = (view.window.toNs - view.window.fromNs) / width;
    const colours = {
      alt: pixel(palette.laneAlt),
      selected: pixel(palette.selected),
      life: pixel(palette.life),
      running: this.ramps.function![STEPS >> 1]!,
      waiting: pixel(palette.wait),
      grid: pixel(palette.faint),
    };
    for (const lane of view.lanes) {
      const top = Math.round(lane.top * scale);
      const bottom = Math.round((lane.top + lane.height) * scale);
      if (lane.alt || lane.selected)
        this.rectangle(0, top, width, bottom, lane.selected ? colours.selected : colours.alt, width, height);
    }
    for (const x of view.grid) {
      if (x < 0 || x >= width) continue;
      for (let y = 0, at = x; y < height; y++, at += width) pixels[at] = colours.grid;
    }
    this.life.begin();
    for (const lane of view.lanes) {
      if (lane.process === 0) continue;
      const from = lane.fromNs < 0 ? 0 : Math.floor((lane.fromNs - view.window.fromNs) / nsPerPx);
      const to = lane.toNs < 0 ? width : Math.ceil((lane.toNs - view.window.fromNs) / nsPerPx);
      const start = Math.max(lane.fromNs < 0 ? Math.floor(-view.window.fromNs / nsPerPx) : from, 0);
      const y0 = Math.round((lane.top + BANDS.function[0]) * scale);
      const y1 = Math.round((lane.top + BANDS.function[1] + 1) * scale);
      this.life.paint(
        pixels,
        { width, height, scale },
        lane,
        { from: start, to: Math.min(to, width), y0, y1 },
        { window: view.window, level: view.level, cache: view.activity },
        colours,
      );
      if (!view.exact) this.density(lane, view, nsPerPx, width, height, scale);
    }
    context.putImageData(this.image!, 0, 0);
  }

  private density(
    lane: PaintedLane,
    view: { window: { fromNs: number; toNs: number }; level: number; cache: TileCache; hidden: ReadonlySet<Family> },
    nsPerPx: number,
    width: number,
    height: number,
    scale: number,
  ): void {
    const { kinds, weights } = this;
    kinds.fill(0);
    weights.fill(0);
    let any = false;
    eachTile(view.cache, view.window, view.level, lane.process, (bins, from, to, startNs, binNs) => {
      any = this.spread(bins, from, to, startNs, binNs, view.window.fromNs, nsPerPx, width) || any;
    });
    if (!any) return;
    const { pixels } = this;
    for (const family of ORDER) {
      if (view.hidden.has(family)) continue;
      const mask = familyBit(family);
      const steps = this.ramps[family]!;
      const [first, last] = BANDS[family];
      // Calls are in the life bar already: only that there are some is marked, at its foot.
      const low = family === 'function' && this.life.shares.has(lane.process) ? last - 1 : first;
      const y0 = Math.max(0, Math.round((lane.top + low) * scale));
      const y1 = Math.min(height, Math.round((lane.top + last + 1) * scale));
      for (let x = 0; x < width; x++) {
        if ((kinds[x]! & mask) === 0) continue;
        const colour = steps[Math.min(STEPS - 1, weights[x]! - 1)]!;
        for (let y = y0, at = y0 * width + x; y < y1; y++, at += width) pixels[at] = colour;
      }
    }
  }

  private spread(
    bins: Uint32Array,
    from: number,
    to: number,
    startNs: number,
    binNs: number,
    windowNs: number,
    nsPerPx: number,
    width: number,
  ): boolean {
    const { kinds, weights } = this;
    let any = false;
    for (let i = from; i < to; i++) {
      const bin = bins[i]!;
      if (bin === 0) continue;
      const left = (startNs + i * binNs - windowNs) / nsPerPx;
      const x0 = Math.max(0, Math.floor(left));
      const x1 = Math.min(width, Math.max(x0 + 1, Math.floor(left + binNs / nsPerPx)));
      if (left + 1 < 0) continue;
      for (let x = x0; x < x1; x++) {
        any = true;
        kinds[x] = kinds[x]! | binFamilies(bin);
        if (weights[x]! < binWeight(bin)) weights[x] = binWeight(bin);
      }
    }
    return any;
  }

  private rectangle(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    colour: number,
    width: number,
    height: number,
  ): void {
    if (x1 <= x0) return;
    for (let y = Math.max(0, y0); y < Math.min(height, y1); y++) {
      this.pixels.fill(colour, y * width + Math.max(0, x0), y * width + Math.min(width, x1));
    }
  }
}
