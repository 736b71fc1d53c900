/**
 * The middle of a lane: how long a process lived, when it ran and when it waited for an answer.
 *
 *   ▆▆▆▆▆▆▆  ran: solid, as high as the share of the time in which it did
 *   ╱╱╱╱╱╱╱  waited for an answer: hatched, on top of that
 *   ───────  idle: a line
 *   ███████  (faint) alive, and more is not known
 */
import { eachTile, runningShare, waitingShare } from './activity-data.js';
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

export class LifeBar {
  private running = new Uint8Array(0);
  private waiting = new Uint8Array(0);
  private known = new Uint8Array(0);
  /** Of the last picture. */
  waits: Wait[] = [];
  readonly shares = new Map<number, Shares>();

  begin(): void {
    this.waits = [];
    this.shares.clear();
  }

  /** Rows `y0` to `y1` of the bar and columns `from` to `to` of the life, in device pixels; `top` of the lane in CSS pixels. */
  paint(
    pixels: Uint32Array,
    size: { width: number; height: number; scale: number },
    lane: { process: number; top: number },
    bar: { from: number; to: number; y0: number; y1: number },
    view: { window: { fromNs: number; toNs: number }; level: number; cache: TileCache },
    colours: LifeBarColours,
  ): void {
    const { width, height, scale } = size;
    const from = Math.max(0, bar.from);
    const to = Math.min(width, bar.to);
    if (to <= from || bar.y0 >= height || bar.y1 <= 0) return;
    this.gather(lane.process, width, view);
    const { running, waiting, known } = this;
    const tall = bar.y1 - bar.y0;
    const line = Math.max(1, Math.round(2 * scale));
    const lineTop = bar.y0 + ((tall - line) >> 1);
    const hatch = Math.max(3, Math.round(4 * scale));
    const least = Math.max(1, Math.round(2 * scale));
    let ran = 0;
    let waited = 0;
    let waitFrom = -1;
    for (let x = from, end = from; x < to; x = end) {
      const r = running[x]!;
      const w = waiting[x]!;
      const told = known[x]!;
      // What is the same for a while is filled at once.
      for (end = x + 1; end < to && running[end] === r && waiting[end] === w && known[end] === told; end++);
      const rectangle = (y0: number, y1: number, colour: number): void => {
        for (let y = Math.max(0, y0); y < Math.min(height, y1); y++)
          pixels.fill(colour, y * width + x, y * width + end);
      };
      if (told === 0) rectangle(bar.y0, bar.y1, colours.life);
      else if (r === 0 && w === 0) rectangle(lineTop, lineTop + line, colours.life);
      else {
        ran += r * (end - x);
        waited += w * (end - x);
        const high = r === 0 ? 0 : Math.min(tall, Math.max(least, Math.round((r * tall) / 255)));
        const over = w === 0 ? 0 : Math.min(tall - high, Math.max(least, Math.round((w * tall) / 255)));
        rectangle(bar.y1 - high, bar.y1, colours.running);
        const bottom = Math.min(height, bar.y1 - high);
        for (let y = Math.max(0, bar.y1 - high - over); y < bottom; y++)
          for (let at = x; at < end; at++)
            pixels[y * width + at] = (at + y) % hatch < scale ? colours.waiting : colours.life;
      }
      const waits = w > 127;
      if (waits && waitFrom < 0) waitFrom = x;
      if (waitFrom >= 0 && (!waits || end === to)) {
        const until = waits ? end : x;
        if (until - waitFrom >= 3 * scale && this.waits.length < MAX_WAITS)
          this.waits.push({ process: lane.process, top: lane.top, x0: waitFrom / scale, x1: until / scale });
        waitFrom = -1;
      }
    }
    const all = 255 * (to - from);
    this.shares.set(lane.process, { running: ran / all, waiting: waited / all });
  }

  private gather(
    process: number,
    width: number,
    { window, level, cache }: { window: { fromNs: number; toNs: number }; level: number; cache: TileCache },
  ): void {
    if (this.running.length !== width) {
      this.running = new Uint8Array(width);
      this.waiting = new Uint8Array(width);
      this.known = new Uint8Array(width);
    }
    const { running, waiting, known } = this;
    running.fill(0);
    waiting.fill(0);
    known.fill(0);
    const nsPerPx = (window.toNs - window.fromNs) / width;
    eachTile(cache, window, level, process, (bins, first, last, startNs, binNs) => {
      for (let i = first; i < last; i++) {
        const left = (startNs + i * binNs - window.fromNs) / nsPerPx;
        if (left >= width) break;
        const x0 = Math.max(0, Math.floor(left));
        const x1 = Math.min(width, Math.max(Math.floor(left) + 1, Math.floor(left + binNs / nsPerPx)));
        const bin = bins[i]!;
        const r = runningShare(bin);
        const w = waitingShare(bin);
        for (let x = x0; x < x1; x++) {
          known[x] = 1;
          if (running[x]! < r) running[x] = r;
          if (waiting[x]! < w) waiting[x] = w;
        }
      }
    });
  }
}
