/** What many printed values come to. */
import type { PrintHit } from '../../server/index.js';

export interface Figures {
  /** Numbers only, where most of the values are some. */
  numbers: { min: PrintHit; max: PrintHit; count: number } | undefined;
  /** How often each text occurs, the most frequent first. */
  distinct: { text: string; count: number; first: PrintHit }[];
}

export function figuresOf(hits: readonly PrintHit[]): Figures {
  let min: PrintHit | undefined;
  let max: PrintHit | undefined;
  let count = 0;
  const texts = new Map<string, { text: string; count: number; first: PrintHit }>();
  for (const hit of hits) {
    if (hit.number !== undefined) {
      count++;
      if (min === undefined || hit.number < min.number!) min = hit;
      if (max === undefined || hit.number > max.number!) max = hit;
    }
    const known = texts.get(hit.text.text);
    if (known !== undefined) known.count++;
    else texts.set(hit.text.text, { text: hit.text.text, count: 1, first: hit });
  }
  const numbers = min !== undefined && max !== undefined && count * 2 > hits.length ? { min, max, count } : undefined;
  return { numbers, distinct: [...texts.values()].sort((a, b) => b.count - a.count) };
}

/** The last hit at or before an event, -1: none. Hits stand in order. */
export function indexAt(hits: readonly PrintHit[], seq: number): number {
  let low = 0;
  let high = hits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hits[middle]!.seq <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** All hits up to an event are known: the last of them holds there. */
export const reaches = (printed: { done: boolean; seq: number }, seq: number): boolean =>
  printed.done || seq <= printed.seq;

/** By pixel: lowest and highest number of those that fall into it, over time. */
export function columnsOf(
  hits: readonly PrintHit[],
  width: number,
): { x: number; low: number; high: number; last: number }[] {
  const numbers = hits.filter((hit) => hit.number !== undefined);
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined) return [];
  const span = Math.max(1, last.ns - first.ns);
  const columns: { x: number; low: number; high: number; last: number }[] = [];
  for (const { ns, number } of numbers) {
    const x = Math.round(((ns - first.ns) / span) * (width - 1));
    const column = columns.at(-1);
    if (column?.x === x) {
      column.low = Math.min(column.low, number!);
      column.high = Math.max(column.high, number!);
      column.last = number!;
    } else columns.push({ x, low: number!, high: number!, last: number! });
  }
  return columns;
}
