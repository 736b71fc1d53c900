/** Names beside the marks, as many as fit without touching each other, the most important first. */

export interface Label {
  text: string;
  /** Fainter, behind the name. */
  detail: string;
  x: number;
  y: number;
  /** Of the mark that it stands beside. */
  radius: number;
  kind: 'selected' | 'island' | 'process';
  mark: number;
}

export interface PlacedLabel extends Label {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export const LABEL_HEIGHT = 16;
/** Of workers that all have one name, so many are named. */
const SAME = 3;
const CELL = 64;

/** Those that have room, in the order given, and clear of `taken`; `width` measures a text. */
export function placeLabels(
  labels: Iterable<Label>,
  area: { width: number; height: number },
  most: number,
  width: (label: Label) => number,
  taken: readonly Box[] = [],
): PlacedLabel[] {
  const named = new Map<string, number>();
  const placed: PlacedLabel[] = [];
  const cells = new Map<number, PlacedLabel[]>();
  const over = (label: PlacedLabel): number[] => {
    const keys: number[] = [];
    for (let cx = Math.floor(label.left / CELL); cx <= Math.floor((label.left + label.width) / CELL); cx++)
      for (let cy = Math.floor(label.top / CELL); cy <= Math.floor((label.top + label.height) / CELL); cy++)
        keys.push(cx * 10_000 + cy);
    return keys;
  };
  for (const label of labels) {
    if (placed.length >= most) break;
    if (label.x < 0 || label.y < 0 || label.x > area.width || label.y > area.height) continue;
    const same = named.get(label.text) ?? 0;
    if (label.kind === 'process' && same >= SAME) continue;
    const size = { width: width(label), height: LABEL_HEIGHT };
    // Right of the mark, left of it, above or below: the first that is free.
    const gap = label.radius + 5;
    const spots = [
      [label.x + gap, label.y - size.height / 2],
      [label.x - gap - size.width, label.y - size.height / 2],
      [label.x - size.width / 2, label.y - gap - size.height],
      [label.x - size.width / 2, label.y + gap],
    ] as const;
    for (const [left, top] of label.kind === 'island' ? [spots[2], spots[3]] : spots) {
      const wanted: PlacedLabel = { ...label, ...size, left, top };
      if (left < 2 || top < 2 || left + size.width > area.width - 2 || top + size.height > area.height - 2) continue;
      if (taken.some((box) => touch(box, wanted))) continue;
      const keys = over(wanted);
      if (keys.some((key) => cells.get(key)?.some((other) => touch(other, wanted)) === true)) continue;
      placed.push(wanted);
      named.set(label.text, same + 1);
      for (const key of keys) {
        const cell = cells.get(key);
        if (cell === undefined) cells.set(key, [wanted]);
        else cell.push(wanted);
      }
      break;
    }
  }
  return placed;
}

const touch = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width + 4 &&
  b.left < a.left + a.width + 4 &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height;
