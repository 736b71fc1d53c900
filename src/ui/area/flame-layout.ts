/**
 * Where the frames of a flame graph lie: as wide as their share, the largest first, what is called below what calls.
 *
 *     ▕ all                                   ▏
 *     ▕ handle_call             ▏▕ init  ▏
 *     ▕ reserve      ▏▕ add ▏
 */
import type { AreaFlame } from '../../server/index.js';

export interface FlameBox {
  /** Position in the columns of the flame. */
  node: number;
  depth: number;
  /** Shares of the width of the whole. */
  left: number;
  width: number;
}

/** Depth first, the largest first: the order in which they are read. Boxes with a smaller share than `least` are left out. */
export function layFlame({ parent, totalNs }: AreaFlame, least: number): FlameBox[] {
  const whole = totalNs[0] ?? 0;
  if (whole <= 0) return [];
  const children = parent.map((): number[] => []);
  for (let node = 1; node < parent.length; node++) children[parent[node]!]!.push(node);
  const boxes: FlameBox[] = [];
  const open: FlameBox[] = [{ node: 0, depth: 0, left: 0, width: 1 }];
  for (let box = open.pop(); box !== undefined; box = open.pop()) {
    boxes.push(box);
    let left = box.left;
    const inside: FlameBox[] = [];
    for (const node of children[box.node]!.sort((a, b) => totalNs[b]! - totalNs[a]! || a - b)) {
      const width = totalNs[node]! / whole;
      if (width < least) break;
      inside.push({ node, depth: box.depth + 1, left, width });
      left += width;
    }
    open.push(...inside.reverse());
  }
  return boxes;
}

/** Where an arrow key leads from a box: to what is above, the largest inside, or beside on the same level. */
export function beside(boxes: readonly FlameBox[], from: number, key: string, parents: readonly number[]): number {
  const box = boxes[from];
  if (box === undefined) return 0;
  const at = (found: number): number => (found < 0 ? from : found);
  switch (key) {
    case 'ArrowUp':
      return at(boxes.findIndex((each) => each.node === parents[box.node]));
    case 'ArrowDown':
      return at(boxes.findIndex((each) => parents[each.node] === box.node));
    case 'ArrowRight': {
      let next = -1;
      for (const [i, each] of boxes.entries())
        if (each.depth === box.depth && each.left > box.left && (next < 0 || each.left < boxes[next]!.left)) next = i;
      return at(next);
    }
    case 'ArrowLeft': {
      let next = -1;
      for (const [i, each] of boxes.entries())
        if (each.depth === box.depth && each.left < box.left && (next < 0 || each.left > boxes[next]!.left)) next = i;
      return at(next);
    }
    default:
      return from;
  }
}
