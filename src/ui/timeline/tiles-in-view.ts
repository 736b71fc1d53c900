/** Which tiles a picture shows, and in which of its columns each of their bins lies: the same for all lanes, so it is found once a picture. */
import { TILE_BINS, tileNs, type Bins, type TileCache } from './tiles.js';

/** Bins `from` to `to` of a tile are in view; `x`: the column of each. */
interface Place {
  index: number;
  from: number;
  to: number;
  /** In columns, from the left edge. */
  begin: number;
  x: Uint16Array;
}

export interface TileReader {
  /** Bins that are as fine as columns: `from` to `to` of them, each in the one column `x` says. */
  fine: (bins: Bins, x: Uint16Array, from: number, to: number) => void;
  /** Bins of which one reaches over several columns: the first begins at column `begin`, each is `wide`. */
  wide: (bins: Bins, from: number, to: number, begin: number, wide: number) => void;
}

/** Which bins of a tile have one of some bits: found once a tile. */
export class Occupied {
  private readonly found = new WeakMap<Bins, Uint8Array>();

  constructor(private readonly bits: number) {}

  of(bins: Bins): Uint8Array {
    let found = this.found.get(bins);
    if (found === undefined) {
      const list: number[] = [];
      bins.forEach((bin, i) => {
        if ((bin & this.bits) !== 0) list.push(i);
      });
      this.found.set(bins, (found = Uint8Array.from(list)));
    }
    return found;
  }
}

export class Columns {
  private readonly kept: Place[] = [];
  private shown = 0;
  private level = 0;
  private fromNs = 0;
  /** Of a column. */
  private ns = 1;
  width = 0;

  /** `level` as `levelFor` gives it for a column. */
  begin(window: { fromNs: number; toNs: number }, level: number, width: number): void {
    this.level = level;
    this.width = width;
    this.fromNs = window.fromNs;
    this.ns = (window.toNs - window.fromNs) / width;
    this.shown = 0;
    const span = tileNs(level);
    const wide = span / TILE_BINS / this.ns;
    const last = Math.floor(window.toNs / span);
    for (let index = Math.max(0, Math.floor(window.fromNs / span)); index <= last; index++) {
      const place = (this.kept[this.shown++] ??= { index, from: 0, to: 0, begin: 0, x: new Uint16Array(TILE_BINS) });
      const begin = (index * span - window.fromNs) / this.ns;
      place.index = index;
      place.begin = begin;
      place.from = Math.max(0, Math.floor(-begin / wide));
      place.to = Math.min(TILE_BINS, Math.ceil((width - begin) / wide));
      const { x } = place;
      for (let i = place.from; i < place.to; i++) x[i] = Math.min(width - 1, Math.max(0, begin + i * wide));
    }
  }

  /** The tiles of a cache at these places. */
  of(cache: TileCache): TilesInView {
    const places = this.kept.slice(0, this.shown);
    return new TilesInView(cache, places, this.level, this.fromNs, this.ns);
  }
}

export class TilesInView {
  private readonly tiles: (ReadonlyMap<number, Bins> | undefined)[];

  constructor(
    private readonly cache: TileCache,
    private readonly places: readonly Place[],
    private readonly level: number,
    private readonly fromNs: number,
    private readonly nsPerPx: number,
  ) {
    this.tiles = places.map(({ index }) => cache.column(level, index));
  }

  /** Every tile of a process that tells of a part of the window, as fine as there is. */
  read(process: number, reader: TileReader): void {
    const { cache, places, tiles, level, nsPerPx, fromNs } = this;
    const span = tileNs(level);
    const wide = span / TILE_BINS / nsPerPx;
    /** Up to where coarser bins were given: one of them may reach over several tiles. */
    let until = -Infinity;
    for (let k = 0; k < places.length; k++) {
      const place = places[k]!;
      const bins = tiles[k]?.get(process);
      if (bins !== undefined) {
        if (wide <= 1) reader.fine(bins, place.x, place.from, place.to);
        else reader.wide(bins, place.from, place.to, place.begin, wide);
        continue;
      }
      const beginNs = place.index * span;
      const coarse = cache.coarser(level, beginNs, process);
      if (coarse === undefined) continue;
      const start = coarse.index * tileNs(coarse.level);
      const binNs = tileNs(coarse.level) / TILE_BINS;
      const from = Math.floor((Math.max(beginNs, until) - start) / binNs);
      const to = Math.min(TILE_BINS, Math.ceil((beginNs + span - start) / binNs));
      if (to <= from) continue;
      reader.wide(coarse.bins, from, to, (start - fromNs) / nsPerPx, binNs / nsPerPx);
      until = start + to * binNs;
    }
  }
}
