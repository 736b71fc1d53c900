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
/** Between two boxes beside each other. */
const APART = 4;
/** In the order in which they are tried. */
const SIDES: Record<Label['kind'], readonly Side[]> = {
  selected: ['right', 'left', 'above', 'below'],
  process: ['right', 'left', 'above', 'below'],
  island: ['above', 'below'],
};

export interface Room {
  width: number;
  height: number;
  /** Nothing may stand there. */
  taken: readonly Box[];
  /** Better left free: a name stands over one only where it has no other place. */
  shy: readonly Box[];
}

/** Those that have room, in the order given, at most so many; `width` measures a text. */
export function placeLabels(
  labels: Iterable<Label>,
  room: Room,
  most: number,
  width: (label: Label) => number,
): PlacedLabel[] {
  const named = new Map<string, number>();
  const placed: PlacedLabel[] = [];
  const names = new Grid();
  const shy = new Grid();
  for (const box of room.shy) shy.add(box);
  const free = (box: Box): boolean =>
    box.left >= 2 &&
    box.top >= 2 &&
    box.left + box.width <= room.width - 2 &&
    box.top + box.height <= room.height - 2 &&
    !room.taken.some((each) => touch(each, box)) &&
    !names.touches(box);
  for (const label of labels) {
    if (placed.length >= most) break;
    if (label.x < 0 || label.y < 0 || label.x > room.width || label.y > room.height) continue;
    const same = named.get(label.text) ?? 0;
    if (label.kind === 'process' && same >= SAME) continue;
    const spots = around(label, width(label)).filter(free);
    const wanted = spots.find((spot) => !shy.touches(spot)) ?? spots[0];
    if (wanted === undefined) continue;
    placed.push(wanted);
    names.add(wanted);
    named.set(label.text, same + 1);
  }
  return placed;
}

/** Where a label may stand, the best place first. */
function around(label: Label, width: number): PlacedLabel[] {
  const size = { width, height: LABEL_HEIGHT };
  const gap = label.radius + 5;
  const middle = { left: label.x - size.width / 2, top: label.y - size.height / 2 };
  const spots: Record<Side, { left: number; top: number }> = {
    right: { left: label.x + gap, top: middle.top },
    left: { left: label.x - gap - size.width, top: middle.top },
    above: { left: middle.left, top: label.y - gap - size.height },
    below: { left: middle.left, top: label.y + gap },
  };
  const sides = label.only === undefined ? SIDES[label.kind] : [label.only];
  return sides.map((side) => ({ ...label, ...size, ...spots[side], side }));
}

/** Boxes by the squares of the picture that they lie in. */
class Grid {
  private readonly cells = new Map<number, Box[]>();

  add(box: Box): void {
    for (const key of keysOf(box)) {
      const cell = this.cells.get(key);
      if (cell === undefined) this.cells.set(key, [box]);
      else cell.push(box);
    }
  }

  touches(box: Box): boolean {
    return keysOf(box).some((key) => this.cells.get(key)?.some((other) => touch(other, box)) === true);
  }
}

function keysOf(box: Box): number[] {
  const keys: number[] = [];
  // As far as boxes keep apart, they may lie in the next square.
  const right = Math.floor((box.left + box.width + APART) / CELL);
  const bottom = Math.floor((box.top + box.height) / CELL);
  for (let x = Math.floor((box.left - APART) / CELL); x <= right; x++)
    for (let y = Math.floor(box.top / CELL); y <= bottom; y++) keys.push(x * 10_000 + y);
  return keys;
}

const touch = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width + APART &&
  b.left < a.left + a.width + APART &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height;
