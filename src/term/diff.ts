/** What changed between two terms: maps and structs by key, keyword lists by key, tuples by position, other lists by aligning them. */
import { compareEqual, isWhole, termKey } from './compare.js';
import { keyText, keywordPairs, printPath, type Path, type Step } from './path.js';
import { printTerm, type PrintOptions } from './print.js';
import type { ListTerm, MapTerm, Term } from './term.js';

export type Change =
  | { readonly kind: 'added'; readonly path: Path; readonly after: Term }
  | { readonly kind: 'removed'; readonly path: Path; readonly before: Term }
  | { readonly kind: 'changed'; readonly path: Path; readonly before: Term; readonly after: Term }
  /** All that was recorded agrees, but a part was not recorded: it may have changed. */
  | { readonly kind: 'unknown'; readonly path: Path; readonly before: Term; readonly after: Term };

/** Above this many comparisons, lists are compared by position. */
const MAX_ALIGNMENT = 250_000;

/**
 * The changes from `before` to `after`, in the order of the terms. Indexes in paths are those of `after`; of something removed, those of
 * `before`.
 */
export function diffTerms(before: Term, after: Term): Change[] {
  const changes: Change[] = [];
  diff(before, after, [], changes);
  return changes;
}

/** One line a change: `~ orders[3].status: :new → :paid`, `+ cart.x: 1`, `- …`, `? … (not recorded whole)`. */
export function renderDiff(changes: readonly Change[], options: PrintOptions = {}): string {
  const text = (term: Term): string => printTerm(term, options);
  const lines = changes.map((change) => {
    const path = change.path.length === 0 ? '(whole)' : printPath(change.path);
    switch (change.kind) {
      case 'added':
        return `+ ${path}: ${text(change.after)}`;
      case 'removed':
        return `- ${path}: ${text(change.before)}`;
      case 'changed':
        return `~ ${path}: ${text(change.before)} → ${text(change.after)}`;
      case 'unknown':
        return `? ${path}: not recorded whole, may have changed`;
    }
  });
  return lines.join('\n');
}

function diff(before: Term, after: Term, path: Path, changes: Change[]): void {
  if (before.kind === 'map' && after.kind === 'map' && structName(before) === structName(after)) {
    diffPairs(sideOfMap(before), sideOfMap(after), path, changes);
    return;
  }
  if (
    before.kind === 'tuple' &&
    after.kind === 'tuple' &&
    before.size === after.size &&
    sameTag(before.elements[0], after.elements[0])
  ) {
    const kept = Math.min(before.elements.length, after.elements.length);
    for (let index = 0; index < kept; index++) {
      diff(
        before.elements[index] as Term,
        after.elements[index] as Term,
        [...path, { kind: 'element', index }],
        changes,
      );
    }
    if (kept < before.size) changes.push({ kind: 'unknown', path, before, after });
    return;
  }
  if (before.kind === 'list' && after.kind === 'list') {
    diffLists(before, after, path, changes);
    return;
  }
  const equality = compareEqual(before, after);
  if (equality !== 'equal')
    changes.push({ kind: equality === 'different' ? 'changed' : 'unknown', path, before, after });
}

function structName(map: Term & { kind: 'map' }): string | undefined {
  const name = map.entries.find(([key]) => key.kind === 'atom' && key.name === '__struct__')?.[1];
  return name?.kind === 'atom' ? name.name : undefined;
}

/** `{:ok, 1}` → `{:error, 2}` is another tuple, not two changes. */
function sameTag(before: Term | undefined, after: Term | undefined): boolean {
  return before?.kind !== 'atom' || after?.kind !== 'atom' || before.name === after.name;
}

interface Side {
  readonly term: Term;
  readonly pairs: readonly (readonly [Term, Term])[];
  readonly cut: boolean;
}

/** A key that is not whole cannot be told from another: it is left out, and the side counts as cut. */
function sideOf(term: Term, all: Side['pairs'], missing: boolean): Side {
  const pairs = all.filter(([key]) => isWhole(key));
  return { term, pairs, cut: missing || pairs.length < all.length };
}

const sideOfMap = (map: MapTerm): Side => sideOf(map, map.entries, map.size > map.entries.length);

/** The pairs of two maps or keyword lists. */
function diffPairs(before: Side, after: Side, path: Path, changes: Change[]): void {
  const old = new Map(before.pairs.map((pair) => [termKey(pair[0]), pair]));
  const now = new Set(after.pairs.map(([key]) => termKey(key)));
  const first = changes.length;
  for (const [key, value] of before.pairs) {
    if (now.has(termKey(key))) continue;
    if (!after.cut) changes.push({ kind: 'removed', path: [...path, stepOf(key)], before: value });
  }
  for (const [key, value] of after.pairs) {
    const pair = old.get(termKey(key));
    if (pair !== undefined) diff(pair[1], value, [...path, stepOf(key)], changes);
    else if (!before.cut) changes.push({ kind: 'added', path: [...path, stepOf(key)], after: value });
  }
  if (!before.cut && !after.cut) return;
  pushUnsure(before.term, after.term, first, path, changes);
}

/** Of two terms of which parts were not recorded: that they differ may be certain even where nobody can say in what. */
function pushUnsure(before: Term, after: Term, first: number, path: Path, changes: Change[]): void {
  const found = changes.slice(first).some((change) => change.kind !== 'unknown');
  const kind = !found && compareEqual(before, after) === 'different' ? 'changed' : 'unknown';
  changes.push({ kind, path, before, after });
}

const stepOf = (key: Term): Step =>
  key.kind === 'integer' && typeof key.value === 'number' && key.value >= 0
    ? { kind: 'index', index: key.value }
    : { kind: 'key', key: keyText(key) };

function diffLists(before: ListTerm, after: ListTerm, path: Path, changes: Change[]): void {
  const [oldPairs, newPairs] = [keywordPairs(before), keywordPairs(after)];
  if (oldPairs !== undefined && newPairs !== undefined && sameOrder(oldPairs, newPairs)) {
    diffPairs(
      sideOf(before, oldPairs, before.more === true),
      sideOf(after, newPairs, after.more === true),
      path,
      changes,
    );
    return;
  }
  const first = changes.length;
  const aligned = align(before.elements, after.elements);
  const lastPair = aligned.findLastIndex(([from, to]) => from !== undefined && to !== undefined);
  aligned.forEach(([from, to], i) => {
    // What stands behind the last pair may have been cut on the other side.
    const open = i > lastPair;
    if (from !== undefined && to !== undefined) {
      diff(before.elements[from] as Term, after.elements[to] as Term, [...path, { kind: 'index', index: to }], changes);
    } else if (to !== undefined) {
      if (open && before.more === true) return;
      changes.push({ kind: 'added', path: [...path, { kind: 'index', index: to }], after: after.elements[to] as Term });
    } else if (from !== undefined) {
      if (open && after.more === true) return;
      changes.push({
        kind: 'removed',
        path: [...path, { kind: 'index', index: from }],
        before: before.elements[from] as Term,
      });
    }
  });
  if (before.more === true || after.more === true) pushUnsure(before, after, first, path, changes);
  else if (before.tail !== undefined && after.tail !== undefined)
    diff(before.tail, after.tail, [...path, { kind: 'tail' }], changes);
  else if (before.tail !== undefined)
    changes.push({ kind: 'removed', path: [...path, { kind: 'tail' }], before: before.tail });
  else if (after.tail !== undefined)
    changes.push({ kind: 'added', path: [...path, { kind: 'tail' }], after: after.tail });
}

/** Whether the keys that both have stand in the same order: in a keyword list the order counts. */
function sameOrder(before: Side['pairs'], after: Side['pairs']): boolean {
  const keysIn = (these: Side['pairs'], others: Side['pairs']): string => {
    const known = new Set(others.map(([key]) => termKey(key)));
    return these
      .map(([key]) => termKey(key))
      .filter((key) => known.has(key))
      .join();
  };
  return keysIn(before, after) === keysIn(after, before);
}

type Aligned = readonly [from: number | undefined, to: number | undefined];

/** Which element became which: equal ones by a longest common subsequence, then those in one gap one after the other. */
function align(before: readonly Term[], after: readonly Term[]): Aligned[] {
  const same = (i: number, j: number): boolean => compareEqual(before[i] as Term, after[j] as Term) !== 'different';
  let start = 0;
  while (start < before.length && start < after.length && same(start, start)) start++;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    same(before.length - 1 - end, after.length - 1 - end)
  )
    end++;
  const [rows, columns] = [before.length - start - end, after.length - start - end];

  const aligned: Aligned[] = [];
  for (let i = 0; i < start; i++) aligned.push([i, i]);
  const anchors =
    rows * columns <= MAX_ALIGNMENT ? commonSubsequence(rows, columns, (i, j) => same(start + i, start + j)) : [];
  let [i, j] = [0, 0];
  for (const [anchorI, anchorJ] of [...anchors, [rows, columns] as const]) {
    while (i < anchorI && j < anchorJ) aligned.push([start + i++, start + j++]);
    while (i < anchorI) aligned.push([start + i++, undefined]);
    while (j < anchorJ) aligned.push([undefined, start + j++]);
    if (i < rows && j < columns) aligned.push([start + i++, start + j++]);
  }
  for (let k = end; k > 0; k--) aligned.push([before.length - k, after.length - k]);
  return aligned;
}

/** Longest common subsequence by the table of Wagner and Fischer. */
function commonSubsequence(
  rows: number,
  columns: number,
  same: (i: number, j: number) => boolean,
): (readonly [number, number])[] {
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  const equal = new Uint8Array(rows * columns);
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const both = same(i, j);
      equal[i * columns + j] = both ? 1 : 0;
      lengths[i * width + j] = both
        ? (lengths[(i + 1) * width + j + 1] as number) + 1
        : Math.max(lengths[(i + 1) * width + j] as number, lengths[i * width + j + 1] as number);
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (equal[i * columns + j] === 1) pairs.push([i++, j++]);
    else if ((lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number)) i++;
    else j++;
  }
  return pairs;
}
