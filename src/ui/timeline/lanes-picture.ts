/**
 * One picture of the timeline, on one opaque canvas: ruler, lanes and what hangs over them. What there is thousands of is written as pixels;
 * texts, arrows and whatever there is little of is drawn on top. Two canvases above each other would cost more to put together than this
 * costs to draw.
 */
import { familyOf, type Family } from '../model/families.js';
import { LANE, RULER, type LaneLayout, type RowsInView } from '../model/lane-layout.js';
import type { Session } from '../state/session.js';
import { drawArrows, drawCause } from './arrows.js';
import type { AreaGesture } from './area-gesture.js';
import { drawCrashes, drawGaps, drawNames, drawSeparator, type DrawingView } from './drawing.js';
import { LanePainter, type PaintedLane } from './lane-painter.js';
import type { Shares } from './life-bar.js';
import { MarkPainter, topsOf, type SliceText } from './mark-painter.js';
import { drawNodeLane, seenOfNode, type NodeSeen } from './node-lane.js';
import { pixel, type Palette } from './palette.js';
import { Raster } from './raster.js';
import { drawPlans, drawPlayhead, drawTimes, ticksOf } from './ruler.js';
import { drawFlames, drawLooks } from './tall-lane.js';
import { Texts } from './texts.js';
import { levelFor } from './tiles.js';
import { Columns } from './tiles-in-view.js';
import type { TimelineData } from './timeline-data.js';

const ARROWS_OF_ALL = 120;

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

/** What is in view. CSS pixels; `height` is that of the lanes, without the ruler. */
export interface InView {
  width: number;
  height: number;
  /** Device pixels of a CSS pixel. */
  scale: number;
  window: { fromNs: number; toNs: number };
  nsPerPx: number;
  layout: LaneLayout;
  seen: RowsInView;
  /** The processes of the rows. */
  visible: readonly number[];
}

/** Rows that lie in one part of the picture: those that are pinned, and those that scroll beneath them. */
interface Band {
  rows: readonly number[];
  /** From the top of the lanes. */
  from: number;
  to: number;
  names: SliceText[];
}

export class LanesPicture {
  /** What was last drawn: for those who do not see it. */
  said: readonly LaneSaid[] = [];
  private readonly lanePainter = new LanePainter();
  private readonly markPainter = new MarkPainter();
  private readonly raster = new Raster();
  private readonly columns = new Columns();
  private readonly context: CanvasRenderingContext2D;
  private readonly texts: Texts;
  private bands: Band[] = [];
  private tops: Float64Array = new Float64Array(0);
  private kindNames: readonly string[] = [];
  /** By kind. */
  families: readonly Family[] = [];

  constructor(
    private readonly session: Session,
    private readonly data: TimelineData,
    private readonly canvas: HTMLCanvasElement,
    private palette: Palette,
  ) {
    this.context = canvas.getContext('2d', { alpha: false })!;
    this.texts = new Texts(this.context);
    this.colour(palette);
  }

  colour(palette: Palette): void {
    this.palette = palette;
    this.lanePainter.configure(palette);
    this.markPainter.configure(palette);
  }

  clear(): void {
    this.context.fillStyle = this.palette.background;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** The pixels: again whenever the window, the lanes or what is known of them changed. */
  paint(view: InView): void {
    const { session, raster, palette, columns, lanePainter, markPainter } = this;
    const { hidden, info, tall } = session.state;
    const { window, scale, nsPerPx, seen, layout } = view;
    if (this.kindNames !== info!.kindNames) {
      this.kindNames = info!.kindNames;
      this.families = this.kindNames.map(familyOf);
    }
    raster.resize(this.canvas.width, this.canvas.height);
    const { ticks } = ticksOf(window, nsPerPx);
    const grid = ticks.map((ns) => Math.round(((ns - window.fromNs) / nsPerPx) * scale));
    this.paintRuler(grid, scale);
    this.bands = bandsOf(view);
    const exact = this.data.exactMarks(view.visible);
    const slices = hidden.has('function') ? undefined : this.data.slices.held?.data;
    columns.begin(window, levelFor(nsPerPx), raster.width);
    const painted = {
      window,
      grid,
      counts: columns.of(this.data.cache),
      activity: columns.of(this.data.activity.cache),
      hidden,
      exact: exact !== undefined,
    };
    const shown = (family: Family): Family | undefined => (hidden.has(family) ? undefined : family);
    const calls = this.families.map((family) => (family === 'function' ? shown(family) : undefined));
    const others = this.families.map((family) => (family === 'function' ? undefined : shown(family)));
    lanePainter.life.begin();
    for (const band of this.bands) {
      raster.top = Math.round((RULER + band.from) * scale);
      raster.bottom = Math.min(raster.height, Math.round((RULER + band.to) * scale));
      const lanes = band.rows.map((row) => this.laneOf(row, layout, seen));
      const before = lanePainter.life.waits.length;
      lanePainter.paint(raster, scale, lanes, painted);
      this.tops = topsOf(this.tops, session.processes.length, lanes);
      const places = { scale, fromNs: window.fromNs, nsPerPx: nsPerPx / scale, topOf: this.tops };
      if (exact !== undefined) markPainter.marks(raster, places, exact, calls);
      if (slices !== undefined && slices.seq.length > 0) {
        markPainter.slices(raster, places, slices, tall, band.names);
        markPainter.waits(raster, scale, lanePainter.life.waits.slice(before));
      }
      if (exact !== undefined) markPainter.marks(raster, places, exact, others);
    }
    this.said = this.saidOf(view);
    raster.top = 0;
    raster.bottom = Math.round(RULER * scale);
    // The line below the ruler stands over whatever the first lane holds.
    raster.fill(0, raster.bottom - Math.round(scale), raster.width, raster.bottom, pixel(palette.line));
  }

  private paintRuler(grid: readonly number[], scale: number): void {
    const { raster, palette } = this;
    const bottom = Math.round(RULER * scale);
    const line = Math.max(1, Math.round(scale));
    raster.fill(0, 0, raster.width, bottom, pixel(palette.background));
    for (const x of grid) raster.fill(x, Math.round(4 * scale), x + line, bottom, pixel(palette.line));
  }

  private laneOf(row: number, layout: LaneLayout, seen: RowsInView): PaintedLane {
    const { session } = this;
    const { selected, info } = session.state;
    const id = layout.rows[row]!.process;
    const process = id === 0 ? undefined : session.process(id);
    return {
      process: id,
      top: RULER + seen.top(row),
      height: layout.heightOf(row),
      alt: row % 2 === 1,
      selected: id > 0 && id === selected,
      fromNs: process?.spawnNs ?? -1,
      toNs: process === undefined ? -1 : process.exitNs < 0 ? (info?.end.ns ?? -1) : process.exitNs,
    };
  }

  private saidOf({ layout, seen, window }: InView): LaneSaid[] {
    const said: LaneSaid[] = [];
    for (const row of seen.rows) {
      const { process, node, kind, label } = layout.rows[row]!;
      if (process === 0 && kind !== 'node') continue;
      const looks = kind === 'node' && layout.charts ? this.data.nodes.held?.data.get(node) : undefined;
      said.push({
        process,
        node,
        label,
        shares: this.lanePainter.life.shares.get(process),
        seen: looks && seenOfNode(looks, window),
      });
    }
    return said;
  }

  /** Puts the pixels on the canvas and draws the rest over them. `pointerX`: where a line follows the pointer. */
  draw(view: InView, area: AreaGesture, pointerX: number | undefined): void {
    const { session, context, palette } = this;
    const { width, height, scale, window, nsPerPx } = view;
    const { moment, following } = session.state;
    const xOf = (ns: number): number => (ns - window.fromNs) / nsPerPx;
    this.raster.put(context);
    context.save();
    context.setTransform(scale, 0, 0, scale, 0, 0);
    drawTimes(context, palette, ticksOf(window, nsPerPx), xOf, width);
    drawPlans(context, palette, session.plans, xOf, width, RULER);
    for (const band of this.bands) this.drawBand(view, band, xOf);
    this.drawOver(view, xOf);
    area.draw(context, palette);
    drawPlayhead(context, palette, xOf(moment.ns), width, height + RULER, RULER, following);
    if (pointerX !== undefined) {
      context.fillStyle = palette.textFaint;
      context.globalAlpha = 0.5;
      context.fillRect(Math.round(pointerX), RULER, 1, height);
    }
    context.restore();
  }

  private drawBand(view: InView, band: Band, xOf: (ns: number) => number): void {
    const { session, context, data } = this;
    const { width, height, window, layout, seen } = view;
    const { tall } = session.state;
    const { rowOf } = session.lanes();
    const more = band.rows.filter((row) => layout.rows[row]!.kind === 'node' || tall.has(layout.rows[row]!.process));
    if (band.names.length === 0 && more.length === 0 && session.crashes.length === 0) return;
    const drawing: DrawingView = {
      context,
      texts: this.texts,
      palette: this.palette,
      width,
      height,
      xOf,
      topOf: (process) => {
        const row = rowOf[process] ?? -1;
        return row < 0 || row < seen.stuck !== band.from < seen.under ? undefined : seen.top(row);
      },
    };
    context.save();
    context.beginPath();
    context.rect(0, RULER + band.from, width, band.to - band.from);
    context.clip();
    drawNames(drawing, band.names);
    context.translate(0, RULER);
    const slices = data.slices.held?.data;
    for (const row of more) {
      const { process, kind, node } = layout.rows[row]!;
      const top = seen.top(row);
      if (kind === 'node' && layout.charts) drawNodeLane(drawing, data.nodes.held?.data.get(node), top, window);
      if (process === 0) continue;
      if (slices !== undefined)
        drawFlames(drawing, slices, process, top + LANE, session.process(process)?.exitNs ?? -1);
      if (layout.charts) drawLooks(drawing, data.memory.held?.data.get(process), top + layout.heightOf(row), window);
    }
    drawCrashes(drawing, session.crashes);
    context.restore();
  }

  /** Over all lanes. */
  private drawOver({ width, height, seen }: InView, xOf: (ns: number) => number): void {
    const { session, context, palette } = this;
    const { moment, panel, selected, info } = session.state;
    const { rowOf, pinned } = session.lanes();
    const arrows = this.data.arrows.held?.data;
    const changed = panel?.state?.changed;
    const gaps = info?.gaps ?? [];
    if (pinned === 0 && gaps.length === 0 && arrows === undefined && changed === undefined) return;
    const drawing: DrawingView = {
      context,
      texts: this.texts,
      palette,
      width,
      height,
      xOf,
      topOf: (process) => {
        const row = rowOf[process] ?? -1;
        if (row < 0) return undefined;
        // Of a lane that is beneath the pinned ones only the way there can be seen.
        return row < seen.stuck || seen.stuck === 0 ? seen.top(row) : Math.max(seen.top(row), seen.under - LANE / 2);
      },
    };
    context.save();
    context.beginPath();
    context.rect(0, RULER, width, height);
    context.clip();
    context.translate(0, RULER);
    if (pinned > 0) drawSeparator(drawing, seen.stuck > 0 ? seen.under : seen.top(pinned));
    drawGaps(drawing, gaps);
    if (arrows !== undefined && (selected > 0 || arrows.meta.total <= ARROWS_OF_ALL))
      drawArrows(drawing, arrows, moment.ns);
    if (panel !== undefined && changed !== undefined && changed.sendSeq > 0)
      drawCause(drawing, { from: changed.from, to: panel.process, sendNs: changed.sendNs, handleNs: changed.ns });
    context.restore();
  }
}

function bandsOf({ seen, height }: InView): Band[] {
  const { rows, stuck, under } = seen;
  const rest = { rows: rows.slice(stuck), from: under, to: height, names: [] };
  return stuck === 0 ? [rest] : [{ rows: rows.slice(0, stuck), from: 0, to: under, names: [] }, rest];
}
