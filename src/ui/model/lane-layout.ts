/**
 * Where the rows of the timeline lie. Most are as tall as each other; the few that were opened have room for the calls inside calls and for
 * what the process weighed.
 *
 *   ─ messages ─ calls ─ state ─     the first 26 pixels of every row
 *   ▆▆▆▆ handle_call ▆▆▆▆▆▆▆▆▆▆      of a tall one only: a level for each call inside a call,
 *      ▆▆▆ reserve ▆▆  ▆▆ add ▆
 *   ▁▁▂▂▃▃▅▅▃▂▁                      mailbox and memory
 */
import type { Lane } from './lanes.js';

export const LANE = 26;
/** Of one call inside another. */
export const LEVEL = 15;
export const LEVELS = 9;
export const CHART = 44;
/** Of a tall lane, with the chart of samples or without. */
export const tallHeight = (charts: boolean): number => LANE + LEVELS * LEVEL + 6 + (charts ? CHART : 0);

export class LaneLayout {
  /** Rows that are tall, in order. */
  private readonly tallRows: number[] = [];

  private readonly tallHeight: number;

  /** `charts`: there are samples of memory to be shown. */
  constructor(
    readonly rows: readonly Lane[],
    tall: ReadonlySet<number>,
    readonly charts = true,
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
  top(row: number): number {
    let before = 0;
    while (before < this.tallRows.length && this.tallRows[before]! < row) before++;
    return row * LANE + before * (this.tallHeight - LANE);
  }
  /** The row at a height; one before the first or after the last where there is none. */
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
  /** First and last row that can be seen. */
  visible(scrollTop: number, height: number): { first: number; last: number } {
    return {
      first: Math.max(0, this.rowAt(scrollTop)),
      last: Math.min(this.rows.length - 1, this.rowAt(scrollTop + height)),
    };
  }
}
