/** What is under the pointer: an event, a call, or what the process did there. */
import { LANE, LEVEL, LEVELS, RULER } from '../model/lane-layout.js';
import type { Session } from '../state/session.js';
import type { Doing } from './activity-data.js';
import type { InView, LanesPicture } from './lanes-picture.js';
import { levelFor } from './tiles.js';
import type { Marks, TimelineData } from './timeline-data.js';

export interface Hover {
  x: number;
  y: number;
  process: number;
  seq: number;
  kind: string;
  ns: number;
  /** Of a call, from its beginning to its end; -1: it has not ended. */
  lastsNs?: number;
  /** What the process did then, where that is known. `seq` 0: nothing else is there. */
  doing?: Doing | undefined;
  /** That is known of some of the events about there only. */
  rough?: boolean | undefined;
}

/** Pixels beside a mark that are the mark. */
const REACH = 6;

export class Hits {
  constructor(
    private readonly session: Session,
    private readonly data: TimelineData,
    private readonly picture: LanesPicture,
    private readonly view: () => InView,
  ) {}

  private rowAt(y: number): { process: number; top: number } | undefined {
    const { layout, seen } = this.view();
    const index = seen.rowAt(y - RULER);
    const row = layout.rows[index];
    return row && { process: row.process, top: seen.top(index) };
  }

  /** The process of a lane; 0: there is none. */
  processAt(y: number): number {
    return this.rowAt(y)?.process ?? 0;
  }

  /** The single event or call under the pointer, where single ones are drawn. */
  at(x: number, y: number): Hover | undefined {
    const row = this.rowAt(y);
    if (row === undefined || row.process === 0) return undefined;
    const inside = y - RULER - row.top;
    if (inside > LANE) return this.call(row.process, x, y, Math.floor((inside - LANE) / LEVEL));
    const data = this.data.exactMarks(this.view().visible);
    return (data && this.mark(data, row.process, x, y)) ?? this.call(row.process, x, y, 0);
  }

  /** What the process of a lane did at a time; undefined: there is no lane, or nobody knows. */
  doingAt(x: number, y: number): Hover | undefined {
    const id = this.processAt(y);
    const process = id === 0 ? undefined : this.session.process(id);
    const { window, nsPerPx } = this.view();
    const ns = window.fromNs + x * nsPerPx;
    if (process === undefined || ns < process.spawnNs || (process.exitNs >= 0 && ns > process.exitNs)) return undefined;
    const doing = this.data.activity.at(id, ns, levelFor(nsPerPx));
    return doing === undefined ? undefined : { x, y, process: id, seq: 0, kind: '', ns, ...doing };
  }

  private mark(data: Marks, process: number, x: number, y: number): Hover | undefined {
    const { hidden, info } = this.session.state;
    const { window, nsPerPx } = this.view();
    const { families } = this.picture;
    let best = -1;
    let distance = REACH;
    for (let i = 0; i < data.ns.length; i++) {
      if (data.process[i] !== process || hidden.has(families[data.kind[i]!] ?? 'system')) continue;
      const away = Math.abs((data.ns[i]! - window.fromNs) / nsPerPx - x);
      if (away < distance) {
        distance = away;
        best = i;
      }
    }
    if (best < 0) return undefined;
    const ns = data.ns[best]!;
    const kind = info?.kindNames[data.kind[best]!] ?? '';
    return { x: (ns - window.fromNs) / nsPerPx, y, process, seq: data.seq[best]!, kind, ns };
  }

  private call(process: number, x: number, y: number, level: number): Hover | undefined {
    const slices = this.data.slices.held?.data;
    if (slices === undefined || level >= LEVELS || this.session.state.hidden.has('function')) return undefined;
    const { window, nsPerPx } = this.view();
    const ns = window.fromNs + x * nsPerPx;
    const slack = nsPerPx * 1.5;
    for (let i = 0; i < slices.seq.length; i++) {
      if (slices.process[i] !== process || slices.depth[i] !== level) continue;
      const start = slices.startNs[i]!;
      const end = slices.endNs[i]!;
      if (ns < start - slack || (end >= 0 && ns > end + slack)) continue;
      const lastsNs = end < 0 ? -1 : end - start;
      return { x, y, process, seq: slices.seq[i]!, kind: 'call', ns: start, lastsNs };
    }
    return undefined;
  }
}
