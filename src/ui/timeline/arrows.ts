/** Messages as arrows between lanes. */
import { LANE } from '../model/lane-layout.js';
import type { DrawingView } from './drawing.js';
import type { Arrows } from './timeline-data.js';

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
