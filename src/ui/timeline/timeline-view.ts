/** The timeline's canvases: when to draw and what. Everything that is drawn follows from the session's state. */
import { familyOf, type Family } from '../model/families.js';
import { LANE, LEVEL, LEVELS } from '../model/lane-layout.js';
import { tickStep, tickText } from '../model/time.js';
import type { Session } from '../state/session.js';
import { onTheme } from '../state/theme.js';
import {
  drawArrows,
  drawCause,
  drawCrashes,
  drawGaps,
  drawMarks,
  drawPlans,
  drawPlayhead,
  drawRuler,
  drawSlices,
  type DrawingView,
  drawSeparator,
  drawWaits,
} from './drawing.js';
import { AreaGesture } from './area-gesture.js';
import { drawFlames, drawLooks } from './tall-lane.js';
import type { Doing } from './activity-data.js';
import type { Shares } from './life-bar.js';
import { drawNodeLane, type NodeSeen } from './node-lane.js';
import { LanePainter, type PaintedLane } from './lane-painter.js';
import { readPalette, type Palette } from './palette.js';
import { listenToPointer } from './pointer.js';
import { levelFor } from './tiles.js';
import { TimelineData, type Marks } from './timeline-data.js';

export const RULER = 32;
const ARROWS_OF_ALL = 120;

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

/** What a lane shows, in words. */
export interface LaneSaid {
  process: number;
  node: number;
  label: string;
  /** Shares of its life, as far as it is in the window; undefined: not known. */
  shares: Shares | undefined;
  /** Of a node, the largest in the window. */
  seen: NodeSeen | undefined;
}

export class TimelineView {
  private readonly painter = new LanePainter();
  private readonly data: TimelineData;
  private palette: Palette;
  private readonly base: CanvasRenderingContext2D;
  private readonly over: CanvasRenderingContext2D;
  private width = 0;
  private height = 0;
  private scale = 1;
  private frame = 0;
  private dirtyBase = true;
  private kindNames: readonly string[] = [];
  private families: Family[] = [];
  private readonly area: AreaGesture;
  private pointerX: number | undefined;
  private readonly stop: (() => void)[] = [];
  private lastState;
  onHover: (hover: Hover | undefined) => void = () => undefined;
  /** What was last drawn: for those who do not see it. */
  said: readonly LaneSaid[] = [];

  constructor(
    private readonly session: Session,
    private readonly scroller: HTMLElement,
    private readonly baseCanvas: HTMLCanvasElement,
    private readonly overCanvas: HTMLCanvasElement,
  ) {
    this.base = baseCanvas.getContext('2d', { alpha: false })!;
    this.over = overCanvas.getContext('2d')!;
    this.palette = readPalette(overCanvas);
    this.lastState = session.state;
    this.area = new AreaGesture({
      session,
      ruler: RULER,
      width: () => this.width,
      height: () => this.height,
      timeAt: (x) => this.timeAt(x),
      xOf: (ns) => this.xOf(ns),
      changed: () => {
        this.invalidate(false);
      },
    });
    this.data = new TimelineData(session, () => {
      this.invalidate();
    });
    const observer = new ResizeObserver(() => {
      this.resize();
    });
    observer.observe(overCanvas);
    const recolour = (): void => {
      requestAnimationFrame(() => {
        this.palette = readPalette(overCanvas);
        this.painter.configure(this.palette);
        this.invalidate();
      });
    };
    this.stop.push(
      () => {
        observer.disconnect();
      },
      onTheme(recolour),
      session.store.subscribe(() => {
        const now = session.state;
        const before = this.lastState;
        this.lastState = now;
        const base =
          now.window !== before.window ||
          now.scrollTop !== before.scrollTop ||
          now.selected !== before.selected ||
          now.processesVersion !== before.processesVersion ||
          now.crashesVersion !== before.crashesVersion ||
          now.plansVersion !== before.plansVersion ||
          now.toggled !== before.toggled ||
          now.tall !== before.tall ||
          now.filter !== before.filter ||
          now.grouping !== before.grouping ||
          now.sorting !== before.sorting ||
          now.pinned !== before.pinned ||
          now.hidden !== before.hidden ||
          now.info !== before.info ||
          now.link !== before.link;
        if (base) this.invalidate();
        else if (
          now.moment !== before.moment ||
          now.area !== before.area ||
          now.event !== before.event ||
          now.panel !== before.panel
        )
          this.invalidate(false);
      }),
    );
    session.revealProcess = (process) => {
      this.reveal(process);
    };
    this.stop.push(
      listenToPointer<Hover>({
        canvas: overCanvas,
        scroller,
        session,
        ruler: RULER,
        width: () => this.width,
        height: () => this.height,
        nsPerPx: () => this.nsPerPx,
        timeAt: (x) => this.timeAt(x),
        xOf: (ns) => this.xOf(ns),
        hit: (x, y) => this.hit(x, y),
        hover: (hit, at) => {
          const doing = at === undefined ? undefined : this.doingAt(at.x, at.y);
          this.onHover(hit === undefined ? doing : { ...hit, doing: doing?.doing, rough: doing?.rough });
        },
        area: this.area,
        click: (x, y) => {
          this.click(x, y);
        },
        pointer: (x) => {
          this.pointerX = x;
          this.invalidate(false);
        },
      }),
    );
    this.resize();
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    for (const each of this.stop) each();
    this.session.revealProcess = () => undefined;
  }

  get nsPerPx(): number {
    const { fromNs, toNs } = this.session.state.window;
    return (toNs - fromNs) / Math.max(1, this.width);
  }
  timeAt(x: number): number {
    return this.session.state.window.fromNs + x * this.nsPerPx;
  }
  xOf(ns: number): number {
    return (ns - this.session.state.window.fromNs) / this.nsPerPx;
  }

  private invalidate(base = true): void {
    this.dirtyBase ||= base;
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  private resize(): void {
    const box = this.overCanvas.getBoundingClientRect();
    this.scale = Math.min(2, devicePixelRatio || 1);
    this.width = box.width;
    this.height = Math.max(0, box.height - RULER);
    this.baseCanvas.width = Math.round(this.width * this.scale);
    this.baseCanvas.height = Math.round(this.height * this.scale);
    this.overCanvas.width = Math.round(this.width * this.scale);
    this.overCanvas.height = Math.round(box.height * this.scale);
    this.invalidate();
  }

  private draw(): void {
    const { session } = this;
    const { info, scrollTop } = session.state;
    if (info === undefined || this.width < 2) return;
    if (this.kindNames !== info.kindNames) {
      this.kindNames = info.kindNames;
      this.families = info.kindNames.map(familyOf);
      this.painter.configure(this.palette);
    }
    this.data.update();
    const layout = session.layout();
    const { first, last } = layout.visible(scrollTop, this.height);
    this.data.fetch(this.visible(first, last), layout, first, last, this.width);
    if (this.dirtyBase) {
      this.dirtyBase = false;
      this.drawBase(first, last);
    }
    this.drawOver();
  }

  private visible(first: number, last: number): number[] {
    const { rows } = this.session.lanes();
    const visible: number[] = [];
    for (let i = first; i <= last; i++) if (rows[i]!.process > 0) visible.push(rows[i]!.process);
    return visible;
  }

  /** Positions for whoever draws. */
  private view(context: CanvasRenderingContext2D): DrawingView {
    const { session } = this;
    const { scrollTop } = session.state;
    const { rowOf, rows } = session.lanes();
    const layout = session.layout();
    return {
      context,
      palette: this.palette,
      width: this.width,
      height: this.height,
      xOf: (ns) => this.xOf(ns),
      topOf: (process) => {
        const row = rowOf[process] ?? -1;
        return row < 0 ? undefined : layout.top(row) - scrollTop;
      },
      ownTop: (process) => {
        const row = rowOf[process] ?? -1;
        return row < 0 || rows[row]?.process !== process ? undefined : layout.top(row) - scrollTop;
      },
    };
  }

  private grid(): { step: number; ticks: number[] } {
    const { fromNs, toNs } = this.session.state.window;
    const step = tickStep(this.nsPerPx, 110);
    const ticks: number[] = [];
    for (let i = Math.ceil(Math.max(0, fromNs) / step); i * step <= toNs; i++) ticks.push(i * step);
    return { step, ticks };
  }

  private drawBase(first: number, last: number): void {
    const { session, palette, scale } = this;
    const { window, scrollTop, selected, hidden, info, tall } = session.state;
    const { rows } = session.lanes();
    const layout = session.layout();
    const lanes: PaintedLane[] = [];
    for (let i = first; i <= last; i++) {
      const row = rows[i]!;
      const process = row.process === 0 ? undefined : session.process(row.process);
      lanes.push({
        process: row.process,
        top: layout.top(i) - scrollTop,
        height: layout.heightOf(i),
        alt: i % 2 === 1,
        selected: row.process > 0 && row.process === selected,
        fromNs: process?.spawnNs ?? -1,
        toNs: process === undefined ? -1 : process.exitNs < 0 ? (info?.end.ns ?? -1) : process.exitNs,
      });
    }
    const exact = this.data.exactMarks(this.visible(first, last));
    this.painter.paint(this.base, this.baseCanvas.width, this.baseCanvas.height, scale, {
      palette,
      window,
      level: levelFor(this.nsPerPx),
      lanes,
      grid: this.grid().ticks.map((ns) => Math.round(this.xOf(ns) * scale)),
      cache: this.data.cache,
      activity: this.data.activity.cache,
      hidden,
      exact: exact !== undefined,
    });
    const { base } = this;
    base.save();
    base.scale(scale, scale);
    const view = this.view(base);
    const slices = this.data.slices.held?.data;
    const drawMarksOf = (which: (family: Family) => boolean): void => {
      if (exact !== undefined) drawMarks(view, exact, this.families, (family) => hidden.has(family) || !which(family));
    };
    drawMarksOf((family) => family === 'function');
    if (!hidden.has('function') && slices !== undefined) {
      drawSlices(view, slices, tall);
      drawWaits(view, this.painter.life.waits, slices);
    }
    drawMarksOf((family) => family !== 'function');
    const endOf = (id: number): number => session.process(id)?.exitNs ?? -1;
    for (const lane of lanes) {
      if (lane.process === 0 || !tall.has(lane.process)) continue;
      if (slices !== undefined) drawFlames(view, slices, lane.process, lane.top + LANE, endOf(lane.process));
      if (layout.charts) drawLooks(view, this.data.memory.held?.data.get(lane.process), lane.top + lane.height, window);
    }
    const said: LaneSaid[] = [];
    for (let i = first; i <= last; i++) {
      const { process, node, kind, label } = rows[i]!;
      const seen =
        kind === 'node' && layout.charts
          ? drawNodeLane(view, this.data.nodes.held?.data.get(node), layout.top(i) - scrollTop, window)
          : undefined;
      if (process > 0 || kind === 'node')
        said.push({ process, node, label, shares: this.painter.life.shares.get(process), seen });
    }
    this.said = said;
    const { pinned } = session.lanes();
    if (pinned > 0) drawSeparator(view, layout.top(pinned) - scrollTop);
    drawCrashes(view, session.crashes);
    drawGaps(view, info?.gaps ?? []);
    base.restore();
  }

  private drawOver(): void {
    const { session, over, palette, scale } = this;
    const { moment, panel, following, selected } = session.state;
    over.save();
    over.setTransform(scale, 0, 0, scale, 0, 0);
    over.clearRect(0, 0, this.width, this.height + RULER);
    const { step, ticks } = this.grid();
    drawRuler(
      over,
      palette,
      this.width,
      RULER,
      ticks.map((ns) => ({ x: this.xOf(ns), text: tickText(ns, step) })),
    );
    drawPlans(over, palette, session.plans, (ns) => this.xOf(ns), this.width, RULER);
    over.save();
    over.beginPath();
    over.rect(0, RULER, this.width, this.height);
    over.clip();
    over.translate(0, RULER);
    const view = this.view(over);
    const { held } = this.data.arrows;
    if (held !== undefined && (selected > 0 || held.data.meta.total <= ARROWS_OF_ALL)) {
      drawArrows(view, held.data, moment.ns);
    }
    const changed = panel?.state?.changed;
    if (panel !== undefined && changed !== undefined && changed.sendSeq > 0) {
      drawCause(view, { from: changed.from, to: panel.process, sendNs: changed.sendNs, handleNs: changed.ns });
    }
    over.restore();
    this.area.draw(over, palette);
    drawPlayhead(over, palette, this.xOf(moment.ns), this.width, this.height + RULER, RULER, following);
    if (this.pointerX !== undefined) {
      over.strokeStyle = palette.textFaint;
      over.globalAlpha = 0.5;
      over.lineWidth = 1;
      over.beginPath();
      over.moveTo(Math.round(this.pointerX) + 0.5, RULER);
      over.lineTo(Math.round(this.pointerX) + 0.5, RULER + this.height);
      over.stroke();
      over.globalAlpha = 1;
    }
    over.restore();
  }

  private reveal(process: number): void {
    const row = this.session.lanes().rowOf[process] ?? -1;
    if (row < 0) return;
    const layout = this.session.layout();
    const top = layout.top(row);
    const height = layout.heightOf(row);
    const { scrollTop } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = Math.max(0, top - LANE * 2);
    else if (top + height > scrollTop + this.height)
      this.scroller.scrollTop = Math.min(top - LANE, top - this.height + height + LANE * 2);
  }

  /** The single event or call under the pointer, where single ones are drawn. */
  private hit(x: number, y: number): Hover | undefined {
    const { scrollTop } = this.session.state;
    const layout = this.session.layout();
    const index = layout.rowAt(y - RULER + scrollTop);
    const row = layout.rows[index];
    if (row === undefined || row.process === 0) return undefined;
    const inside = y - RULER + scrollTop - layout.top(index);
    if (inside > LANE) return this.hitCall(row.process, x, y, Math.floor((inside - LANE) / LEVEL));
    const { first, last } = layout.visible(scrollTop, this.height);
    const data = this.data.exactMarks(this.visible(first, last));
    return (data && this.hitMark(data, row.process, x, y)) ?? this.hitCall(row.process, x, y, 0);
  }

  /** What the process of a lane did at a time; undefined: there is no lane, or nobody knows. */
  private doingAt(x: number, y: number): Hover | undefined {
    const { scrollTop } = this.session.state;
    const layout = this.session.layout();
    const row = layout.rows[layout.rowAt(y - RULER + scrollTop)];
    if (row === undefined || row.process === 0) return undefined;
    const process = this.session.process(row.process);
    const ns = this.timeAt(x);
    if (process === undefined || ns < process.spawnNs || (process.exitNs >= 0 && ns > process.exitNs)) return undefined;
    const doing = this.data.activity.at(row.process, ns, levelFor(this.nsPerPx));
    return doing === undefined ? undefined : { x, y, process: row.process, seq: 0, kind: '', ns, ...doing };
  }

  private hitMark(data: Marks, process: number, x: number, y: number): Hover | undefined {
    const { hidden } = this.session.state;
    let best = -1;
    let distance = 6;
    for (let i = 0; i < data.ns.length; i++) {
      if (data.process[i] !== process || hidden.has(this.families[data.kind[i]!] ?? 'system')) continue;
      const away = Math.abs(this.xOf(data.ns[i]!) - x);
      if (away < distance) {
        distance = away;
        best = i;
      }
    }
    if (best < 0) return undefined;
    const ns = data.ns[best]!;
    const kind = this.kindNames[data.kind[best]!] ?? '';
    return { x: this.xOf(ns), y, process, seq: data.seq[best]!, kind, ns };
  }

  private hitCall(process: number, x: number, y: number, level: number): Hover | undefined {
    const slices = this.data.slices.held?.data;
    if (slices === undefined || level >= LEVELS || this.session.state.hidden.has('function')) return undefined;
    const ns = this.timeAt(x);
    const slack = this.nsPerPx * 1.5;
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

  private click(x: number, y: number): void {
    const hit = this.hit(x, y);
    if (hit !== undefined && (hit.lastsNs === undefined || y - RULER >= 0)) {
      // Of a call, the moment within it that was pointed at: what it was doing then is what one wants to see.
      if (hit.lastsNs === undefined) {
        this.session.jump({ seq: hit.seq, ns: hit.ns, process: hit.process });
        return;
      }
      if (hit.process !== this.session.state.selected) this.session.select(hit.process);
      this.session.showEvent(hit.seq);
      this.session.setMoment({ ns: this.timeAt(x), seq: undefined });
      return;
    }
    const layout = this.session.layout();
    const row = layout.rows[layout.rowAt(y - RULER + this.session.state.scrollTop)];
    if (row !== undefined && row.process > 0) this.session.select(row.process);
    this.session.closeDetail();
    this.session.setMoment({ ns: this.timeAt(x), seq: undefined });
  }
}
