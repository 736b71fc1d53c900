/** Circles side by side in a circle: the few large ones as close as they go, the many small ones on rings around them. */

export interface Circle {
  id: number;
  radius: number;
}

interface Put extends Circle {
  x: number;
  z: number;
}

/** Circles that are placed with care; each more costs the square of it. */
const CAREFUL = 20;
/** Nothing looks random, and no two rings begin at the same angle. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/** Tells the middle of each, around a middle of (0, 0); gives the radius that holds them all. */
export function pack(circles: readonly Circle[], put: (id: number, x: number, z: number) => void): number {
  const sorted = [...circles].sort((a, b) => b.radius - a.radius || a.id - b.id);
  const typical = sorted[sorted.length >> 1]?.radius ?? 0;
  let few = sorted.length <= CAREFUL ? sorted.length : sorted.findIndex((each) => each.radius <= typical * 1.5);
  few = Math.min(few, CAREFUL);
  const placed = closely(sorted.slice(0, few));
  let inner = centre(placed);
  const rest = sorted.slice(few);
  let turn = 0;
  for (let i = 0; i < rest.length;) {
    if (inner === 0) {
      placed.push({ ...rest[i]!, x: 0, z: 0 });
      inner = rest[i]!.radius;
      i++;
      continue;
    }
    const thick = rest[i]!.radius;
    const middle = inner + thick;
    const widths: number[] = [];
    let angle = 0;
    for (let k = i; k < rest.length; k++) {
      const width = 2 * Math.asin(Math.min(1, rest[k]!.radius / middle));
      if (k > i && angle + width > 2 * Math.PI) break;
      widths.push(width);
      angle += width;
    }
    // What is left of a full ring goes between its members.
    const gap = i + widths.length < rest.length ? (2 * Math.PI - angle) / widths.length : 0;
    let at = turn;
    for (const width of widths) {
      at += (width + gap) / 2;
      placed.push({ ...rest[i]!, x: Math.cos(at) * middle, z: Math.sin(at) * middle });
      at += (width + gap) / 2;
      i++;
    }
    turn += GOLDEN;
    inner = middle + thick;
  }
  const radius = centre(placed);
  for (const { id, x, z } of placed) put(id, x, z);
  return radius;
}

/** Each where it touches two others and is nearest to the middle. */
function closely(circles: readonly Circle[]): Put[] {
  const placed: Put[] = [];
  for (const circle of circles) {
    if (placed.length === 0) placed.push({ ...circle, x: 0, z: 0 });
    else if (placed.length === 1) placed.push({ ...circle, x: placed[0]!.radius + circle.radius, z: 0 });
    else placed.push(nearest(placed, circle));
  }
  return placed;
}

function nearest(placed: readonly Put[], circle: Circle): Put {
  let weight = 0;
  let cx = 0;
  let cz = 0;
  for (const { x, z, radius } of placed) {
    weight += radius * radius;
    cx += x * radius * radius;
    cz += z * radius * radius;
  }
  cx /= weight;
  cz /= weight;
  let best: Put | undefined;
  let bestFar = Infinity;
  for (let i = 0; i < placed.length; i++)
    for (let k = i + 1; k < placed.length; k++)
      for (const [x, z] of touching(placed[i]!, placed[k]!, circle.radius)) {
        const far = Math.hypot(x - cx, z - cz) + circle.radius;
        if (far >= bestFar - 1e-9) continue;
        if (placed.some((other) => Math.hypot(other.x - x, other.z - z) < other.radius + circle.radius - 1e-6))
          continue;
        best = { ...circle, x, z };
        bestFar = far;
      }
  // Two circles far apart have no place between them that touches both: then outside of all.
  if (best !== undefined) return best;
  const edge = Math.max(...placed.map((other) => Math.hypot(other.x - cx, other.z - cz) + other.radius));
  return { ...circle, x: cx + edge + circle.radius, z: cz };
}

/** Middles of the two circles of a radius that touch two others. */
function touching(a: Put, b: Put, radius: number): [number, number][] {
  const dx = b.x - a.x;
  const dz = b.z - a.z;
  const far = Math.hypot(dx, dz);
  const ra = a.radius + radius;
  const rb = b.radius + radius;
  if (far === 0 || far > ra + rb) return [];
  const along = (far * far + ra * ra - rb * rb) / (2 * far);
  const across = Math.sqrt(Math.max(0, ra * ra - along * along));
  const x = a.x + (dx * along) / far;
  const z = a.z + (dz * along) / far;
  return [
    [x - (dz * across) / far, z + (dx * across) / far],
    [x + (dz * across) / far, z - (dx * across) / far],
  ];
}

/** Moves the middle of what holds them all to (0, 0); gives its radius. */
function centre(placed: Put[]): number {
  if (placed.length === 0) return 0;
  let x = 0;
  let z = 0;
  let radius = 0;
  // Towards whoever sticks out most, less each time (Bădoiu and Clarkson, 2003).
  for (let turn = 1; turn <= 60; turn++) {
    let farthest = placed[0]!;
    radius = 0;
    for (const each of placed) {
      const far = Math.hypot(each.x - x, each.z - z) + each.radius;
      if (far > radius) {
        radius = far;
        farthest = each;
      }
    }
    if (placed.length > 200) break;
    x += (farthest.x - x) / (turn + 1);
    z += (farthest.z - z) / (turn + 1);
  }
  radius = 0;
  for (const each of placed) {
    each.x -= x;
    each.z -= z;
    radius = Math.max(radius, Math.hypot(each.x, each.z) + each.radius);
  }
  return radius;
}
