/** What stands on top of the painted lanes. Pure drawing: positions come in, pixels come out. */
import type { CrashView, GapView } from '../../server/index.js';
import { LANE } from '../model/lane-layout.js';
import type { SliceText } from './mark-painter.js';
import type { Palette } from './palette.js';
import type { Texts } from './texts.js';

export interface DrawingView {
  context: CanvasRenderingContext2D;
  texts: Texts;
  palette: Palette;
  width: number;
  height: number;
  xOf: (ns: number) => number;
  /** Top of the lane that stands for a process, which may be a folded ancestor's. */
  topOf: (process: number) => number | undefined;
}

/** Of calls that are painted already. Positions are on the canvas, not below the ruler. */
export function drawNames({ context, texts, palette }: DrawingView, names: readonly SliceText[]): void {
  if (names.length === 0) return;
  context.font = `10px ${palette.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const raised of [false, true]) {
    context.fillStyle = raised ? '#ffffff' : palette.sliceText;
    for (const each of names) {
      if (each.raised !== raised) continue;
      const text = texts.fit(each.text, each.room);
      if (text !== '') context.fillText(text, each.x, each.y);
    }
  }
}

/** Between pinned lanes and all others. */
export function drawSeparator(view: Pick<DrawingView, 'context' | 'palette' | 'width'>, y: number): void {
  if (y < 0) return;
  view.context.fillStyle = view.palette.textFaint;
  view.context.fillRect(0, Math.round(y) - 1, view.width, 2);
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
  view: Pick<DrawingView, 'palette' | 'width' | 'height' | 'xOf'> & { context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D }, // prettier-ignore
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
