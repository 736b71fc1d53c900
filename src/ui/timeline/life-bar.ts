/**
 * The middle of a lane: how long a process lived, when it ran and when it waited for an answer.
 *
 *   ▆▆▆▆▆▆▆  ran: solid, as high as the share of the time in which it did
 *   ╱╱╱╱╱╱╱  waited for an answer: hatched, on top of that
 *   ───────  idle: a line
 *   ███████  (faint) alive, and more is not known
 */
import { eachTile } from './activity-data.js';
import type { Raster } from './raster.js';
import type { TileCache } from './tiles.js';

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
    view: { window: { fromNs: number; toNs: number }; level: number; cache: TileCache },
    colours: LifeBarColours,
  ): void {
    const { width } = raster;
    const from = Math.max(0, bar.from);
    const to = Math.min(width, bar.to);
    if (to <= from || bar.y0 >= raster.bottom || bar.y1 <= raster.top) return;
    this.gather(lane.process, width, view);
    const { told } = this;
    const tall = bar.y1 - bar.y0;
    const line = Math.max(1, Math.round(2 * scale));
    const lineTop = bar.y0 + ((tall - line) >> 1);
    const hatch = Math.max(3, Math.round(4 * scale));
    const heights = this.heightsOf(tall, Math.max(1, Math.round(2 * scale)));
    let ran = 0;
    let waited = 0;
    let waitFrom = -1;
    for (let x = from, end = from; x < to; x = end) {
      const what = told[x]!;
      // What is the same for a while is filled at once.
      for (end = x + 1; end < to && told[end] === what; end++);
      const r = what & 0xff;
      const w = (what >>> 8) & 0xff;
      if (what === 0) raster.fill(x, bar.y0, end, bar.y1, colours.life);
      else if (what === KNOWN) raster.fill(x, lineTop, end, lineTop + line, colours.life);
      else {
        ran += r * (end - x);
        waited += w * (end - x);
        const high = heights[r]!;
        raster.fill(x, bar.y1 - high, end, bar.y1, colours.running);
        if (w > 0) {
          const over = Math.min(tall - high, heights[w]!);
          hatched(raster, x, bar.y1 - high - over, end, bar.y1 - high, hatch, scale, colours);
        }
      }
      const waits = w > 127;
      if (waits && waitFrom < 0) waitFrom = x;
      if (waitFrom >= 0 && (!waits || end === to)) {
        const until = waits ? end : x;
        if (until - waitFrom >= 3 * scale && this.waits.length < MAX_WAITS)
          this.waits.push({ process: lane.process, top: lane.top, x0: waitFrom, x1: until });
        waitFrom = -1;
      }
    }
    const all = 255 * (to - from);
    this.shares.set(lane.process, { running: ran / all, waiting: waited / all });
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

  private gather(
    process: number,
    width: number,
    { window, level, cache }: { window: { fromNs: number; toNs: number }; level: number; cache: TileCache },
  ): void {
    if (this.told.length !== width) this.told = new Uint32Array(width);
    const { told } = this;
    told.fill(0);
    const nsPerPx = (window.toNs - window.fromNs) / width;
    eachTile(cache, window, level, process, (bins, first, last, startNs, binNs) => {
      const wide = binNs / nsPerPx;
      const begin = (startNs - window.fromNs) / nsPerPx;
      const from = Math.max(first, Math.floor(-begin / wide));
      const to = Math.min(last, Math.ceil((width - begin) / wide));
      for (let i = from; i < to; i++) {
        const bin = bins[i]! & 0xffff;
        const left = begin + i * wide;
        const x0 = left < 0 ? 0 : left | 0;
        const now = told[x0]! & 0xffff;
        told[x0] = KNOWN | (now === 0 ? bin : Math.max(now & 0xff00, bin & 0xff00) | Math.max(now & 0xff, bin & 0xff));
        // Wider than a column only where nothing finer is known.
        if (wide > 1) told.fill(KNOWN | bin, x0 + 1, Math.min(width, Math.floor(left + wide)));
      }
    });
  }
}

function hatched(
  raster: Raster,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  hatch: number,
  scale: number,
  colours: LifeBarColours,
): void {
  const { pixels, width } = raster;
  const bottom = Math.min(raster.bottom, y1);
  for (let y = Math.max(raster.top, y0); y < bottom; y++)
    for (let x = x0; x < x1; x++) pixels[y * width + x] = (x + y) % hatch < scale ? colours.waiting : colours.life;
}
