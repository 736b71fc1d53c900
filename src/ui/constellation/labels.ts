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
  /** The only one that will do; undefined: the first that is free. */
  only?: Side | undefined;
}

/** Of its mark. */
export type Side = 'right' | 'left' | 'above' | 'below';

export interface PlacedLabel extends Label {
  side: Side;
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
/** In the order in which they are tried. */
const SIDES: Record<Label['kind'], readonly Side[]> = {
  selected: ['right', 'left', 'above', 'below'],
  process: ['right', 'left', 'above', 'below'],
  island: ['above', 'below'],
};

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
    const gap = label.radius + 5;
    const middle = { left: label.x - size.width / 2, top: label.y - size.height / 2 };
    const spots: Record<Side, { left: number; top: number }> = {
      right: { left: label.x + gap, top: middle.top },
      left: { left: label.x - gap - size.width, top: middle.top },
      above: { left: middle.left, top: label.y - gap - size.height },
      below: { left: middle.left, top: label.y + gap },
    };
    for (const side of label.only === undefined ? SIDES[label.kind] : [label.only]) {
      const { left, top } = spots[side];
      const wanted: PlacedLabel = { ...label, ...size, left, top, side };
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
