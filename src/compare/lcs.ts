/**
 * Which elements of two sequences belong together, in order: a longest common subsequence by E. W. Myers, "An O(ND) Difference Algorithm and
 * Its Variations" (Algorithmica 1, 1986), in the linear space of its section 4b. Sequences are numbers: equal numbers are equal elements.
 */

/**
 * Beyond this many differences on the way to one split, the split is made where the search stands: the answer is then still a common
 * subsequence, but perhaps not the longest. It bounds the time to (length × this).
 */
const MAX_COST = 512;

/** A stretch of both sequences: `[aFrom, aTo)` of the first, `[bFrom, bTo)` of the second. */
export interface Stretch {
  aFrom: number;
  aTo: number;
  bFrom: number;
  bTo: number;
}

export class Matcher {
  /** The furthest (forwards) and the nearest (backwards) position in `a` on each diagonal `x - y`, shifted by `b.length + 1`. */
  private readonly ahead: Int32Array;
  private readonly back: Int32Array;
  private readonly shift: number;
  /** For each element of `a` its partner in `b`, -1: none. Ascending where there is one. */
  readonly mates: Int32Array;

  constructor(
    readonly a: Int32Array,
    readonly b: Int32Array,
    private readonly maxCost = MAX_COST,
  ) {
    this.mates = new Int32Array(a.length).fill(-1);
    this.ahead = new Int32Array(a.length + b.length + 3);
    this.back = new Int32Array(a.length + b.length + 3);
    this.shift = b.length + 1;
  }

  /** Pairs what is equal at both ends of a stretch, and gives what is left in the middle. */
  trim({ aFrom, aTo, bFrom, bTo }: Stretch): Stretch {
    const { a, b, mates } = this;
    while (aFrom < aTo && bFrom < bTo && a[aFrom] === b[bFrom]) mates[aFrom++] = bFrom++;
    while (aFrom < aTo && bFrom < bTo && a[aTo - 1] === b[bTo - 1]) mates[--aTo] = --bTo;
    return { aFrom, aTo, bFrom, bTo };
  }

  /** Pairs the elements of a stretch. */
  match(stretch: Stretch): void {
    const waiting = [stretch];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const inner = this.trim(next);
      const { aFrom, aTo, bFrom, bTo } = inner;
      if (aFrom === aTo || bFrom === bTo) continue;
      const [x, y] = this.split(inner);
      waiting.push({ aFrom, aTo: x, bFrom, bTo: y }, { aFrom: x, aTo, bFrom: y, bTo });
    }
  }

  /** A point that a shortest way from one end of the stretch to the other goes through, found from both ends at once. */
  private split({ aFrom, aTo, bFrom, bTo }: Stretch): readonly [number, number] {
    const { a, b, ahead, back, shift, maxCost } = this;
    const least = aFrom - bTo;
    const most = aTo - bFrom;
    const start = aFrom - bFrom;
    const end = aTo - bTo;
    const odd = ((start - end) & 1) !== 0;
    let [aheadLow, aheadHigh, backLow, backHigh] = [start, start, end, end];
    ahead[start + shift] = aFrom;
    back[end + shift] = aTo;
    for (let cost = 1; ; cost++) {
      if (aheadLow > least) ahead[--aheadLow - 1 + shift] = -1;
      else aheadLow++;
      if (aheadHigh < most) ahead[++aheadHigh + 1 + shift] = -1;
      else aheadHigh--;
      for (let k = aheadHigh; k >= aheadLow; k -= 2) {
        const below = ahead[k - 1 + shift]!;
        const above = ahead[k + 1 + shift]!;
        let x = below < above ? above : below + 1;
        let y = x - k;
        while (x < aTo && y < bTo && a[x] === b[y]) {
          x++;
          y++;
        }
        ahead[k + shift] = x;
        if (odd && k >= backLow && k <= backHigh && back[k + shift]! <= x) return [x, y];
      }
      if (backLow > least) back[--backLow - 1 + shift] = aTo + 1;
      else backLow++;
      if (backHigh < most) back[++backHigh + 1 + shift] = aTo + 1;
      else backHigh--;
      for (let k = backHigh; k >= backLow; k -= 2) {
        const below = back[k - 1 + shift]!;
        const above = back[k + 1 + shift]!;
        let x = below < above ? below : above - 1;
        let y = x - k;
        while (x > aFrom && y > bFrom && a[x - 1] === b[y - 1]) {
          x--;
          y--;
        }
        back[k + shift] = x;
        if (!odd && k >= aheadLow && k <= aheadHigh && x <= ahead[k + shift]!) return [x, y];
      }
      if (cost < maxCost) continue;
      let best: readonly [number, number] = [aFrom, bFrom];
      for (let k = aheadLow; k <= aheadHigh; k += 2) {
        const x = Math.min(ahead[k + shift]!, aTo);
        const y = Math.min(x - k, bTo);
        if (y >= bFrom && y + k >= aFrom && y + k + y > best[0] + best[1]) best = [y + k, y];
      }
      return best;
    }
  }
}
