/** Which mark lies under the pointer: a search over what was projected to the screen, without asking the objects of a scene. */

/** Marks as they lie on the screen, in CSS pixels; nearer ones have a smaller depth. `radius` 0: not shown; `depth` 0: behind. */
export interface Projected {
  count: number;
  x: Float32Array;
  y: Float32Array;
  depth: Float32Array;
  radius: Float32Array;
}

export function emptyProjection(count: number): Projected {
  return {
    count,
    x: new Float32Array(count),
    y: new Float32Array(count),
    depth: new Float32Array(count),
    radius: new Float32Array(count),
  };
}

/** Small marks can be hit within so many pixels. */
const REACH = 6;

/** The index of the frontmost mark under a point, or the nearest one within reach; -1: none. */
export function pick(marks: Projected, x: number, y: number): number {
  let best = -1;
  let bestInside = false;
  let bestRank = Infinity;
  for (let i = 0; i < marks.count; i++) {
    const radius = marks.radius[i]!;
    if (radius === 0) continue;
    const dx = marks.x[i]! - x;
    const dy = marks.y[i]! - y;
    const reach = radius + REACH;
    if (dx > reach || dx < -reach || dy > reach || dy < -reach) continue;
    const far = dx * dx + dy * dy;
    if (far > reach * reach) continue;
    const inside = far <= radius * radius;
    if (bestInside && !inside) continue;
    const rank = inside ? marks.depth[i]! : far;
    if (inside === bestInside ? rank < bestRank : inside) {
      best = i;
      bestInside = inside;
      bestRank = rank;
    }
  }
  return best;
}

/**
 * Projects points with a matrix of three.js (column by column), onto a picture of `width` × `height` CSS pixels. `pixels` is how many
 * pixels one unit has at distance 1.
 */
export function project(
  out: Projected,
  positions: Float32Array,
  radii: Float32Array,
  matrix: ArrayLike<number>,
  width: number,
  height: number,
  pixels: number,
): void {
  const m = matrix;
  for (let i = 0; i < out.count; i++) {
    const x = positions[3 * i]!;
    const y = positions[3 * i + 1]!;
    const z = positions[3 * i + 2]!;
    const w = m[3]! * x + m[7]! * y + m[11]! * z + m[15]!;
    if (w <= 0.1) {
      out.radius[i] = 0;
      out.depth[i] = 0;
      continue;
    }
    out.x[i] = (((m[0]! * x + m[4]! * y + m[8]! * z + m[12]!) / w) * 0.5 + 0.5) * width;
    out.y[i] = (0.5 - ((m[1]! * x + m[5]! * y + m[9]! * z + m[13]!) / w) * 0.5) * height;
    out.depth[i] = w;
    out.radius[i] = radii[i] === 0 ? 0 : Math.max(1.5, (radii[i]! * pixels) / w);
  }
}
