/** The whole recording in one strip: how much happened when, where it crashed, where it is blind, and which part is in view. */
import { FAMILIES, familyMasks } from '../model/families.js';
import type { Session } from '../state/session.js';
import type { InfoView } from '../../server/index.js';
import { onTheme } from '../state/theme.js';
import type { BinaryAnswer } from '../net/client.js';
import { drawGaps } from './drawing.js';
import { readPalette, type Palette } from './palette.js';
import { SpareTime } from './spare-time.js';

const BINS = 1024;
/** Between two looks at a recording that grows; never more than a tenth of the server's time. */
const REFRESH_MS = 1_000;
/** Between two pictures while the window moves, at least and at most: the map is wider than the lanes, and few look at both. */
const PICTURE_MS = [33, 200] as const;
/** Between two looks at what the server is still counting. */
const SHARPEN_MS = 60;

export class Minimap {
  private readonly context: CanvasRenderingContext2D;
  private palette: Palette;
  private data: BinaryAnswer<'overview'> | undefined;
  private painted: { key: unknown[]; picture: ImageBitmap } | undefined;
  private busy = false;
  private askedAt = -Infinity;
  private askedEnd = -1;
  private pause = REFRESH_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private frame = 0;
  private later: ReturnType<typeof setTimeout> | undefined;
  /** What the last picture showed, and when that was. */
  private drawn: readonly number[] = [];
  private drawnAt = -Infinity;
  private readonly spare = new SpareTime(...PICTURE_MS);
  private watching = false;
  /** Whether the window is moved here: then it follows the hand. */
  private held = false;
  private width = 0;
  private height = 0;
  private last;
  private readonly stop: (() => void)[] = [];

  constructor(
    private readonly session: Session,
    private readonly canvas: HTMLCanvasElement,
  ) {
    this.context = canvas.getContext('2d', { alpha: false })!;
    this.palette = readPalette(canvas);
    this.last = session.state;
    const observer = new ResizeObserver(() => {
      this.resize();
    });
    observer.observe(canvas);
    const recolour = (): void => {
      requestAnimationFrame(() => {
        this.palette = readPalette(canvas);
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
        const { last } = this;
        this.last = now;
        if (now.info !== last.info || now.crashesVersion !== last.crashesVersion) this.invalidate();
        else if (now.window !== last.window || now.moment !== last.moment) this.follow();
      }),
    );
    this.listen();
    this.resize();
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    clearTimeout(this.later);
    for (const each of this.stop) each();
  }

  private resize(): void {
    const box = this.canvas.getBoundingClientRect();
    const scale = Math.min(2, devicePixelRatio || 1);
    this.width = box.width;
    this.height = box.height;
    this.canvas.width = Math.round(box.width * scale);
    this.canvas.height = Math.round(box.height * scale);
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.draw();
    this.invalidate();
  }

  /** The window or the moment moved: drawn if that can be seen here, and not in every picture. */
  private follow(): void {
    const drawn = this.edges();
    if (this.later !== undefined || this.frame !== 0 || drawn.every((each, i) => each === this.drawn[i])) return;
    if (this.held) {
      this.invalidate();
      return;
    }
    this.later = setTimeout(
      () => {
        this.later = undefined;
        this.invalidate();
        this.watch();
      },
      Math.max(0, this.drawnAt + this.spare.pauseMs - performance.now()),
    );
  }

  /** Looks at the next pictures of the page: whether they come later for the one that is drawn here. */
  private watch(): void {
    if (this.watching) return;
    this.watching = true;
    const times: number[] = [];
    const next = (at: number): void => {
      times.push(at);
      const [a, b, c, d] = times;
      if (a === undefined || b === undefined || c === undefined || d === undefined) {
        requestAnimationFrame(next);
        return;
      }
      this.watching = false;
      this.spare.learn([a, b, c, d]);
    };
    requestAnimationFrame(next);
  }

  /** Where the window begins and ends and the moment stands, in pixels. */
  private edges(): number[] {
    const { window, moment } = this.session.state;
    const x0 = Math.round(this.xOf(window.fromNs));
    return [x0, Math.max(x0 + 3, Math.round(this.xOf(window.toNs))), Math.round(this.xOf(moment.ns))];
  }

  private invalidate(): void {
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.fetch();
        this.draw();
      });
    }
  }

  private readonly xOf = (ns: number): number => {
    const whole = this.session.wholeWindow();
    return ((ns - whole.fromNs) / (whole.toNs - whole.fromNs)) * this.width;
  };
  private timeAt(x: number): number {
    const whole = this.session.wholeWindow();
    return whole.fromNs + (x / this.width) * (whole.toNs - whole.fromNs);
  }

  private fetch(): void {
    const { info, link } = this.session.state;
    const now = performance.now();
    if (info === undefined || link !== 'open' || this.busy || info.end.ns === this.askedEnd) return;
    if (now - this.askedAt < this.pause) {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.invalidate();
      }, this.pause);
      return;
    }
    this.busy = true;
    this.askedAt = now;
    this.askedEnd = info.end.ns;
    this.session.client
      .askColumns('overview', { bins: BINS }, 'overview')
      .then((data) => {
        this.data = data;
        if (!data.meta.done) this.askedEnd = -1;
        if (!data.meta.done && !info.live) this.pause = SHARPEN_MS;
        else this.pause = Math.max(REFRESH_MS, (performance.now() - now) * 10);
      })
      .catch(() => {
        this.askedEnd = -1;
      })
      .finally(() => {
        this.busy = false;
        this.invalidate();
      });
  }

  private draw(): void {
    const { context, palette, width, height, data } = this;
    const { info } = this.session.state;
    this.drawn = this.edges();
    this.drawnAt = performance.now();
    context.fillStyle = palette.background;
    context.fillRect(0, 0, width, height);
    if (info === undefined) return;
    context.drawImage(this.still(info, data), 0, 0, width, height);
    const [x0, x1, at] = this.drawn as [number, number, number];
    context.fillStyle = palette.background;
    context.globalAlpha = 0.62;
    context.fillRect(0, 0, x0, height);
    context.fillRect(x1, 0, width - x1, height);
    context.globalAlpha = 1;
    context.strokeStyle = palette.textFaint;
    context.lineWidth = 1;
    context.strokeRect(x0 + 0.5, 0.5, Math.max(2, x1 - x0 - 1), height - 1);
    context.fillStyle = palette.accent;
    context.fillRect(at - 0.75, 0, 1.5, height);
  }

  /** All that stays the same while the window above it moves: painted once, then copied. */
  private still(info: InfoView, data: BinaryAnswer<'overview'> | undefined): ImageBitmap {
    const { palette, width, height, painted, canvas, session } = this;
    const { crashesVersion } = session.state;
    const key = [data, palette, canvas.width, canvas.height, info.kindNames, info.end.ns, info.gaps, crashesVersion];
    if (painted?.key.every((each, i) => each === key[i]) === true) return painted.picture;
    const off = new OffscreenCanvas(Math.max(1, canvas.width), Math.max(1, canvas.height));
    const context = off.getContext('2d')!;
    context.setTransform(this.context.getTransform());
    if (data !== undefined) this.bars(context, data, info.kindNames);
    drawGaps({ context, palette, width, height, xOf: this.xOf }, info.gaps);
    this.crashes(context);
    painted?.picture.close();
    const picture = off.transferToImageBitmap();
    this.painted = { key, picture };
    return picture;
  }

  private crashes(context: OffscreenCanvasRenderingContext2D): void {
    const { height, palette, session } = this;
    context.fillStyle = palette.crash;
    let last = -10;
    for (const crash of session.crashes) {
      const x = Math.round(this.xOf(crash.ns));
      if (x - last < 1) continue;
      last = x;
      context.fillRect(x - 1, 0, 2, height);
      context.beginPath();
      context.moveTo(x - 4, 0);
      context.lineTo(x + 4, 0);
      context.lineTo(x, 6);
      context.fill();
    }
  }

  private bars(
    context: OffscreenCanvasRenderingContext2D,
    data: BinaryAnswer<'overview'>,
    kindNames: readonly string[],
  ): void {
    const { palette, height } = this;
    const masks = familyMasks(kindNames);
    let most = 1;
    for (const each of data.counts) most = Math.max(most, each);
    const scale = Math.log1p(most);
    const families = FAMILIES.filter((each) => each !== 'system');
    for (let i = 0; i < data.meta.bins; i++) {
      const count = data.counts[i]!;
      if (count === 0) continue;
      const x0 = this.xOf(i * data.meta.binNs);
      const x1 = Math.max(x0 + 1, this.xOf((i + 1) * data.meta.binNs));
      const tall = Math.max(2, (Math.log1p(count) / scale) * (height - 10));
      const shown = families.filter((each) => (data.kinds[i]! & masks[each]) !== 0);
      if (shown.length === 0) continue;
      let y = height - 2;
      for (const family of shown) {
        context.fillStyle = palette.family[family];
        context.globalAlpha = 0.85;
        y -= tall / shown.length;
        context.fillRect(x0, y, x1 - x0, tall / shown.length);
      }
    }
    context.globalAlpha = 1;
  }

  private listen(): void {
    const { canvas, session } = this;
    let grip: number | undefined;
    const at = (event: PointerEvent): number => event.clientX - canvas.getBoundingClientRect().left;
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
    on('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.held = true;
      const ns = this.timeAt(at(event));
      const { fromNs, toNs } = session.state.window;
      if (ns < fromNs || ns > toNs) session.setWindow(ns - (toNs - fromNs) / 2, ns + (toNs - fromNs) / 2);
      grip = ns - session.state.window.fromNs;
    });
    on('pointermove', (event) => {
      if (grip === undefined) return;
      const { fromNs, toNs } = session.state.window;
      const from = this.timeAt(at(event)) - grip;
      session.setWindow(from, from + toNs - fromNs);
    });
    const release = (): void => {
      grip = undefined;
      this.held = false;
    };
    on('pointerup', release);
    on('pointercancel', release);
    on(
      'wheel',
      (event) => {
        event.preventDefault();
        session.zoom(
          Math.exp(Math.max(-240, Math.min(240, event.deltaY)) * 0.0022),
          this.timeAt(event.clientX - canvas.getBoundingClientRect().left),
        );
      },
      { passive: false },
    );
  }
}
