/**
 * Pairs two sequences as people would: first what occurs once in each (the anchors of B. Cohen's patience diff, put in order by a longest
 * increasing subsequence), then between the anchors the same again, and where nothing occurs once, by Myers.
 */
import { Matcher, type Stretch } from './lcs.js';

/** For each element of `a` its partner in `b`, -1: none. */
export function pairSequences(a: Int32Array, b: Int32Array): Int32Array {
  const matcher = new Matcher(a, b);
  const waiting: Stretch[] = [{ aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const inner = matcher.trim(next);
    if (inner.aFrom === inner.aTo || inner.bFrom === inner.bTo) continue;
    const anchors = findAnchors(a, b, inner);
    if (anchors.length === 0) {
      matcher.match(inner);
      continue;
    }
    let { aFrom, bFrom } = inner;
    for (const [i, j] of anchors) {
      matcher.mates[i] = j;
      waiting.push({ aFrom, aTo: i, bFrom, bTo: j });
      aFrom = i + 1;
      bFrom = j + 1;
    }
    waiting.push({ aFrom, aTo: inner.aTo, bFrom, bTo: inner.bTo });
  }
  return matcher.mates;
}

/** What occurs once on both sides, as far as it stands in the same order. */
function findAnchors(a: Int32Array, b: Int32Array, stretch: Stretch): (readonly [number, number])[] {
  const places = new Map<number, { i: number; j: number }>();
  for (let i = stretch.aFrom; i < stretch.aTo; i++) {
    const known = places.get(a[i]!);
    if (known === undefined) places.set(a[i]!, { i, j: -1 });
    else known.i = -2;
  }
  for (let j = stretch.bFrom; j < stretch.bTo; j++) {
    const known = places.get(b[j]!);
    if (known !== undefined) known.j = known.j === -1 ? j : -2;
  }
  const both = [...places.values()].filter(({ i, j }) => i >= 0 && j >= 0);
  return increasing(both).map(({ i, j }) => [i, j] as const);
}

/** A longest subsequence in which `j` grows, by piles as in the card game. `all` is in order of `i`. */
function increasing<T extends { j: number }>(all: readonly T[]): T[] {
  const tops: number[] = [];
  const before = new Int32Array(all.length);
  for (const [at, { j }] of all.entries()) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[tops[middle]!]!.j < j) low = middle + 1;
      else high = middle;
    }
    before[at] = low === 0 ? -1 : tops[low - 1]!;
    tops[low] = at;
  }
  const found: T[] = [];
  for (let at = tops.at(-1) ?? -1; at >= 0; at = before[at]!) found.push(all[at]!);
  return found.reverse();
}
