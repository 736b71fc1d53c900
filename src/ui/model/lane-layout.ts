/**
 * Where the rows of the timeline lie. Most are as tall as each other; the few that were opened have room for the calls inside calls and for
 * what the process weighed. Pinned ones stay at the top while the others scroll beneath them.
 *
 *   ─ messages ─ calls ─ state ─     the first 26 pixels of every row
 *   ▆▆▆▆ handle_call ▆▆▆▆▆▆▆▆▆▆      of a tall one only: a level for each call inside a call,
 *      ▆▆▆ reserve ▆▆  ▆▆ add ▆
 *   ▁▁▂▂▃▃▅▅▃▂▁                      mailbox and memory
 */
import type { Lane } from './lanes.js';

/** Height of the ruler above the lanes. */
export const RULER = 32;
export const LANE = 26;
/** Of one call inside another. */
export const LEVEL = 15;
export const LEVELS = 9;
export const CHART = 44;
/** Of a tall lane, with the chart of samples or without. */
export const tallHeight = (charts: boolean): number => LANE + LEVELS * LEVEL + 6 + (charts ? CHART : 0);

/** Pinned rows stay in view as long as they leave this share of the height to the others; those beyond scroll as all do. */
const MOST_STUCK = 0.6;

/** The rows in view, at a place of the scrollbar; heights count from the top of the view. */
export interface RowsInView {
  /** The first so many rows of all stay at the top. */
  readonly stuck: number;
  /** How high they are together. */
  readonly under: number;
  /** First and last of those that scroll, as far as they are in view. */
  readonly first: number;
  readonly last: number;
  /** All in view, from top to bottom. */
  readonly rows: readonly number[];
  top: (row: number) => number;
  /** The row at a height; one before the first or after the last where there is none. */
  rowAt: (y: number) => number;
}

export class LaneLayout {
  /** Rows that are tall, in order. */
  private readonly tallRows: number[] = [];

  private readonly tallHeight: number;

  /** `charts`: there are samples of memory to be shown. `pinned`: the first so many rows stay in view. */
  constructor(
    readonly rows: readonly Lane[],
    tall: ReadonlySet<number>,
    readonly charts = true,
    private readonly pinned = 0,
  ) {
    this.tallHeight = tallHeight(charts);
    if (tall.size === 0) return;
    for (let i = 0; i < rows.length; i++) if (rows[i]!.process > 0 && tall.has(rows[i]!.process)) this.tallRows.push(i);
  }

  get height(): number {
    return this.top(this.rows.length);
  }
  isTall(row: number): boolean {
    return this.tallRows.includes(row);
  }
  heightOf(row: number): number {
    return this.isTall(row) ? this.tallHeight : LANE;
  }
  /** Of a row, from the top of the first one. */
  top(row: number): number {
    let before = 0;
    while (before < this.tallRows.length && this.tallRows[before]! < row) before++;
    return row * LANE + before * (this.tallHeight - LANE);
  }
  /** The row at a height from the top of the first one; one before the first or after the last where there is none. */
  rowAt(y: number): number {
    let shift = 0;
    for (const row of this.tallRows) {
      const top = row * LANE + shift;
      if (y < top) break;
      if (y < top + this.tallHeight) return row;
      shift += this.tallHeight - LANE;
    }
    return Math.floor((y - shift) / LANE);
  }

  /** How many rows stay at the top of a view of that height. */
  stuck(height: number): number {
    let stuck = 0;
    while (stuck < Math.min(this.pinned, this.rows.length) && this.top(stuck + 1) <= height * MOST_STUCK) stuck++;
    return stuck;
  }

  view(scrollTop: number, height: number): RowsInView {
    const stuck = this.stuck(height);
    const under = this.top(stuck);
    const first = Math.max(stuck, this.rowAt(scrollTop + under));
    const last = Math.min(this.rows.length - 1, this.rowAt(scrollTop + height));
    const rows: number[] = [];
    for (let row = 0; row < stuck; row++) rows.push(row);
    for (let row = first; row <= last; row++) rows.push(row);
    return {
      stuck,
      under,
      first,
      last,
      rows,
      top: (row) => this.top(row) - (row < stuck ? 0 : scrollTop),
      rowAt: (y) => this.rowAt(y < under ? y : y + scrollTop),
    };
  }

  /** Where to scroll to so that a row can be seen; undefined: it can already. */
  scrollTo(row: number, scrollTop: number, height: number): number | undefined {
    const { stuck, under } = this.view(scrollTop, height);
    if (row < stuck) return undefined;
    const top = this.top(row);
    const tall = this.heightOf(row);
    if (top < scrollTop + under) return Math.max(0, top - under - LANE * 2);
    if (top + tall <= scrollTop + height) return undefined;
    return Math.min(top - under - LANE, top - height + tall + LANE * 2);
  }
}
