/** When processes ran and waited: tiles of shares, asked for like the tiles of counts. */
import type { Session } from '../state/session.js';
import { TILE_BINS, TileCache, tileNs, TileWatch, type TileRequest } from './tiles.js';

/** Events in the window, of all processes, beyond which the server looks at some of them only. */
const MAX_LOOKED_AT = 30_000_000;
const PAUSE_MS = 30;
/** There are more urgent questions about a long window than this one. */
const ROUGH_PAUSE_MS = 120;
/** So many are remembered. */
const MAX_ROUGH = 4_096;

/** A bin: in which share of it the process ran and waited, 0 to 255 each, and a bit that says that this is known. */
export const packShares = (running: number, waiting: number): number => (0x80000000 | (waiting << 8) | running) >>> 0;
export const runningShare = (bin: number): number => bin & 0xff;
export const waitingShare = (bin: number): number => (bin >>> 8) & 0xff;

export type Doing = 'running' | 'waiting' | 'idle';

export class ActivityData {
  readonly cache = new TileCache();
  private readonly inView = new TileWatch(this.cache);
  private readonly ofAll = new TileWatch(this.cache);
  /** Tiles of which only a part was looked at: `level/index`. */
  private readonly rough = new Set<string>();
  private busy = false;
  private lastEndNs = 0;

  constructor(
    private readonly session: Session,
    private readonly redraw: () => void,
  ) {}

  /** One request at a time, the newest window first. */
  fetch(visible: readonly number[], level: number, wholeLevel: number): void {
    const { session } = this;
    const { window, info } = session.state;
    if (info === undefined) return;
    const endNs = info.end.ns;
    if (endNs !== this.lastEndNs) {
      this.cache.forgetAfter(this.lastEndNs);
      this.lastEndNs = endNs;
    }
    if (this.busy) return;
    const share = Math.min(1, (window.toNs - window.fromNs) / Math.max(1, endNs));
    const whole = { fromNs: 0, toNs: endNs, endNs };
    const request =
      this.inView.missing({ ...window, endNs }, level, visible) ??
      // Roughly all of it, where that is cheap: something to show at once, wherever one goes.
      (info.events <= MAX_LOOKED_AT / 10 ? this.ofAll.missing(whole, wholeLevel, visible) : undefined);
    if (request === undefined) return;
    this.busy = true;
    // What is asked for may lie beside the window: its own length counts.
    const asked = (request.count * tileNs(request.level)) / Math.max(1, endNs);
    this.ask(request, info.events * Math.max(share, Math.min(1, asked)) > MAX_LOOKED_AT)
      .catch(() => new Promise((resolve) => setTimeout(resolve, 500)))
      .finally(() => {
        this.busy = false;
        this.redraw();
      });
  }

  private async ask({ level, first, count, processes }: TileRequest, roughly: boolean): Promise<void> {
    const span = tileNs(level);
    const before = this.session.state.window;
    for (;;) {
      const answer = await this.session.client.askColumns(
        'activity',
        {
          fromNs: first * span,
          toNs: (first + count) * span,
          bins: count * TILE_BINS,
          processes,
          ...(roughly ? { roughly } : {}),
        },
        'activity',
      );
      if (answer.meta.complete) {
        const { bins } = answer.meta;
        if (this.rough.size > MAX_ROUGH) this.rough.clear();
        for (let t = 0; roughly && t < count; t++) this.rough.add(`${String(level)}/${String(first + t)}`);
        for (const [p, process] of answer.meta.processes.entries()) {
          for (let t = 0; t < count; t++) {
            const packed = new Uint32Array(TILE_BINS);
            const at = p * bins + t * TILE_BINS;
            for (let i = 0; i < TILE_BINS; i++)
              packed[i] = packShares(answer.running[at + i]!, answer.waiting[at + i]!);
            this.cache.put(level, first + t, process, packed);
          }
        }
        return;
      }
      // Somebody looks elsewhere by now: that comes first.
      if (this.session.state.window !== before) return;
      await new Promise((resolve) => setTimeout(resolve, roughly ? ROUGH_PAUSE_MS : PAUSE_MS));
    }
  }

  /** What a process did at a time; undefined: not known. */
  at(process: number, ns: number, level: number): { doing: Doing; rough: boolean } | undefined {
    const index = Math.floor(ns / tileNs(level));
    const own = this.cache.get(level, index, process);
    const found = own === undefined ? this.cache.coarser(level, ns, process) : { bins: own, level, index };
    if (ns < 0 || found === undefined) return undefined;
    const span = tileNs(found.level);
    const bin = found.bins[Math.floor(((ns - found.index * span) / span) * TILE_BINS)] ?? 0;
    if (bin === 0) return undefined;
    const running = runningShare(bin);
    const waiting = waitingShare(bin);
    const doing = running === 0 && waiting === 0 ? 'idle' : waiting > running ? 'waiting' : 'running';
    return { doing, rough: this.rough.has(`${String(found.level)}/${String(found.index)}`) };
  }
}
