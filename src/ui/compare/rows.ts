/** The rows of a comparison as they come, and which of them are shown: long stretches that are the same are folded. No DOM. */

/** Codes of the server. */
export const SAME = 0;
export const CHANGED = 1;
export const LEFT = 2;
export const RIGHT = 3;

/** So many that are the same stay visible beside what differs, and shorter stretches are not folded. */
const AROUND = 3;
const SHORTEST_FOLD = 8;

/** A line of the list: a row, or a fold of the rows `[from, to)`. */
export type Item = { row: number } | { from: number; to: number };

export class Rows {
  length = 0;
  /** Rows with which a stretch that differs begins, ascending. */
  readonly hunks: number[] = [];
  readonly totals: [same: number, changed: number, left: number, right: number] = [0, 0, 0, 0];
  private kinds = new Uint8Array(1024);
  private lefts = new Float64Array(1024);
  private rights = new Float64Array(1024);
  /** Opened folds, by their first row. */
  private readonly opened = new Set<number>();

  add(kinds: Uint8Array, lefts: Float64Array, rights: Float64Array): void {
    const needed = this.length + kinds.length;
    if (needed > this.kinds.length) {
      const size = Math.max(needed, this.kinds.length * 2);
      this.kinds = grown(this.kinds, new Uint8Array(size));
      this.lefts = grown(this.lefts, new Float64Array(size));
      this.rights = grown(this.rights, new Float64Array(size));
    }
    this.kinds.set(kinds, this.length);
    this.lefts.set(lefts, this.length);
    this.rights.set(rights, this.length);
    for (let i = 0; i < kinds.length; i++) {
      const row = this.length + i;
      const kind = kinds[i]!;
      this.totals[kind as 0]++;
      if (kind !== SAME && (row === 0 || this.kinds[row - 1] === SAME)) this.hunks.push(row);
    }
    this.length = needed;
  }

  kind(row: number): number {
    return this.kinds[row] ?? SAME;
  }
  left(row: number): number {
    return this.lefts[row] ?? 0;
  }
  right(row: number): number {
    return this.rights[row] ?? 0;
  }

  /** The events of both sides up to a row; 0: none yet. */
  upTo(row: number): { left: number; right: number } {
    const found = { left: 0, right: 0 };
    for (let i = Math.min(row, this.length - 1); i >= 0 && (found.left === 0 || found.right === 0); i--) {
      if (found.left === 0) found.left = this.lefts[i]!;
      if (found.right === 0) found.right = this.rights[i]!;
    }
    return found;
  }

  /** Of the stretch that differs after (1) or before (-1) a row; undefined: there is none. */
  nextHunk(row: number, direction: 1 | -1): number | undefined {
    let low = 0;
    let high = this.hunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.hunks[middle]! < row + (direction === 1 ? 1 : 0)) low = middle + 1;
      else high = middle;
    }
    return direction === 1 ? this.hunks[low] : this.hunks[low - 1];
  }

  open(fold: { from: number; to: number }): void {
    this.opened.add(fold.from);
  }

  /** What the list shows. The fold that holds `shown` is open. */
  items(done: boolean, shown: number): Item[] {
    const items: Item[] = [];
    let row = 0;
    while (row < this.length) {
      if (this.kinds[row] !== SAME) {
        items.push({ row: row++ });
        continue;
      }
      let end = row;
      while (end < this.length && this.kinds[end] === SAME) end++;
      // At the beginning and the end there is only one side to stand beside.
      const from = row === 0 ? row : row + AROUND;
      const to = end === this.length && done ? end : end - AROUND;
      const folds = to - from >= SHORTEST_FOLD && !this.opened.has(from) && !(shown >= from && shown < to);
      for (; row < (folds ? from : end); row++) items.push({ row });
      if (!folds) continue;
      items.push({ from, to });
      for (row = to; row < end; row++) items.push({ row });
    }
    return items;
  }
}

function grown<T extends Uint8Array | Float64Array>(old: T, next: T): T {
  next.set(old);
  return next;
}

/** Where a row stands among the items; the fold that holds it where it is folded. */
export function placeOf(items: readonly Item[], row: number): number {
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const item = items[middle]!;
    if (('row' in item ? item.row : item.from) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
