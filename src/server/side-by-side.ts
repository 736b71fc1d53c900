/** Two values as the language prints them, line beside line. */
import type { SideLine } from './process-protocol.js';

/** Cells of the table that looks for what stayed. */
const MAX_TABLE = 2_000_000;
/** Lines that stay around what differs. */
const AROUND = 3;
const MAX_LINES = 2_000;
const MAX_LINE = 2_000;

export interface Side {
  lines: SideLine[];
  more: number;
  differ: number;
}

/**
 * Lines that both have stand beside each other, as many as a longest common subsequence finds (where both sides together are small enough
 * for its table; else only what is equal at both ends). What stands between two of those is paired in order.
 */
export function sideBySide(before: string, after: string): Side {
  const a = before === '' ? [] : before.split('\n');
  const b = after === '' ? [] : after.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const middle = pairs(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const lines: SideLine[] = [];
  for (let i = 0; i < head; i++) lines.push({ before: a[i], after: b[i] });
  lines.push(...middle);
  for (let i = tail; i > 0; i--) lines.push({ before: a[a.length - i], after: b[b.length - i] });
  const differ = middle.filter((each) => each.before !== each.after).length;
  const shown = fold(lines).map((each) => ({ ...each, before: cut(each.before), after: cut(each.after) }));
  return { lines: shown.slice(0, MAX_LINES), more: Math.max(0, shown.length - MAX_LINES), differ };
}

function cut(line: string | undefined): string | undefined {
  return line !== undefined && line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
}

function pairs(a: readonly string[], b: readonly string[]): SideLine[] {
  const out: SideLine[] = [];
  let i = 0;
  let j = 0;
  const between = (toI: number, toJ: number): void => {
    while (i < toI || j < toJ) out.push({ before: i < toI ? a[i++] : undefined, after: j < toJ ? b[j++] : undefined });
  };
  for (const [keptA, keptB] of kept(a, b)) {
    between(keptA, keptB);
    out.push({ before: a[i++], after: b[j++] });
  }
  between(a.length, b.length);
  return out;
}

function kept(a: readonly string[], b: readonly string[]): [number, number][] {
  if (a.length * b.length > MAX_TABLE || a.length > 0xffff || b.length > 0xffff) return [];
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i * width + j] =
        a[i] === b[j]
          ? table[(i + 1) * width + j + 1]! + 1
          : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
  const out: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) out.push([i++, j++]);
    else if (table[(i + 1) * width + j]! >= table[i * width + j + 1]!) i++;
    else j++;
  }
  return out;
}

/** Long stretches of equal lines become one that says how many. */
function fold(lines: readonly SideLine[]): SideLine[] {
  const out: SideLine[] = [];
  for (let i = 0; i < lines.length;) {
    let end = i;
    while (end < lines.length && lines[end]!.before === lines[end]!.after) end++;
    const from = i === 0 ? i : i + AROUND;
    const to = end === lines.length ? end : end - AROUND;
    if (to - from > 2) {
      out.push(...lines.slice(i, from), { before: undefined, after: undefined, folded: to - from });
      out.push(...lines.slice(to, end));
    } else out.push(...lines.slice(i, end));
    if (end < lines.length) out.push(lines[end]!);
    i = end + 1;
  }
  return out;
}
