/**
 * The middle of a lane: how long a process lived, when it ran and when it waited for an answer.
 *
 *   ▆▆▆▆▆▆▆  ran: solid, as high as the share of the time in which it did
 *   ╱╱╱╱╱╱╱  waited for an answer: hatched, on top of that
 *   ───────  idle: a line
 *   ███████  (faint) alive, and more is not known
 */
import type { Raster } from './raster.js';
import { Occupied, type TileReader, type TilesInView } from './tiles-in-view.js';

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
  /** Columns in which it was not idle: ran, waited, or nothing is known. Found without asking at each. */
  private busy = new Uint16Array(0);
  private ran = new Uint16Array(0);
  private readonly busyBins = new Occupied(0xffff);
  private heights = { tall: 0, least: 0, of: new Uint8Array(256) };
  /** Of the last picture; `x0`, `x1` and `top` in device pixels. */
  waits: Wait[] = [];
  readonly shares = new Map<number, Shares>();

  begin(): void {
    this.waits = [];
    this.shares.clear();
  }

  /**
   * Rows `y0` to `y1` of the bar and columns `from` to `to` of the life, as `top` of the lane in device pixels. `ground`: a row of the lane as
   * it is without.
   */
  paint(
    raster: Raster,
    scale: number,
    lane: { process: number; top: number },
    bar: { from: number; to: number; y0: number; y1: number; ground: Uint32Array },
    tiles: TilesInView,
    colours: LifeBarColours,
  ): void {
    const { width } = raster;
    const from = Math.max(0, bar.from);
    const to = Math.min(width, bar.to);
    if (to <= from || bar.y0 >= raster.bottom || bar.y1 <= raster.top) return;
    this.resize(width);
    const { told, busy } = this;
    told.fill(0);
    tiles.read(lane.process, this.reader);
    let n = 0;
    for (let x = from; x < to; x++) {
      busy[n] = x;
      n += told[x] === KNOWN ? 0 : 1;
    }
    const least = Math.max(1, Math.round(2 * scale));
    const heights = this.heightsOf(bar.y1 - bar.y0, least);
    const line = bar.y0 + ((bar.y1 - bar.y0 - least) >> 1);
    // Idle all the time, but for the columns in which it was not.
    if (n < to - from) {
      raster.fill(from, line, to, line + least, colours.life);
      raster.restore(busy, n, line, line + least, bar.ground);
    }
    const { ran, waited } = this.acts(raster, scale, n, { ...bar, least, heights }, colours);
    if (waited > 0) this.keepWaits(lane, n, scale);
    const all = 255 * (to - from);
    this.shares.set(lane.process, { running: ran / all, waiting: waited / all });
  }

  /** The first `n` of the busy columns. Gives the sums of their shares. */
  private acts(
    raster: Raster,
    scale: number,
    n: number,
    bar: { y0: number; y1: number; least: number; heights: Uint8Array },
    colours: LifeBarColours,
  ): { ran: number; waited: number } {
    const { told, busy, ran } = this;
    const { y0, y1, least, heights } = bar;
    let runs = 0;
    let known = 0;
    const sums = { ran: 0, waited: 0 };
    for (let i = 0; i < n; i++) {
      const x = busy[i]!;
      const what = told[x]!;
      sums.ran += what & 0xff;
      sums.waited += (what >>> 8) & 0xff;
      ran[runs] = x;
      runs += (what & 0xff) === 0 ? 0 : 1;
      known += what === 0 ? 0 : 1;
    }
    if (known < n) this.unknown(raster, n, y0, y1, colours.life);
    raster.columns(ran, runs, y1 - least, y1, colours.running);
    // Most are as low as can be.
    const { pixels, width } = raster;
    const bottom = Math.min(raster.bottom, y1 - least);
    for (let i = 0; i < runs; i++) {
      const x = ran[i]!;
      for (let y = Math.max(raster.top, y1 - heights[told[x]! & 0xff]!); y < bottom; y++) pixels[y * width + x] = colours.running; // prettier-ignore
    }
    if (sums.waited > 0) this.hatch(raster, scale, n, y0, y1, heights, colours);
    return sums;
  }

  /** Columns of which it is not known what it did: alive, that is all. */
  private unknown(raster: Raster, n: number, y0: number, y1: number, colour: number): void {
    const { told, busy } = this;
    for (let i = 0, end = 0; i < n; i = end) {
      // Mostly many next to each other.
      for (end = i + 1; end < n && busy[end] === busy[end - 1]! + 1 && told[busy[end]!] === told[busy[i]!]; end++);
      if (told[busy[i]!] === 0) raster.fill(busy[i]!, y0, busy[end - 1]! + 1, y1, colour);
    }
  }

  /** Waiting, on top of what ran. */
  private hatch(
    raster: Raster,
    scale: number,
    n: number,
    y0: number,
    y1: number,
    heights: Uint8Array,
    colours: LifeBarColours,
  ): void {
    const { told, busy } = this;
    const { pixels, width } = raster;
    const apart = Math.max(3, Math.round(4 * scale));
    for (let i = 0; i < n; i++) {
      const x = busy[i]!;
      const what = told[x]!;
      const waits = (what >>> 8) & 0xff;
      if (waits === 0) continue;
      const foot = y1 - heights[what & 0xff]!;
      const bottom = Math.min(raster.bottom, foot);
      for (let y = Math.max(raster.top, y0, foot - heights[waits]!); y < bottom; y++)
        pixels[y * width + x] = (x + y) % apart < scale ? colours.waiting : colours.life;
    }
  }

  /** Where it mostly waited for a while. */
  private keepWaits(lane: { process: number; top: number }, n: number, scale: number): void {
    const { told, busy, waits } = this;
    let from = -1;
    let until = -1;
    for (let i = 0; i <= n; i++) {
      const x = i < n ? busy[i]! : -1;
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
    this.busy = new Uint16Array(width + 1);
    this.ran = new Uint16Array(width + 1);
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
      if (to <= from) return;
      told.fill(KNOWN, x[from], x[to - 1]! + 1);
      const some = this.busyBins.of(bins);
      for (let k = 0; k < some.length; k++) {
        const i = some[k]!;
        if (i < from || i >= to) continue;
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
