/** The timeline's canvas: when to draw. Everything that is drawn follows from the session's state. */
import { RULER, type LaneLayout } from '../model/lane-layout.js';
import type { Session } from '../state/session.js';
import { onTheme } from '../state/theme.js';
import type { ViewState } from '../state/view-state.js';
import { AreaGesture } from './area-gesture.js';
import { Hits, type Hover } from './hits.js';
import { LanesPicture, type InView, type LaneSaid } from './lanes-picture.js';
import { readPalette } from './palette.js';
import { listenToPointer } from './pointer.js';
import { TimelineData } from './timeline-data.js';

/** What is painted into pixels follows from these. */
const PAINTED = [
  'window',
  'scrollTop',
  'selected',
  'processesVersion',
  'crashesVersion',
  'plansVersion',
  'toggled',
  'tall',
  'filter',
  'grouping',
  'sorting',
  'pinned',
  'hidden',
  'info',
  'link',
] as const satisfies (keyof ViewState)[];
/** And what is drawn over them from these too. */
const OVER = ['moment', 'area', 'event', 'panel', 'following'] as const satisfies (keyof ViewState)[];

export class TimelineView {
  private readonly data: TimelineData;
  private readonly picture: LanesPicture;
  private readonly hits: Hits;
  private readonly area: AreaGesture;
  private width = 0;
  private height = 0;
  private scale = 1;
  private frame = 0;
  private dirty = true;
  private pointerX: number | undefined;
  private readonly stop: (() => void)[] = [];
  private lastState: ViewState;
  private visible: number[] = [];
  /** When the window last moved. */
  /** Whose lane is kept in view: how far was scrolled for it, and in which layout. */
  private kept: { process: number; top: number; layout: LaneLayout | undefined; height: number } | undefined;
  private movedAt = -Infinity;
  onHover: (hover: Hover | undefined) => void = () => undefined;

  constructor(
    private readonly session: Session,
    private readonly scroller: HTMLElement,
    private readonly canvas: HTMLCanvasElement,
  ) {
    this.lastState = session.state;
    this.data = new TimelineData(session, () => {
      this.invalidate();
    });
    this.picture = new LanesPicture(session, this.data, canvas, readPalette(canvas));
    this.hits = new Hits(session, this.data, this.picture, () => this.inView());
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
    const observer = new ResizeObserver(() => {
      this.resize();
    });
    observer.observe(canvas.parentElement!);
    this.stop.push(
      () => {
        observer.disconnect();
      },
      onTheme(() => {
        requestAnimationFrame(() => {
          this.picture.colour(readPalette(canvas));
          this.invalidate();
        });
      }),
      session.store.subscribe(() => {
        this.follow();
      }),
      this.listen(),
    );
    session.revealProcess = (process) => {
      this.reveal(process);
    };
    this.resize();
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    for (const each of this.stop) each();
    this.session.revealProcess = () => undefined;
  }

  /** What was last drawn, in words. */
  get said(): readonly LaneSaid[] {
    return this.picture.said;
  }

  /** Whether the window has stood still for a while: nothing but the picture changes while it moves. */
  rests(ms: number): boolean {
    return performance.now() - this.movedAt > ms;
  }

  private follow(): void {
    const { session } = this;
    const now = session.state;
    const before = this.lastState;
    this.lastState = now;
    // Who unfolds a group looks at what was in it.
    if (now.toggled !== before.toggled) this.kept = undefined;
    if (now.window !== before.window) this.movedAt = performance.now();
    if (PAINTED.some((key) => now[key] !== before[key])) this.invalidate();
    else if (OVER.some((key) => now[key] !== before[key])) this.invalidate(false);
  }

  private listen(): () => void {
    const { session, scroller, canvas, area } = this;
    return listenToPointer<Hover>({
      canvas,
      scroller,
      session,
      ruler: RULER,
      width: () => this.width,
      height: () => this.height,
      nsPerPx: () => this.nsPerPx,
      timeAt: (x) => this.timeAt(x),
      xOf: (ns) => this.xOf(ns),
      hit: (x, y) => this.hits.at(x, y),
      hover: (hit, at) => {
        const doing = at === undefined ? undefined : this.hits.doingAt(at.x, at.y);
        this.onHover(hit === undefined ? doing : { ...hit, doing: doing?.doing, rough: doing?.rough });
      },
      area,
      click: (x, y) => {
        this.click(x, y);
      },
      pointer: (x) => {
        if (x === this.pointerX) return;
        this.pointerX = x;
        this.invalidate(false);
      },
    });
  }

  private get nsPerPx(): number {
    const { fromNs, toNs } = this.session.state.window;
    return (toNs - fromNs) / Math.max(1, this.width);
  }
  private timeAt(x: number): number {
    return this.session.state.window.fromNs + x * this.nsPerPx;
  }
  private xOf(ns: number): number {
    return (ns - this.session.state.window.fromNs) / this.nsPerPx;
  }

  /** `painted`: pixels are to be painted anew, rather than only what stands over them. */
  private invalidate(painted = true): void {
    this.dirty ||= painted;
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  /** As many pixels as the screen has there: a canvas that is a fraction of a pixel wider than its picture would be scaled in every frame. */
  private resize(): void {
    const { canvas } = this;
    const box = canvas.parentElement!.getBoundingClientRect();
    this.scale = Math.min(2, devicePixelRatio || 1);
    const wide = Math.floor(box.width * this.scale);
    const high = Math.floor(box.height * this.scale);
    if (wide === canvas.width && high === canvas.height && this.width > 0) return;
    canvas.width = wide;
    canvas.height = high;
    this.width = wide / this.scale;
    this.height = Math.max(0, high / this.scale - RULER);
    canvas.style.width = `${String(this.width)}px`;
    canvas.style.height = `${String(high / this.scale)}px`;
    // At once: what has a new size is empty, and the next picture would be one too late.
    this.dirty = true;
    this.draw();
  }

  private inView(): InView {
    const { session, width, height } = this;
    const layout = session.layout();
    const seen = layout.view(session.state.scrollTop, height);
    const visible: number[] = [];
    for (const row of seen.rows) if (layout.rows[row]!.process > 0) visible.push(layout.rows[row]!.process);
    // The same array as long as they are the same: who depends on it need not look at each.
    if (visible.length !== this.visible.length || visible.some((each, i) => each !== this.visible[i]))
      this.visible = visible;
    return {
      width,
      height,
      scale: this.scale,
      window: session.state.window,
      nsPerPx: this.nsPerPx,
      layout,
      seen,
      visible: this.visible,
    };
  }

  private draw(): void {
    const { info } = this.session.state;
    if (this.width < 2) return;
    if (info === undefined) {
      this.picture.clear();
      return;
    }
    this.data.update();
    this.keep();
    const view = this.inView();
    this.data.fetch(view.visible, view.layout, view.seen, view.width);
    if (this.dirty) {
      this.dirty = false;
      this.picture.paint(view);
    }
    this.picture.draw(view, this.area, this.pointerX);
  }

  private reveal(process: number): void {
    this.kept = { process, top: this.scroller.scrollTop, layout: undefined, height: 0 };
    this.keep();
  }

  /** What was to be seen stays in view while lanes come, move, or have less room; until somebody scrolls. */
  private keep(): void {
    const { kept, scroller, height } = this;
    const layout = this.session.layout();
    if (kept === undefined || (kept.layout === layout && kept.height === height)) return;
    const row = this.session.lanes().rowOf[kept.process] ?? -1;
    // It has no lane among these: there is nothing to ask the page, in this picture or the next.
    if (row < 0) {
      Object.assign(kept, { layout, height });
      return;
    }
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    // Less far than it was, and at the end: the lanes became fewer.
    const atEnd = scrollTop < kept.top && scrollTop + clientHeight >= scrollHeight - 1;
    if (scrollTop !== kept.top && !atEnd) {
      this.kept = undefined;
      return;
    }
    const to = layout.scrollTo(row, scrollTop, height);
    if (to !== undefined) scroller.scrollTop = to;
    kept.top = scroller.scrollTop;
    // Lanes that have just come may have no room yet on the page.
    if (scroller.scrollHeight < layout.height) this.invalidate(false);
    else Object.assign(kept, { layout, height });
  }

  private click(x: number, y: number): void {
    const { session } = this;
    const hit = this.hits.at(x, y);
    if (hit === undefined) {
      const process = this.hits.processAt(y);
      if (process > 0) session.select(process);
      session.closeDetail();
      session.setMoment({ ns: this.timeAt(x), seq: undefined });
    } else if (hit.lastsNs === undefined) session.jump({ seq: hit.seq, ns: hit.ns, process: hit.process });
    else {
      // Of a call, the moment within it that was pointed at: what it was doing then is what one wants to see.
      if (hit.process !== session.state.selected) session.select(hit.process);
      session.showEvent(hit.seq);
      session.setMoment({ ns: this.timeAt(x), seq: undefined });
    }
  }
}
