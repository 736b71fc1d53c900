/**
 * The timeline's tiles: for each process, level and place, 256 bins of 2^level ns. A bin is one number: the families of events that occur (24 bits) and
 * how many events there are, as a power of two (8 bits). A missing tile is drawn from a coarser one, so something is always there.
 */
export const TILE_BINS = 256;
export const MIN_LEVEL = 0;
const MAX_TILES = 40_000;

export type Bins = Uint32Array;

export const packBin = (families: number, count: number): number =>
  count === 0 ? 0 : ((families & 0xffffff) | (Math.min(32, 32 - Math.clz32(count)) << 24)) >>> 0;
export const binFamilies = (bin: number): number => bin & 0xffffff;
/** 1: one event, 2: two or three, 3: four to seven… */
export const binWeight = (bin: number): number => bin >>> 24;

/** The level whose bins are at most a pixel wide. */
export const levelFor = (nsPerPx: number): number => Math.max(MIN_LEVEL, Math.floor(Math.log2(Math.max(1, nsPerPx))));
export const tileNs = (level: number): number => TILE_BINS * 2 ** level;

interface TileColumn {
  level: number;
  index: number;
  processes: Map<number, Bins>;
  used: number;
}

/** Level and index as one number: they are looked up thousands of times a picture. */
const keyOf = (level: number, index: number): number => index * 64 + level;

export class TileCache {
  private readonly columns = new Map<number, TileColumn>();
  private clock = 0;
  private size = 0;
  /** Counts up with every change. */
  version = 0;

  get(level: number, index: number, process: number): Bins | undefined {
    return this.column(level, index)?.get(process);
  }

  /** The tiles of all processes at one place. */
  column(level: number, index: number): ReadonlyMap<number, Bins> | undefined {
    const column = this.columns.get(keyOf(level, index));
    if (column === undefined) return undefined;
    column.used = ++this.clock;
    return column.processes;
  }

  put(level: number, index: number, process: number, bins: Bins): void {
    this.version++;
    const key = keyOf(level, index);
    let column = this.columns.get(key);
    if (column === undefined) this.columns.set(key, (column = { level, index, processes: new Map(), used: 0 }));
    if (!column.processes.has(process)) this.size++;
    column.processes.set(process, bins);
    column.used = ++this.clock;
    if (this.size > MAX_TILES) this.evict();
  }

  /** Forgets all that reaches beyond a time: a live recording has written on. */
  forgetAfter(ns: number): void {
    this.version++;
    for (const [key, column] of this.columns) {
      if ((column.index + 1) * tileNs(column.level) > ns) {
        this.columns.delete(key);
        this.size -= column.processes.size;
      }
    }
  }

  /** The best tile that covers a time at or above a level, and its level. */
  coarser(level: number, ns: number, process: number): { bins: Bins; level: number; index: number } | undefined {
    for (let up = level + 1; up <= level + 14; up++) {
      const index = Math.floor(ns / tileNs(up));
      const bins = this.get(up, index, process);
      if (bins !== undefined) return { bins, level: up, index };
    }
    return undefined;
  }

  private evict(): void {
    this.version++;
    const oldest = [...this.columns].sort((a, b) => a[1].used - b[1].used);
    for (const [key, column] of oldest) {
      if (this.size < MAX_TILES * 0.75) return;
      this.columns.delete(key);
      this.size -= column.processes.size;
    }
  }
}

/** What to ask for next: one rectangle of missing tiles. */
export interface TileRequest {
  level: number;
  first: number;
  count: number;
  processes: number[];
}

/**
 * The missing tiles of a window, the visible ones first, then as much again on each side. At most `maxCells` bins in one request.
 */
export function missingTiles(
  cache: TileCache,
  window: { fromNs: number; toNs: number; endNs: number },
  level: number,
  processes: readonly number[],
  maxCells = 400_000,
): TileRequest | undefined {
  const span = window.toNs - window.fromNs;
  const limit = Math.floor(window.endNs / tileNs(level));
  for (const margin of [0, span]) {
    const first = Math.max(0, Math.floor((window.fromNs - margin) / tileNs(level)));
    const last = Math.min(limit, Math.floor((window.toNs + margin) / tileNs(level)));
    if (last < first) continue;
    let from = Infinity;
    let to = -1;
    const lacks = new Set<number>();
    for (let index = first; index <= last; index++) {
      const column = cache.column(level, index);
      for (const process of processes) {
        if (column?.has(process) === true) continue;
        lacks.add(process);
        from = Math.min(from, index);
        to = Math.max(to, index);
      }
    }
    if (lacks.size === 0) continue;
    const lacking = processes.filter((each) => lacks.has(each));
    const count = Math.min(to - from + 1, 24);
    return {
      level,
      first: from,
      count,
      processes: lacking.slice(0, Math.max(1, Math.floor(maxCells / (count * TILE_BINS)))),
    };
  }
  return undefined;
}

/** Asks `missingTiles` again only when the answer may be another: nothing was missing, and neither tiles nor lanes have changed since. */
export class TileWatch {
  private quiet:
    { version: number; level: number; first: number; last: number; processes: readonly number[] } | undefined;

  constructor(private readonly cache: TileCache) {}

  missing(
    window: { fromNs: number; toNs: number; endNs: number },
    level: number,
    processes: readonly number[],
  ): TileRequest | undefined {
    const span = tileNs(level);
    const wide = window.toNs - window.fromNs;
    const first = Math.floor((window.fromNs - wide) / span);
    const last = Math.floor(Math.min(window.toNs + wide, window.endNs) / span);
    const { quiet } = this;
    if (
      quiet?.version === this.cache.version &&
      quiet.level === level &&
      quiet.first <= first &&
      quiet.last >= last &&
      same(quiet.processes, processes)
    )
      return undefined;
    const request = missingTiles(this.cache, window, level, processes);
    this.quiet = request === undefined ? { version: this.cache.version, level, first, last, processes } : undefined;
    return request;
  }
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((each, i) => each === b[i]));
}
