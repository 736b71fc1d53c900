/** What somebody may have meant who wrote a name that is not there. */

const FARTHEST = 3;

/** The nearest of `names` by edit distance, or one that ends in `wanted` or begins with it; undefined: none is near. */
export function similar(wanted: string, names: Iterable<string>): string | undefined {
  const low = wanted.toLowerCase();
  let best: string | undefined;
  let least = Math.min(FARTHEST, Math.ceil(low.length / 3)) + 1;
  for (const name of names) {
    const other = name.toLowerCase();
    const far =
      low.length > 2 && (other.endsWith(`.${low}`) || other.startsWith(low)) ? 1 : distance(low, other, least);
    if (far >= least) continue;
    least = far;
    best = name;
  }
  return best;
}

/** Changes of one character that make one text the other, by the rows of Wagner and Fischer; no more than `enough` are counted. */
function distance(a: string, b: string, enough: number): number {
  if (Math.abs(a.length - b.length) >= enough) return enough;
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same));
    }
    above = row;
  }
  return Math.min(enough, above[b.length]!);
}
