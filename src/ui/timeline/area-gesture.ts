/**
 * The area on the timeline: shift and drag selects a part of time and lanes (on the ruler, of all lanes); its edges can be dragged.
 * While one drags, only the picture changes; the totals are asked for when one lets go.
 */
import { processesOfRows, setArea } from '../area/area-actions.js';
import type { Lanes } from '../model/lanes.js';
import { duration } from '../model/time.js';
import type { Session } from '../state/session.js';
import type { Area } from '../state/view-state.js';
import type { Palette } from './palette.js';

/** Pixels beside an edge that are the edge. */
const REACH = 4;
/** A drag shorter than this was a click. */
const LEAST_PX = 3;

export interface AreaPlace {
  session: Session;
  ruler: number;
  width: () => number;
  height: () => number;
  timeAt: (x: number) => number;
  xOf: (ns: number) => number;
  changed: () => void;
}

interface Point {
  x: number;
  y: number;
}

/** Under way: a new area between two points, or an edge of the one that is there. */
type Drag = { what: 'new'; from: Point; to: Point } | { what: 'fromNs' | 'toNs'; area: Area; x: number };

export class AreaGesture {
  private drag: Drag | undefined;
  private cache: { area: Area; lanes: Lanes; rows: ReadonlySet<number> | undefined } | undefined;

  constructor(private readonly place: AreaPlace) {}

  /** True: the press is the beginning of an area, or takes an edge of one. */
  press(at: Point, shift: boolean): boolean {
    if (shift) this.drag = { what: 'new', from: at, to: at };
    else {
      const { area } = this.place.session.state;
      const what = this.edgeAt(at);
      if (area === undefined || what === undefined) return false;
      this.drag = { what, area, x: at.x };
    }
    this.place.changed();
    return true;
  }

  move(at: Point): void {
    const x = Math.min(Math.max(0, at.x), this.place.width());
    if (this.drag === undefined) return;
    this.drag = this.drag.what === 'new' ? { ...this.drag, to: { x, y: at.y } } : { ...this.drag, x };
    this.place.changed();
  }

  release(kept: boolean): void {
    const { drag } = this;
    this.drag = undefined;
    this.place.changed();
    if (drag === undefined || !kept) return;
    const { session } = this.place;
    if (drag.what !== 'new') setArea(session, this.moved(drag));
    else if (Math.abs(drag.to.x - drag.from.x) >= LEAST_PX) {
      const rows = this.rowsOf(drag);
      setArea(session, {
        ...this.timesOf(drag),
        processes: rows === undefined ? undefined : processesOfRows(session, rows.first, rows.last),
      });
    }
  }

  /** Undefined: no part of the area is under the pointer. */
  cursor(at: Point): string | undefined {
    return this.edgeAt(at) === undefined ? undefined : 'col-resize';
  }

  private edgeAt(at: Point): 'fromNs' | 'toNs' | undefined {
    const { area } = this.place.session.state;
    if (area === undefined) return undefined;
    const away = (ns: number): number => Math.abs(at.x - this.place.xOf(ns));
    const near = away(area.fromNs) < away(area.toNs) ? 'fromNs' : 'toNs';
    return away(area[near]) <= REACH ? near : undefined;
  }

  private timesOf({ from, to }: { from: Point; to: Point }): { fromNs: number; toNs: number } {
    const { timeAt } = this.place;
    return { fromNs: timeAt(Math.min(from.x, to.x)), toNs: timeAt(Math.max(from.x, to.x)) };
  }

  /** Undefined: all. */
  private rowsOf({ from, to }: { from: Point; to: Point }): { first: number; last: number } | undefined {
    const { session, ruler } = this.place;
    if (from.y < ruler) return undefined;
    const layout = session.layout();
    const seen = layout.view(session.state.scrollTop, this.place.height());
    const rowAt = (y: number): number =>
      Math.min(layout.rows.length - 1, Math.max(0, seen.rowAt(Math.max(0, y - ruler))));
    const [a, b] = [rowAt(from.y), rowAt(to.y)];
    return { first: Math.min(a, b), last: Math.max(a, b) };
  }

  private moved(drag: Exclude<Drag, { what: 'new' }>): Area {
    return { ...drag.area, [drag.what]: this.place.timeAt(drag.x) };
  }

  /** On the canvas, whose first pixels are the ruler. */
  draw(context: CanvasRenderingContext2D, palette: Palette): void {
    const { session, ruler, xOf } = this.place;
    const { drag } = this;
    const times =
      drag === undefined ? session.state.area : drag.what === 'new' ? this.timesOf(drag) : ordered(this.moved(drag));
    if (times === undefined) return;
    const width = this.place.width();
    const x0 = xOf(times.fromNs);
    const x1 = xOf(times.toNs);
    if (x1 < 0 || x0 > width) return;
    const left = Math.max(-2, x0);
    const right = Math.min(width + 2, x1);
    const bottom = ruler + this.place.height();
    context.save();
    context.fillStyle = palette.accent;
    context.save();
    context.beginPath();
    context.rect(0, ruler, width, bottom - ruler);
    context.clip();
    context.globalAlpha = 0.1;
    for (const { top, height } of this.bands(drag)) context.fillRect(left, ruler + top, right - left, height);
    context.restore();
    context.globalAlpha = 0.9;
    for (const x of [x0, x1]) {
      if (x < -2 || x > width + 2) continue;
      context.fillRect(Math.round(x) - 0.5, ruler - 8, 1, bottom - ruler + 8);
      // Handles, so that it can be seen that edges move.
      context.fillRect(Math.round(x) - 2, ruler - 8, 4, 8);
    }
    context.globalAlpha = 0.9;
    context.fillRect(left, ruler - 4, right - left, 3);
    context.globalAlpha = 1;
    this.drawLength(context, palette, left, right, times.toNs - times.fromNs);
    context.restore();
  }

  private drawLength(
    context: CanvasRenderingContext2D,
    palette: Palette,
    left: number,
    right: number,
    ns: number,
  ): void {
    const text = duration(ns);
    context.font = `11px ${palette.font}`;
    const wide = context.measureText(text).width + 12;
    if (right - left < wide + 8) return;
    const x = (Math.max(0, left) + Math.min(this.place.width(), right)) / 2;
    context.fillStyle = palette.accent;
    context.beginPath();
    context.roundRect(x - wide / 2, this.place.ruler - 16, wide, 15, 4);
    context.fill();
    context.fillStyle = palette.background;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(text, x, this.place.ruler - 8);
  }

  /** Where its lanes lie, below the ruler. */
  private bands(drag: Drag | undefined): { top: number; height: number }[] {
    const { session } = this.place;
    const { scrollTop } = session.state;
    const layout = session.layout();
    const seen = layout.view(scrollTop, this.place.height());
    const covered = drag?.what === 'new' ? this.rowsOf(drag) : undefined;
    const rows = drag?.what === 'new' ? undefined : this.coveredRows(drag?.area ?? session.state.area);
    const bands: { top: number; height: number }[] = [];
    const everything = drag?.what === 'new' ? covered === undefined : rows === undefined;
    if (everything) return [{ top: 0, height: this.place.height() }];
    for (const row of seen.rows) {
      const inside = covered === undefined ? rows?.has(row) === true : row >= covered.first && row <= covered.last;
      // A lane that has scrolled beneath the pinned ones ends where they do.
      const top = row < seen.stuck ? seen.top(row) : Math.max(seen.top(row), seen.under);
      if (inside) bands.push({ top, height: seen.top(row) + layout.heightOf(row) - top });
    }
    return bands;
  }

  /** Rows in which a process of the area stands; undefined: all. */
  private coveredRows(area: Area | undefined): ReadonlySet<number> | undefined {
    if (area?.processes === undefined) return undefined;
    const lanes = this.place.session.lanes();
    if (this.cache?.area !== area || this.cache.lanes !== lanes)
      this.cache = { area, lanes, rows: new Set(area.processes.map((each) => lanes.rowOf[each] ?? -1)) };
    return this.cache.rows;
  }
}

const ordered = ({ fromNs, toNs }: Area): { fromNs: number; toNs: number } => ({
  fromNs: Math.min(fromNs, toNs),
  toNs: Math.max(fromNs, toNs),
});
