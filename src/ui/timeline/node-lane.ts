/** The lane of a node: the memory of the whole node as an area, its run queue as a line over it. */
import type { BinaryAnswer } from '../net/client.js';
import { LANE } from '../model/lane-layout.js';
import { bytes, count } from '../model/time.js';
import type { DrawingView } from './drawing.js';

const TOP = 4;
const BOTTOM = LANE - 2;

export interface NodeSeen {
  bytes: number;
  queue: number;
}

/** The samples that hold in a window, `last` excluded: the one before it still holds at its beginning. */
function rangeIn({ ns }: BinaryAnswer<'nodeMemory'>, window: { fromNs: number; toNs: number }): [number, number] {
  let first = 0;
  for (let low = 0, high = ns.length; low < high;) {
    const middle = (low + high) >> 1;
    if (ns[middle]! <= window.fromNs) low = first = middle + 1;
    else high = middle;
  }
  first = Math.max(0, first - 1);
  let last = first;
  while (last < ns.length && ns[last]! <= window.toNs) last++;
  return [first, last];
}

/** The largest values in the window; undefined: no samples there. */
export function seenOfNode(
  data: BinaryAnswer<'nodeMemory'>,
  window: { fromNs: number; toNs: number },
): NodeSeen | undefined {
  const [first, last] = rangeIn(data, window);
  if (last === first) return undefined;
  const most = { bytes: 0, queue: 0 };
  for (let i = first; i < last; i++) {
    most.bytes = Math.max(most.bytes, data.bytes[i]!);
    most.queue = Math.max(most.queue, data.queue[i]!);
  }
  return most;
}

export function drawNodeLane(
  view: DrawingView,
  data: BinaryAnswer<'nodeMemory'> | undefined,
  top: number,
  window: { fromNs: number; toNs: number },
): void {
  const { context, palette, width } = view;
  const most = data && seenOfNode(data, window);
  if (data === undefined || most === undefined) return;
  const { ns } = data;
  const [first, last] = rangeIn(data, window);
  context.font = `10px ${palette.font}`;
  context.textBaseline = 'top';
  context.textAlign = 'left';
  const room = BOTTOM - TOP;
  const steps = (values: Float64Array, largest: number): void => {
    const y = (i: number): number => top + BOTTOM - (largest === 0 ? 0 : (values[i]! / largest) * room);
    for (let i = first; i < last; i++) {
      const x0 = Math.max(-4, view.xOf(ns[i]!));
      const x1 = i + 1 < last ? view.xOf(ns[i + 1]!) : Math.min(width + 4, view.xOf(data.ns.at(-1)!) + 4);
      if (i === first) context.moveTo(x0, y(i));
      context.lineTo(x0, y(i));
      context.lineTo(Math.max(x0, x1), y(i));
    }
  };
  const left = Math.max(-4, view.xOf(ns[first]!));
  const right = Math.min(width + 4, view.xOf(ns[last - 1]!) + 4);
  context.beginPath();
  steps(data.bytes, most.bytes);
  context.lineTo(right, top + BOTTOM);
  context.lineTo(left, top + BOTTOM);
  context.closePath();
  context.fillStyle = palette.family.process;
  context.globalAlpha = 0.2;
  context.fill();
  context.globalAlpha = 1;
  if (most.queue > 0) {
    context.beginPath();
    steps(data.queue, most.queue);
    context.strokeStyle = palette.cause;
    context.lineWidth = 1.25;
    context.stroke();
  }
  const parts = [
    { text: `memory, up to ${bytes(most.bytes)}`, colour: palette.family.process },
    { text: `run queue, up to ${count(most.queue)}`, colour: palette.cause },
  ];
  let x = 6;
  for (const { text, colour } of parts) {
    const wide = context.measureText(text).width;
    context.fillStyle = palette.background;
    context.globalAlpha = 0.8;
    context.fillRect(x - 3, top + 3, wide + 6, 12);
    context.globalAlpha = 1;
    context.fillStyle = colour;
    context.fillText(text, x, top + 4);
    x += wide + 12;
  }
}
