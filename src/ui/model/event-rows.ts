/** Where the rows of a list of events lie: rows of one height, the line of the moment between past and future, a word at each end. */

export const ROW = 24;
/** The line of the moment, with its margins. */
export const NOW = 6;
/** `start of the recording`, `no later events`. */
export const EDGE = 24;
/** Rows beyond the visible ones, for whoever scrolls. */
const MARGIN = 6;
/** The moment stays that far down: the past is what explains. */
const NOW_AT = 0.62;

export class EventRows {
  private readonly top: number;

  constructor(
    readonly before: number,
    readonly after: number,
    edges: { before: boolean; after: boolean },
  ) {
    this.top = edges.before ? EDGE : 0;
    this.height = this.top + (before + after) * ROW + NOW + (edges.after ? EDGE : 0);
  }
  readonly height: number;

  /** Of a row, which may be one behind the last. */
  y(row: number): number {
    return this.top + row * ROW + (row >= this.before ? NOW : 0);
  }

  /** The rows to show, `to` excluded, and the space in place of those above and below. The line of the moment is always shown. */
  visible(scrollTop: number, height: number): { from: number; to: number; above: number; below: number } {
    const row = (y: number): number => Math.floor((y - this.top) / ROW);
    const from = Math.min(Math.max(0, row(scrollTop - NOW) - MARGIN), this.before);
    const to = Math.max(Math.min(this.before + this.after, row(scrollTop + height) + 1 + MARGIN), this.before);
    return { from, to, above: from * ROW, below: (this.before + this.after - to) * ROW };
  }

  /** The scroll position at which the moment stands where it belongs. */
  scrollTop(height: number): number {
    const at = this.top + this.before * ROW - height * NOW_AT;
    return Math.round(Math.min(Math.max(0, this.height - height), Math.max(0, at)));
  }
}
