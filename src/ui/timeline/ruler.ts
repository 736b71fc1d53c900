/** The ruler above the lanes, and what hangs from it. */
import type { PlanView } from '../../server/index.js';
import { tickStep, tickText } from '../model/time.js';
import type { Palette } from './palette.js';

/** Pixels between two lines at least. */
const APART = 110;

/** Times at which there is a line, and the step between them. */
export function ticksOf(window: { fromNs: number; toNs: number }, nsPerPx: number): { step: number; ticks: number[] } {
  const step = tickStep(nsPerPx, APART);
  const ticks: number[] = [];
  for (let i = Math.ceil(Math.max(0, window.fromNs) / step); i * step <= window.toNs; i++) ticks.push(i * step);
  return { step, ticks };
}

/** Times as texts; background and lines are pixels already. */
export function drawTimes(
  context: CanvasRenderingContext2D,
  palette: Palette,
  { step, ticks }: { step: number; ticks: readonly number[] },
  xOf: (ns: number) => number,
  width: number,
): void {
  context.font = `11px ${palette.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillStyle = palette.textFaint;
  for (const ns of ticks) {
    const x = Math.round(xOf(ns)) + 4;
    const text = tickText(ns, step);
    // Only the last can be cut by the edge.
    if (x < width - APART || x + context.measureText(text).width < width) context.fillText(text, x, 11);
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
  context.fillStyle = palette.accent;
  context.fillRect(at - 0.75, ruler - 8, 1.5, height - ruler + 8);
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
