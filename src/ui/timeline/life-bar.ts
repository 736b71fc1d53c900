/**
 * The middle of a lane: how long a process lived, when it ran and when it waited for an answer.
 *
 *   ▆▆▆▆▆▆▆  ran: solid, as high as the share of the time in which it did
 *   ╱╱╱╱╱╱╱  waited for an answer: hatched, on top of that
 *   ───────  idle: a line
 *   ███████  (faint) alive, and more is not known
 */
import type { Raster } from './raster.js';
import type { TileReader, TilesInView } from './tiles-in-view.js';

export interface LifeBarColours {
  life: number;
  running: number;
  waiting: number;
}

/** A waiting that is wide enough to be drawn over a call that is drawn by name. */
export interface Wait {
  process: number;
  top: number;
  x0: number;
  x1: number;
}

/** How much of what is seen of its life a process ran and waited. */
export interface Shares {
  running: number;
  waiting: number;
}

const MAX_WAITS = 600;
const KNOWN = 1 << 16;

export class LifeBar {
  /** By column: the share in which it ran (8 bits) and waited (8 bits) as in a bin of `packShares`, and whether that is known. */
  private told = new Uint32Array(0);
  /** Columns in which it was idle, in which it did something, and of which nothing is known: told apart without asking at each. */
  private idle = new Uint16Array(0);
  private active = new Uint16Array(0);
  private unknown = new Uint16Array(0);
  private heights = { tall: 0, least: 0, of: new Uint8Array(256) };
  /** Of the last picture; `x0`, `x1` and `top` in device pixels. */
  waits: Wait[] = [];
  readonly shares = new Map<number, Shares>();

  begin(): void {
    this.waits = [];
    this.shares.clear();
  }

  /** Rows `y0` to `y1` of the bar and columns `from` to `to` of the life, as `top` of the lane in device pixels. */
  paint(
    raster: Raster,
    scale: number,
    lane: { process: number; top: number },
    bar: { from: number; to: number; y0: number; y1: number },
    tiles: TilesInView,
    colours: LifeBarColours,
  ): void {
    const { width } = raster;
    const from = Math.max(0, bar.from);
    const to = Math.min(width, bar.to);
    if (to <= from || bar.y0 >= raster.bottom || bar.y1 <= raster.top) return;
    this.resize(width);
    const { told, idle, active, unknown } = this;
    told.fill(0);
    tiles.read(lane.process, this.reader);
    let idles = 0;
    let actives = 0;
    let ran = 0;
    let waited = 0;
    for (let x = from; x < to; x++) {
      const what = told[x]!;
      const acts = what & 0xffff;
      ran += what & 0xff;
      waited += acts >>> 8;
      idle[idles] = active[actives] = x;
      idles += what === KNOWN ? 1 : 0;
      actives += acts === 0 ? 0 : 1;
    }
    const tall = bar.y1 - bar.y0;
    const line = Math.max(1, Math.round(2 * scale));
    const lineTop = bar.y0 + ((tall - line) >> 1);
    raster.columns(idle, idles, lineTop, lineTop + line, colours.life);
    if (idles + actives < to - from) {
      let unknowns = 0;
      for (let x = from; x < to; x++) if (told[x] === 0) unknown[unknowns++] = x;
      raster.columns(unknown, unknowns, bar.y0, bar.y1, colours.life);
    }
    const least = Math.max(1, Math.round(2 * scale));
    const heights = this.heightsOf(tall, least);
    if (ran > 0) this.running(raster, actives, bar.y1, least, heights, colours.running);
    if (waited > 0) {
      this.waiting(raster, scale, actives, bar, heights, colours);
      this.keepWaits(lane, actives, scale);
    }
    const all = 255 * (to - from);
    this.shares.set(lane.process, { running: ran / all, waiting: waited / all });
  }

  private running(
    raster: Raster,
    actives: number,
    foot: number,
    least: number,
    heights: Uint8Array,
    colour: number,
  ): void {
    const { told, active, idle } = this;
    const { pixels, width } = raster;
    // The list of idle columns is done with.
    let n = 0;
    for (let i = 0; i < actives; i++) {
      const x = active[i]!;
      idle[n] = x;
      n += (told[x]! & 0xff) === 0 ? 0 : 1;
    }
    // Most are as low as can be.
    raster.columns(idle, n, foot - least, foot, colour);
    const bottom = Math.min(raster.bottom, foot - least);
    for (let i = 0; i < n; i++) {
      const x = idle[i]!;
      const high = heights[told[x]! & 0xff]!;
      for (let y = Math.max(raster.top, foot - high); y < bottom; y++) pixels[y * width + x] = colour;
    }
  }

  /** Hatched, on top of what ran. */
  private waiting(
    raster: Raster,
    scale: number,
    actives: number,
    bar: { y0: number; y1: number },
    heights: Uint8Array,
    colours: LifeBarColours,
  ): void {
    const { told, active } = this;
    const { pixels, width } = raster;
    const hatch = Math.max(3, Math.round(4 * scale));
    for (let i = 0; i < actives; i++) {
      const x = active[i]!;
      const what = told[x]!;
      if (what >>> 8 === KNOWN >>> 8) continue;
      const foot = bar.y1 - heights[what & 0xff]!;
      const top = Math.max(raster.top, bar.y0, foot - heights[(what >>> 8) & 0xff]!);
      const bottom = Math.min(raster.bottom, foot);
      for (let y = top; y < bottom; y++)
        pixels[y * width + x] = (x + y) % hatch < scale ? colours.waiting : colours.life;
    }
  }

  /** Where it mostly waited for a while. */
  private keepWaits(lane: { process: number; top: number }, actives: number, scale: number): void {
    const { told, active, waits } = this;
    let from = -1;
    let until = -1;
    for (let i = 0; i <= actives; i++) {
      const x = i < actives ? active[i]! : -1;
      const waiting = x >= 0 && ((told[x]! >>> 8) & 0xff) > 127;
      if (from >= 0 && (!waiting || x !== until)) {
        if (until - from >= 3 * scale && waits.length < MAX_WAITS)
          waits.push({ process: lane.process, top: lane.top, x0: from, x1: until });
        from = -1;
      }
      if (!waiting) continue;
      if (from < 0) from = x;
      until = x + 1;
    }
  }

  private resize(width: number): void {
    if (this.told.length === width) return;
    this.told = new Uint32Array(width);
    this.idle = new Uint16Array(width + 1);
    this.active = new Uint16Array(width + 1);
    this.unknown = new Uint16Array(width + 1);
  }

  /** How high a share is in a bar, never less than can be seen. */
  private heightsOf(tall: number, least: number): Uint8Array {
    if (this.heights.tall !== tall || this.heights.least !== least) {
      const of = Uint8Array.from({ length: 256 }, (_, share) =>
        share === 0 ? 0 : Math.min(tall, Math.max(least, Math.round((share * tall) / 255))),
      );
      this.heights = { tall, least, of };
    }
    return this.heights.of;
  }

  /** Adds bins to what is told of the columns: the most of each that lies there. */
  private readonly reader: TileReader = {
    fine: (bins, x, from, to) => {
      const { told } = this;
      for (let i = from; i < to; i++) {
        const bin = bins[i]!;
        const at = x[i]!;
        const now = told[at]!;
        told[at] = KNOWN | Math.max(now & 0xff00, bin & 0xff00) | Math.max(now & 0xff, bin & 0xff);
      }
    },
    wide: (bins, from, to, begin, wide) => {
      const { told } = this;
      const width = told.length;
      const last = Math.min(to, Math.ceil((width - begin) / wide));
      for (let i = Math.max(from, Math.floor(-begin / wide)); i < last; i++) {
        const bin = bins[i]! & 0xffff;
        const left = begin + i * wide;
        const x0 = left < 0 ? 0 : left | 0;
        const now = told[x0]!;
        told[x0] = KNOWN | Math.max(now & 0xff00, bin & 0xff00) | Math.max(now & 0xff, bin & 0xff);
        // Wider than a column only where nothing finer is known.
        if (wide > 1) told.fill(KNOWN | bin, x0 + 1, Math.min(width, Math.floor(left + wide)));
      }
    },
  };
}
