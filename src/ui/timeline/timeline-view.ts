/** The timeline's canvases: what to fetch, when to draw, and what the mouse does. Everything that is drawn follows from the session's state. */
import type { BinaryAnswer } from '../net/client.js';
import { familyOf, type Family } from '../model/families.js';
import { tickStep, tickText } from '../model/time.js';
import type { Session } from '../state/session.js';
import {
  drawArrows,
  drawCause,
  drawCrashes,
  drawGaps,
  drawMarks,
  drawPlayhead,
  drawRuler,
  drawSlices,
} from './drawing.js';
import { LANE, LanePainter, type PaintedLane } from './lane-painter.js';
import { readPalette, type Palette } from './palette.js';
import { levelFor, missingTiles, packBin, TILE_BINS, TileCache, tileNs } from './tiles.js';
import { WindowData } from './window-data.js';

export const RULER = 32;
/** Fewer events than this in view are drawn one by one. */
const EXACT_BELOW = 3_000;
const MAX_SLICES = 6_000;
const MAX_ARROWS = 400;
const ARROWS_OF_ALL = 120;
/** Events of all processes in the window that is asked for, beyond which callbacks and arrows are not looked for. */
const MAX_LOOKED_AT = 4_000_000;

export type Marks = BinaryAnswer<'marks'>;
export type Slices = BinaryAnswer<'slices'>;
export type Arrows = BinaryAnswer<'arrows'>;

export interface Hover {
  x: number;
  y: number;
  process: number;
  seq: number;
  kind: string;
  ns: number;
}

export class TimelineView {
  private readonly painter = new LanePainter();
  private readonly cache = new TileCache();
  private palette: Palette;
  private readonly base: CanvasRenderingContext2D;
  private readonly over: CanvasRenderingContext2D;
  private width = 0;
  private height = 0;
  private scale = 1;
  private frame = 0;
  private dirtyBase = true;
  private tilesBusy = false;
  private lastEndNs = 0;
  private kindNames: readonly string[] = [];
  private families: Family[] = [];
  private readonly marks: WindowData<Marks>;
  private readonly slices: WindowData<Slices>;
  private readonly arrows: WindowData<Arrows>;
  private arrowsOf = -1;
  private eventsInView = Infinity;
  private pointerX: number | undefined;
  private readonly stop: (() => void)[] = [];
  private lastState;
  onHover: (hover: Hover | undefined) => void = () => undefined;

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
    const redraw = (): void => {
      this.invalidate();
    };
    this.marks = new WindowData(async (fromNs, toNs, processes) => {
      const data = await session.client.askColumns(
        'marks',
        { fromNs, toNs, processes, limit: EXACT_BELOW * 4 },
        'marks',
      );
      return { data, complete: data.meta.complete };
    }, redraw);
    this.slices = new WindowData(async (fromNs, toNs, processes) => {
      const data = await session.client.askColumns('slices', { fromNs, toNs, processes, limit: MAX_SLICES }, 'slices');
      return { data, complete: data.meta.total <= data.seq.length };
    }, redraw);
    this.arrows = new WindowData(async (fromNs, toNs, processes) => {
      const data = await session.client.askColumns('arrows', { fromNs, toNs, processes, limit: MAX_ARROWS }, 'arrows');
      return { data, complete: data.meta.total <= data.sendSeq.length };
    }, redraw);

    const observer = new ResizeObserver(() => {
      this.resize();
    });
    observer.observe(overCanvas);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const recolour = (): void => {
      requestAnimationFrame(() => {
        this.palette = readPalette(overCanvas);
        this.painter.configure(this.palette, this.kindNames);
        this.invalidate();
      });
    };
    dark.addEventListener('change', recolour);
    this.stop.push(
      () => {
        observer.disconnect();
      },
      () => {
        dark.removeEventListener('change', recolour);
      },
      session.store.subscribe(() => {
        const now = session.state;
        const before = this.lastState;
        this.lastState = now;
        if (now.theme !== before.theme) recolour();
        const base =
          now.window !== before.window ||
          now.scrollTop !== before.scrollTop ||
          now.selected !== before.selected ||
          now.processesVersion !== before.processesVersion ||
          now.crashesVersion !== before.crashesVersion ||
          now.toggled !== before.toggled ||
          now.filter !== before.filter ||
          now.hidden !== before.hidden ||
          now.info !== before.info ||
          now.link !== before.link;
        if (base) this.invalidate();
        else if (now.moment !== before.moment || now.event !== before.event || now.panel !== before.panel)
          this.invalidate(false);
      }),
    );
    session.revealProcess = (process) => {
      this.reveal(process);
    };
    this.listen();
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

  private visibleRows(): { first: number; last: number } {
    const { rows } = this.session.lanes();
    const { scrollTop } = this.session.state;
    return {
      first: Math.max(0, Math.floor(scrollTop / LANE)),
      last: Math.min(rows.length - 1, Math.floor((scrollTop + this.height) / LANE)),
    };
  }

  private draw(): void {
    const { session } = this;
    const { info } = session.state;
    if (info === undefined || this.width < 2) return;
    if (this.kindNames !== info.kindNames) {
      this.kindNames = info.kindNames;
      this.families = info.kindNames.map(familyOf);
      this.painter.configure(this.palette, info.kindNames);
    }
    if (info.end.ns !== this.lastEndNs) {
      // What was fetched up to the old end may have been written on since.
      this.cache.forgetAfter(this.lastEndNs);
      this.lastEndNs = info.end.ns;
    }
    const { rows } = session.lanes();
    const { first, last } = this.visibleRows();
    const visible: number[] = [];
    for (let i = first; i <= last; i++) if (rows[i]!.process > 0) visible.push(rows[i]!.process);

    this.fetch(visible, first, last);
    if (this.dirtyBase) {
      this.dirtyBase = false;
      this.drawBase(first, last);
    }
    this.drawOver();
  }

  private fetch(visible: number[], first: number, last: number): void {
    const { session } = this;
    const { window, info, selected, link } = session.state;
    if (link !== 'open' || info === undefined) return;
    const endNs = info.end.ns;
    const { rows } = session.lanes();
    const around: number[] = [...visible];
    const margin = last - first + 1;
    for (let i = Math.max(0, first - margin); i < first; i++) if (rows[i]!.process > 0) around.push(rows[i]!.process);
    for (let i = last + 1; i <= Math.min(rows.length - 1, last + margin); i++)
      if (rows[i]!.process > 0) around.push(rows[i]!.process);

    const level = levelFor(this.nsPerPx);
    this.eventsInView = this.countInView(visible, level);
    const few = this.eventsInView <= EXACT_BELOW;
    if (!this.tilesBusy) {
      const wholeLevel = levelFor((endNs * 1.03) / Math.max(1, this.width));
      // The whole recording first, roughly: whatever is looked at later has something to show at once.
      const request =
        missingTiles(this.cache, { ...window, endNs }, level, visible) ??
        missingTiles(this.cache, { fromNs: 0, toNs: endNs, endNs }, wholeLevel, around) ??
        missingTiles(this.cache, { ...window, endNs }, level, around);
      if (request !== undefined) {
        this.tilesBusy = true;
        const span = tileNs(request.level);
        session.client
          .askColumns('timeline', {
            fromNs: request.first * span,
            toNs: (request.first + request.count) * span,
            bins: request.count * TILE_BINS,
            processes: request.processes,
          })
          .then((answer) => {
            this.keep(request.level, request.first, request.count, answer);
          })
          .catch(() => new Promise((resolve) => setTimeout(resolve, 500)))
          .finally(() => {
            this.tilesBusy = false;
            this.invalidate();
          });
      }
    }
    // These look through every block of the window: of a huge recording, only a part at a time.
    const share = Math.min(1, (window.toNs - window.fromNs) / Math.max(1, endNs));
    const affordable = info.events * share * 3 <= MAX_LOOKED_AT;
    if (few && affordable) this.marks.need(window, visible, endNs);
    if (affordable) this.slices.need(window, visible, endNs);
    else this.slices.clear();
    const of = selected > 0 ? selected : 0;
    if (this.arrowsOf !== of) {
      this.arrows.clear();
      this.arrowsOf = of;
    }
    if (!affordable) this.arrows.clear();
    else if (of > 0) this.arrows.need(window, [of], endNs);
    else if (this.eventsInView <= EXACT_BELOW) this.arrows.need(window, visible, endNs);
  }

  private keep(level: number, first: number, count: number, answer: BinaryAnswer<'timeline'>): void {
    const { processes, bins } = answer.meta;
    for (const [p, process] of processes.entries()) {
      for (let t = 0; t < count; t++) {
        const packed = new Uint32Array(TILE_BINS);
        const at = p * bins + t * TILE_BINS;
        for (let i = 0; i < TILE_BINS; i++) packed[i] = packBin(answer.kinds[at + i]!, answer.counts[at + i]!);
        this.cache.put(level, first + t, process, packed);
      }
    }
  }

  /** About how many events there are in view; Infinity while that is not known, or too many to draw one by one. */
  private countInView(visible: readonly number[], level: number): number {
    const { fromNs, toNs } = this.session.state.window;
    const span = tileNs(level);
    let total = 0;
    for (const process of visible) {
      const before = total;
      for (
        let index = Math.max(0, Math.floor(fromNs / span));
        index <= Math.floor(Math.min(toNs, this.lastEndNs) / span);
        index++
      ) {
        const bins = this.cache.get(level, index, process);
        if (bins === undefined) return Infinity;
        for (let i = 0; i < TILE_BINS; i++) {
          const bin = bins[i]!;
          if (bin === 0) continue;
          const ns = index * span + (i * span) / TILE_BINS;
          if (ns >= fromNs && ns <= toNs) total += bin >>> 24 === 0 ? 0 : 2 ** ((bin >>> 24) - 1);
        }
        // Where marks would cover each other, density says more.
        if (total > EXACT_BELOW || total - before > this.width / 5) return Infinity;
      }
    }
    return total;
  }

  /** Whether single events are at hand for all that is seen. */
  private exactMarks(visible: readonly number[]): Marks | undefined {
    const { held } = this.marks;
    const { window, info } = this.session.state;
    if (held === undefined || !held.complete || this.eventsInView > EXACT_BELOW) return undefined;
    const to = Math.min(window.toNs, info?.end.ns ?? 0);
    const covers =
      Math.max(0, window.fromNs) >= held.fromNs && to <= Math.max(held.toNs, held.endNs) && to <= held.toNs + 1;
    return covers && visible.every((each) => held.processes.has(each)) ? held.data : undefined;
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
    const { window, scrollTop, selected, hidden, info } = session.state;
    const { rows } = session.lanes();
    const lanes: PaintedLane[] = [];
    const visible: number[] = [];
    for (let i = first; i <= last; i++) {
      const row = rows[i]!;
      const process = row.process === 0 ? undefined : session.process(row.process);
      if (row.process > 0) visible.push(row.process);
      lanes.push({
        process: row.process,
        top: i * LANE - scrollTop,
        alt: i % 2 === 1,
        selected: row.process > 0 && row.process === selected,
        fromNs: process?.spawnNs ?? -1,
        toNs: process === undefined ? -1 : process.exitNs < 0 ? (info?.end.ns ?? -1) : process.exitNs,
      });
    }
    const exact = this.exactMarks(visible);
    this.painter.paint(this.base, this.baseCanvas.width, this.baseCanvas.height, scale, {
      palette,
      window,
      level: levelFor(this.nsPerPx),
      lanes,
      grid: this.grid().ticks.map((ns) => Math.round(this.xOf(ns) * scale)),
      cache: this.cache,
      hidden,
      exact: exact !== undefined,
    });
    const { base } = this;
    base.save();
    base.scale(scale, scale);
    const view = {
      context: base,
      palette,
      width: this.width,
      height: this.height,
      xOf: (ns: number) => this.xOf(ns),
      topOf: (process: number) => {
        const row = session.lanes().rowOf[process] ?? -1;
        return row < 0 ? undefined : row * LANE - scrollTop;
      },
      /** Row of the process itself, not of a folded ancestor. */
      ownTop: (process: number) => {
        const row = session.lanes().rowOf[process] ?? -1;
        return row < 0 || rows[row]?.process !== process ? undefined : row * LANE - scrollTop;
      },
    };
    if (!hidden.has('function') && this.slices.held !== undefined) drawSlices(view, this.slices.held.data);
    if (exact !== undefined) drawMarks(view, exact, this.families, hidden);
    drawCrashes(view, session.crashes);
    drawGaps(view, info?.gaps ?? []);
    base.restore();
  }

  private drawOver(): void {
    const { session, over, palette, scale } = this;
    const { scrollTop, moment, panel, following, selected } = session.state;
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
    over.save();
    over.beginPath();
    over.rect(0, RULER, this.width, this.height);
    over.clip();
    over.translate(0, RULER);
    const { rowOf } = session.lanes();
    const view = {
      context: over,
      palette,
      width: this.width,
      height: this.height,
      xOf: (ns: number) => this.xOf(ns),
      topOf: (process: number) => {
        const row = rowOf[process] ?? -1;
        return row < 0 ? undefined : row * LANE - scrollTop;
      },
      ownTop: () => undefined,
    };
    const { held } = this.arrows;
    if (held !== undefined && (selected > 0 || held.data.meta.total <= ARROWS_OF_ALL)) {
      drawArrows(view, held.data, moment.ns);
    }
    const changed = panel?.state?.changed;
    if (panel !== undefined && changed !== undefined && changed.sendSeq > 0) {
      drawCause(view, { from: changed.from, to: panel.process, sendNs: changed.sendNs, handleNs: changed.ns });
    }
    over.restore();
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
    const top = row * LANE;
    const { scrollTop } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = Math.max(0, top - LANE * 2);
    else if (top + LANE > scrollTop + this.height) this.scroller.scrollTop = top - this.height + LANE * 3;
  }

  /** The single event under the pointer, where single events are drawn. */
  private hit(x: number, y: number): Hover | undefined {
    const { rows } = this.session.lanes();
    const row = rows[Math.floor((y - RULER + this.session.state.scrollTop) / LANE)];
    if (row === undefined || row.process === 0) return undefined;
    const { first, last } = this.visibleRows();
    const visible: number[] = [];
    for (let i = first; i <= last; i++) if (rows[i]!.process > 0) visible.push(rows[i]!.process);
    const data = this.exactMarks(visible);
    if (data === undefined) return undefined;
    const { hidden } = this.session.state;
    let best = -1;
    let distance = 6;
    for (let i = 0; i < data.ns.length; i++) {
      if (data.process[i] !== row.process || hidden.has(this.families[data.kind[i]!] ?? 'system')) continue;
      const away = Math.abs(this.xOf(data.ns[i]!) - x);
      if (away < distance) {
        distance = away;
        best = i;
      }
    }
    if (best < 0) return undefined;
    const ns = data.ns[best]!;
    return {
      x: this.xOf(ns),
      y,
      process: row.process,
      seq: data.seq[best]!,
      kind: this.kindNames[data.kind[best]!] ?? '',
      ns,
    };
  }

  // ---- mouse, pen and fingers ----

  private listen(): void {
    const canvas = this.overCanvas;
    const pointers = new Map<number, { x: number; y: number }>();
    let mode: 'none' | 'press' | 'pan' | 'scrub' | 'pinch' = 'none';
    let start = { x: 0, y: 0, scrollTop: 0, fromNs: 0, toNs: 0 };
    let pinch = { distance: 1 };
    const place = (event: MouseEvent): { x: number; y: number } => {
      const box = canvas.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const onPlayhead = (x: number): boolean => Math.abs(x - this.xOf(this.session.state.moment.ns)) <= 4;
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      listener: (event: HTMLElementEventMap[K]) => void,
      options?: AddEventListenerOptions,
    ): void => {
      canvas.addEventListener(type, listener, options);
      this.stop.push(() => {
        canvas.removeEventListener(type, listener);
      });
    };
    const scrub = (x: number): void => {
      this.session.store.set({ playing: false });
      this.session.setMoment({ ns: this.timeAt(Math.min(Math.max(0, x), this.width)), seq: undefined });
    };

    on('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      const at = place(event);
      pointers.set(event.pointerId, at);
      const { window } = this.session.state;
      start = { ...at, scrollTop: this.scroller.scrollTop, ...window };
      if (pointers.size === 2) {
        const [a, b] = [...pointers.values()];
        mode = 'pinch';
        pinch = { distance: Math.max(10, Math.abs(a!.x - b!.x)) };
      } else if (at.y < RULER || onPlayhead(at.x)) {
        mode = 'scrub';
        scrub(at.x);
      } else mode = 'press';
      this.onHover(undefined);
    });
    on('pointermove', (event) => {
      const at = place(event);
      if (pointers.has(event.pointerId)) pointers.set(event.pointerId, at);
      if (mode === 'pinch' && pointers.size === 2) {
        const [a, b] = [...pointers.values()];
        const distance = Math.max(10, Math.abs(a!.x - b!.x));
        this.session.zoom(pinch.distance / distance, this.timeAt((a!.x + b!.x) / 2));
        pinch = { distance };
        return;
      }
      if (mode === 'press' && Math.hypot(at.x - start.x, at.y - start.y) > 4) {
        mode = 'pan';
        canvas.style.cursor = 'grabbing';
      }
      if (mode === 'pan') {
        const by = ((start.x - at.x) * (start.toNs - start.fromNs)) / this.width;
        this.session.setWindow(start.fromNs + by, start.toNs + by);
        this.scroller.scrollTop = start.scrollTop + start.y - at.y;
      } else if (mode === 'scrub') scrub(at.x);
      else if (mode === 'none') {
        this.pointerX = at.x;
        const hit = at.y > RULER ? this.hit(at.x, at.y) : undefined;
        canvas.style.cursor =
          at.y < RULER || onPlayhead(at.x) ? 'ew-resize' : hit === undefined ? 'default' : 'pointer';
        this.onHover(hit);
        this.invalidate(false);
      }
    });
    const release = (event: PointerEvent): void => {
      pointers.delete(event.pointerId);
      if (mode === 'press' && event.type === 'pointerup') this.click(start.x, start.y);
      if (pointers.size === 0) mode = 'none';
      canvas.style.cursor = 'default';
    };
    on('pointerup', release);
    on('pointercancel', release);
    on('pointerleave', () => {
      this.pointerX = undefined;
      this.onHover(undefined);
      this.invalidate(false);
    });
    on('dblclick', (event) => {
      const at = place(event);
      if (at.y > RULER) this.session.zoom(0.25, this.timeAt(at.x));
    });
    on(
      'wheel',
      (event) => {
        event.preventDefault();
        const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? this.height : 1;
        const dx = event.deltaX * unit;
        const dy = event.deltaY * unit;
        if (event.shiftKey) this.scroller.scrollTop += dy + dx;
        else if (Math.abs(dx) > Math.abs(dy)) this.session.pan(dx * this.nsPerPx);
        else {
          const strength = event.ctrlKey ? 0.01 : 0.0022;
          this.session.zoom(Math.exp(Math.max(-240, Math.min(240, dy)) * strength), this.timeAt(place(event).x));
        }
      },
      { passive: false },
    );
  }

  private click(x: number, y: number): void {
    const hit = this.hit(x, y);
    if (hit !== undefined) {
      this.session.jump({ seq: hit.seq, ns: hit.ns, process: hit.process });
      return;
    }
    const row = this.session.lanes().rows[Math.floor((y - RULER + this.session.state.scrollTop) / LANE)];
    if (row !== undefined && row.process > 0) this.session.select(row.process);
    this.session.closeDetail();
    this.session.setMoment({ ns: this.timeAt(x), seq: undefined });
  }
}
