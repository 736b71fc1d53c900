/** Labels of the constellation in a test: whether any two lie upon each other. */

export interface PlacedBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Each pair that touches. */
export const touchingPairs = <T extends PlacedBox>(boxes: readonly T[]): [T, T][] =>
  boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter(
        (b) =>
          a.left < b.left + b.width &&
          b.left < a.left + a.width &&
          a.top < b.top + b.height &&
          b.top < a.top + a.height,
      )
      .map((b): [T, T] => [a, b]),
  );
