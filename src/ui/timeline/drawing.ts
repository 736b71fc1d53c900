/** What stands on top of the painted lanes. Pure drawing: positions come in, pixels come out. */
import type { CrashView, GapView, PlanView } from '../../server/index.js';
import { type Family } from '../model/families.js';
import { LANE } from '../model/lane-layout.js';
import { shortFunction } from '../model/names.js';
import { BANDS } from './lane-painter.js';
import type { Wait } from './life-bar.js';
import type { Palette } from './palette.js';
import type { Arrows, Marks, Slices } from './timeline-data.js';

export interface DrawingView {
  context: CanvasRenderingContext2D;
  palette: Palette;
  width: number;
  height: number;
  xOf: (ns: number) => number;
  /** Top of the lane that stands for a process, which may be a folded ancestor's. */
  topOf: (process: number) => number | undefined;
  /** Top of the process's own lane. */
  ownTop: (process: number) => number | undefined;
}

const SLICE_TOP = BANDS.function[0] - 1;
const SLICE_HEIGHT = BANDS.function[1] - BANDS.function[0] + 3;

/** In rows; tall lanes have room of their own for calls. */
export function drawSlices(view: DrawingView, data: Slices, tall: ReadonlySet<number>): void {
  const { context, palette, width, height } = view;
  context.font = `10px ${palette.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (let i = 0; i < data.seq.length; i++) {
    // A row has room for the outermost ones.
    if (data.depth[i] !== 0 || tall.has(data.process[i]!)) continue;
    const top = view.ownTop(data.process[i]!);
    if (top === undefined || top < -LANE || top > height) continue;
    const end = data.endNs[i]!;
    const x0 = view.xOf(data.startNs[i]!);
    const x1 = end < 0 ? width + 4 : view.xOf(end);
    // Narrower ones are in the painted density already.
    if (x1 < 0 || x0 > width || x1 - x0 < 1.5) continue;
    const left = Math.max(-4, x0);
    const right = Math.min(width + 4, x1);
    context.fillStyle = data.raised[i] === 1 ? palette.crash : palette.slice;
    const y = top + SLICE_TOP;
    if (right - left > 5) {
      context.beginPath();
      context.roundRect(left, y, right - left, SLICE_HEIGHT, 2.5);
      context.fill();
    } else context.fillRect(left, y, right - left, SLICE_HEIGHT);
    if (right - Math.max(0, left) < 34) continue;
    const text = fitText(context, shortFunction(data.meta.names[data.name[i]!] ?? ''), right - Math.max(0, left) - 8);
    if (text === '') continue;
    context.fillStyle = data.raised[i] === 1 ? '#ffffff' : palette.sliceText;
    context.fillText(text, Math.max(0, left) + 4, y + SLICE_HEIGHT / 2 + 0.5);
  }
}

/** Over calls that are drawn by name: where they only waited for an answer. */
export function drawWaits(view: DrawingView, waits: readonly Wait[], slices: Slices): void {
  if (waits.length === 0 || slices.seq.length === 0) return;
  const { context, palette } = view;
  context.save();
  context.beginPath();
  for (const { top, x0, x1 } of waits) context.rect(x0, top + SLICE_TOP + SLICE_HEIGHT / 2, x1 - x0, SLICE_HEIGHT / 2);
  context.clip();
  context.fillStyle = palette.background;
  context.globalAlpha = 0.75;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = palette.wait;
  context.lineWidth = 1;
  context.beginPath();
  const high = SLICE_HEIGHT / 2;
  for (const { top, x0, x1 } of waits) {
    const bottom = top + SLICE_TOP + SLICE_HEIGHT;
    // Stripes keep their places while one pans, as they are counted from the left edge.
    for (let x = Math.floor((x0 - high) / 4) * 4; x < x1; x += 4) {
      context.moveTo(x, bottom);
      context.lineTo(x + high, bottom - high);
    }
  }
  context.stroke();
  context.restore();
}

/** Between pinned lanes and all others. */
export function drawSeparator(view: Pick<DrawingView, 'context' | 'palette' | 'width'>, y: number): void {
  if (y < 0) return;
  view.context.fillStyle = view.palette.textFaint;
  view.context.fillRect(0, Math.round(y) - 1, view.width, 2);
}

export function fitText(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  for (let n = text.length - 1; n > 2; n--) {
    const cut = `${text.slice(0, n)}…`;
    if (context.measureText(cut).width <= width) return cut;
  }
  return '';
}

export function drawMarks(
  view: DrawingView,
  data: Marks,
  families: readonly Family[],
  hidden: (family: Family) => boolean,
): void {
  const { context, palette, width, height } = view;
  for (let i = 0; i < data.ns.length; i++) {
    const family = families[data.kind[i]!] ?? 'system';
    if (hidden(family)) continue;
    const top = view.ownTop(data.process[i]!);
    if (top === undefined || top < -LANE || top > height) continue;
    const x = view.xOf(data.ns[i]!);
    if (x < -6 || x > width + 6) continue;
    const [first, last] = BANDS[family];
    context.fillStyle = palette.family[family];
    const y = top + first;
    const tall = last - first + 1;
    switch (family) {
      case 'state': {
        context.beginPath();
        context.moveTo(x, y - 2);
        context.lineTo(x + 3.5, y + 1.8);
        context.lineTo(x, y + 5.6);
        context.lineTo(x - 3.5, y + 1.8);
        context.fill();
        break;
      }
      case 'message':
        context.beginPath();
        context.arc(x, y + 2, 2.4, 0, Math.PI * 2);
        context.fill();
        break;
      case 'function':
        context.fillRect(x - 0.75, y, 1.5, tall);
        break;
      default:
        context.fillRect(x - 1, y, 2, tall);
    }
  }
}

/** An abnormal end: the strongest mark there is, the same at every zoom. */
export function drawCrashes(view: DrawingView, crashes: readonly CrashView[]): void {
  const { context, palette, width, height } = view;
  let lastX = -100;
  let lastTop = -100;
  for (const crash of crashes) {
    const x = view.xOf(crash.ns);
    if (x < -8 || x > width + 8) continue;
    const top = view.topOf(crash.process);
    if (top === undefined || top < -LANE || top > height) continue;
    if (Math.abs(x - lastX) < 1 && top === lastTop) continue;
    lastX = x;
    lastTop = top;
    const y = top + LANE / 2;
    context.strokeStyle = palette.background;
    context.lineWidth = 2;
    context.fillStyle = palette.crash;
    context.beginPath();
    context.arc(x, y, 6, 0, Math.PI * 2);
    context.stroke();
    context.fill();
    context.strokeStyle = '#ffffff';
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x - 2.3, y - 2.3);
    context.lineTo(x + 2.3, y + 2.3);
    context.moveTo(x + 2.3, y - 2.3);
    context.lineTo(x - 2.3, y + 2.3);
    context.stroke();
  }
}

/** Known holes, over all lanes: hatched, never narrower than can be seen. */
export function drawGaps(
  view: Pick<DrawingView, 'context' | 'palette' | 'width' | 'height' | 'xOf'>,
  gaps: readonly GapView[],
): void {
  const { context, palette, width, height } = view;
  for (const gap of gaps) {
    const x0 = Math.max(-10, view.xOf(gap.fromNs));
    const x1 = Math.min(width + 10, Math.max(x0 + 3, view.xOf(gap.toNs)));
    if (x1 < 0 || x0 > width) continue;
    context.save();
    context.beginPath();
    context.rect(x0, 0, x1 - x0, height);
    context.clip();
    context.fillStyle = palette.gap;
    context.globalAlpha = 0.14;
    context.fillRect(x0, 0, x1 - x0, height);
    context.globalAlpha = 0.55;
    context.strokeStyle = palette.gap;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let x = x0 - height - ((x0 - height) % 8); x < x1; x += 8) {
      context.moveTo(x, height);
      context.lineTo(x + height, 0);
    }
    context.stroke();
    context.restore();
  }
}

export function drawRuler(
  context: CanvasRenderingContext2D,
  palette: Palette,
  width: number,
  height: number,
  ticks: readonly { x: number; text: string }[],
): void {
  context.fillStyle = palette.background;
  context.fillRect(0, 0, width, height);
  context.fillStyle = palette.line;
  context.fillRect(0, height - 1, width, 1);
  context.font = `11px ${palette.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const { x, text } of ticks) {
    context.fillStyle = palette.line;
    context.fillRect(Math.round(x), 4, 1, height - 5);
    context.fillStyle = palette.textFaint;
    if (x + 4 + context.measureText(text).width < width) context.fillText(text, Math.round(x) + 4, 11);
  }
}

/** Where it began to be recorded deeper, or less deep: a notch in the ruler. */
export function drawPlans(
  context: CanvasRenderingContext2D,
  palette: Palette,
  plans: readonly PlanView[],
  xOf: (ns: number) => number,
  width: number,
  ruler: number,
): void {
  context.fillStyle = palette.gap;
  let last = -10;
  for (const plan of plans) {
    const x = xOf(plan.ns);
    if (x < -6 || x > width + 6 || x - last < 4) continue;
    last = x;
    context.beginPath();
    context.moveTo(x - 4.5, ruler);
    context.lineTo(x, ruler - 7);
    context.lineTo(x + 4.5, ruler);
    context.fill();
  }
}

export function drawPlayhead(
  context: CanvasRenderingContext2D,
  palette: Palette,
  x: number,
  width: number,
  height: number,
  ruler: number,
  following: boolean,
): void {
  if (x < -10 || x > width + 10) return;
  const at = Math.round(x) + 0.5;
  context.strokeStyle = palette.accent;
  context.fillStyle = palette.accent;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(at, ruler - 8);
  context.lineTo(at, height);
  context.stroke();
  context.beginPath();
  context.roundRect(at - 6, ruler - 15, 12, 7, 2.5);
  context.moveTo(at - 6, ruler - 9);
  context.lineTo(at, ruler - 1);
  context.lineTo(at + 6, ruler - 9);
  context.fill();
  if (following) {
    context.fillStyle = palette.crash;
    context.beginPath();
    context.arc(at, ruler - 11.5, 2.5, 0, Math.PI * 2);
    context.fill();
  }
}

export interface ArrowShape {
  from: number;
  to: number;
  sendNs: number;
  /** -1: never arrived, never handled. */
  arriveNs: number;
  handleNs: number;
}

/** Arrows closer together than this would drown the lanes: then only the nearest to the moment are drawn. */
const ARROW_PX = 12;
const FEW_ARROWS = 16;

/** From send to handling; dashed when it was never handled; faint when it lies after the moment. */
export function drawArrows(view: DrawingView, data: Arrows, momentNs: number): void {
  const inView: number[] = [];
  for (let i = 0; i < data.sendSeq.length; i++) {
    const end = Math.max(data.sendNs[i]!, data.handleNs[i]!, data.arriveNs[i]!);
    if (view.xOf(end) > -20 && view.xOf(data.sendNs[i]!) < view.width + 20) inView.push(i);
  }
  if (inView.length > Math.max(FEW_ARROWS, view.width / ARROW_PX)) {
    const away = (i: number): number => Math.abs(data.sendNs[i]! - momentNs);
    inView.sort((a, b) => away(a) - away(b));
    inView.length = FEW_ARROWS;
  }
  for (const i of inView) {
    const shape = {
      from: data.from[i]!,
      to: data.to[i]!,
      sendNs: data.sendNs[i]!,
      arriveNs: data.arriveNs[i]!,
      handleNs: data.handleNs[i]!,
    };
    drawArrow(view, shape, shape.sendNs > momentNs ? 0.28 : 0.62, false);
  }
}

/** The message that made the state what it is: over all others. */
export function drawCause(view: DrawingView, shape: Omit<ArrowShape, 'arriveNs'>): void {
  drawArrow(view, { ...shape, arriveNs: -1 }, 1, true);
}

function drawArrow(view: DrawingView, shape: ArrowShape, alpha: number, strong: boolean): void {
  const { context, palette, width, height } = view;
  const fromTop = view.topOf(shape.from);
  const toTop = view.topOf(shape.to);
  if (fromTop === undefined || toTop === undefined) return;
  const handled = shape.handleNs >= 0;
  const end = handled ? shape.handleNs : shape.arriveNs;
  const x0 = view.xOf(shape.sendNs);
  const x1 = view.xOf(end < 0 ? shape.sendNs : end);
  if (Math.max(x0, x1) < -20 || Math.min(x0, x1) > width + 20) return;
  const same = toTop === fromTop;
  const down = toTop >= fromTop;
  const y0 = fromTop + LANE / 2;
  const y1 = toTop + LANE / 2 + (same ? 0 : down ? -5 : 5);
  if (Math.max(y0, y1) < -10 || Math.min(y0, y1) > height + 10) return;
  const colour = strong ? palette.cause : palette.arrow;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = strong ? 2 : 1.1;
  context.globalAlpha = alpha;
  context.setLineDash(handled ? [] : [3, 3]);
  context.beginPath();
  context.moveTo(x0, y0);
  const bend = Math.max(10, Math.min(70, Math.abs(y1 - y0) * 0.45));
  if (same) context.bezierCurveTo(x0, y0 - 18, x1, y1 - 18, x1, y1);
  else context.bezierCurveTo(x0, y0 + (down ? bend : -bend), x1, y1 - (down ? bend : -bend), x1, y1);
  context.stroke();
  context.setLineDash([]);
  const size = strong ? 5 : 3.6;
  const sign = down || same ? -1 : 1;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x1 - size * 0.7, y1 + sign * size * 1.4);
  context.lineTo(x1 + size * 0.7, y1 + sign * size * 1.4);
  context.fill();
  context.beginPath();
  context.arc(x0, y0, strong ? 2.6 : 1.6, 0, Math.PI * 2);
  context.fill();
  context.globalAlpha = 1;
}
