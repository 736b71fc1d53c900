/** What a tall lane shows below its first row: calls inside calls, and what the process weighed. */
import type { BinaryAnswer } from '../net/client.js';
import { CHART, LEVEL, LEVELS } from '../model/lane-layout.js';
import { bytes, count } from '../model/time.js';
import type { DrawingView } from './drawing.js';
import type { Slices } from './timeline-data.js';

/** `top`: where the first level begins. `exitNs`: when the process ended, -1 while it lives. */
export function drawFlames(view: DrawingView, data: Slices, process: number, top: number, exitNs: number): void {
  const { context, palette, width, height } = view;
  if (top > height || top + LEVELS * LEVEL < 0) return;
  context.font = `10px ${palette.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  let deeper = 0;
  for (let i = 0; i < data.seq.length; i++) {
    if (data.process[i] !== process) continue;
    const end = data.endNs[i]! >= 0 ? data.endNs[i]! : exitNs;
    const x0 = view.xOf(data.startNs[i]!);
    const x1 = end < 0 ? width + 4 : view.xOf(end);
    if (x1 < 0 || x0 > width) continue;
    const depth = data.depth[i]!;
    if (depth >= LEVELS) {
      deeper++;
      continue;
    }
    const left = Math.max(-4, x0);
    const right = Math.max(left + 0.75, Math.min(width + 4, x1));
    const name = data.short[data.name[i]!] ?? '';
    const raised = data.raised[i] === 1;
    context.fillStyle = raised ? palette.crash : palette.flames[hash(name) % palette.flames.length]!;
    const y = top + depth * LEVEL;
    context.fillRect(left, y, right - left - (right - left > 3 ? 0.75 : 0), LEVEL - 1);
    if (right - Math.max(0, left) < 26) continue;
    const text = view.texts.fit(name, right - Math.max(0, left) - 8);
    if (text === '') continue;
    context.fillStyle = raised ? '#ffffff' : palette.text;
    context.fillText(text, Math.max(0, left) + 4, y + LEVEL / 2);
  }
  if (deeper > 0) {
    const text = `${count(deeper)} deeper`;
    const y = top + LEVELS * LEVEL - LEVEL;
    const wide = context.measureText(text).width + 12;
    context.fillStyle = palette.background;
    context.fillRect(width - wide, y, wide, LEVEL);
    context.fillStyle = palette.textFaint;
    context.fillText(text, width - wide + 6, y + LEVEL / 2);
  }
}

/** The same name has the same colour everywhere. */
function hash(name: string): number {
  let h = 0;
  for (let i = 0; i < name.length; i++) h = (Math.imul(h, 31) + name.charCodeAt(i)) >>> 0;
  return h;
}

/** Mailbox and memory as areas, each to its own largest value in the window. `bottom`: of the lane. */
export function drawLooks(
  view: DrawingView,
  data: BinaryAnswer<'memory'> | undefined,
  bottom: number,
  window: { fromNs: number; toNs: number },
): void {
  const { context, palette, width } = view;
  const top = bottom - CHART - 2;
  context.fillStyle = palette.faint;
  context.fillRect(0, top - 3, width, 1);
  context.font = `10px ${palette.font}`;
  context.textBaseline = 'top';
  context.textAlign = 'left';
  if (data === undefined || data.ns.length === 0) {
    context.fillStyle = palette.textFaint;
    const why =
      data === undefined ? 'mailbox and memory: no samples in this recording' : 'mailbox and memory: no samples here';
    context.fillText(why, 6, top + CHART / 2 - 5);
    return;
  }
  const memory = area(view, data.ns, data.bytes, top, window, palette.family.process, 0.16);
  const mailbox = area(view, data.ns, data.mailbox, top, window, palette.family.message, 0.3);
  context.fillStyle = palette.family.message;
  const first = `mailbox, up to ${count(mailbox)}`;
  context.fillText(first, 6, top);
  context.fillStyle = palette.family.process;
  context.fillText(`memory, up to ${bytes(memory)}`, 18 + context.measureText(first).width, top);
}

/** What a look showed holds until the next one. Gives the largest value in the window. */
function area(
  view: DrawingView,
  ns: Float64Array,
  values: Float64Array,
  top: number,
  window: { fromNs: number; toNs: number },
  colour: string,
  alpha: number,
): number {
  const { context, width } = view;
  let most = 0;
  for (let i = 0; i < ns.length; i++) {
    const until = i + 1 < ns.length ? ns[i + 1]! : Infinity;
    if (ns[i]! <= window.toNs && until >= window.fromNs) most = Math.max(most, values[i]!);
  }
  const room = CHART - 14;
  const y = (value: number): number => top + CHART - (most === 0 ? 0 : (value / most) * room);
  const base = top + CHART;
  context.beginPath();
  let x = Math.max(-4, view.xOf(ns[0]!));
  context.moveTo(x, base);
  for (let i = 0; i < ns.length; i++) {
    x = Math.min(width + 4, Math.max(-4, view.xOf(ns[i]!)));
    const right = i + 1 < ns.length ? Math.min(width + 4, Math.max(-4, view.xOf(ns[i + 1]!))) : width + 4;
    context.lineTo(x, y(values[i]!));
    context.lineTo(right, y(values[i]!));
    x = right;
  }
  context.lineTo(x, base);
  context.closePath();
  context.fillStyle = colour;
  context.globalAlpha = alpha;
  context.fill();
  context.globalAlpha = 0.9;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
  return most;
}
