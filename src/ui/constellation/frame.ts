/** Where to look from so that all marks are in the picture, beside the legend. */
import { pan, zoom, type Camera } from './camera.js';
import { lookThrough } from './matrix.js';
import { emptyProjection, project } from './pick.js';
import { OPENING } from './camera.js';

/** Of the picture's edges, in CSS pixels. */
const MARGIN = 40;
/** What the legend takes on the left, where there is room for it. */
const LEGEND = 252;
/** Each turn comes closer: what lies nearer grows faster than the picture. */
const TURNS = 8;

/** Marks with radius 0 do not count. The direction stays. */
export function framed(
  camera: Camera,
  flat: boolean,
  positions: Float32Array,
  radii: Float32Array,
  size: { width: number; height: number },
): Camera {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < radii.length; i++) {
    if (radii[i] === 0) continue;
    for (let axis = 0; axis < 3; axis++) {
      low[axis] = Math.min(low[axis]!, positions[3 * i + axis]!);
      high[axis] = Math.max(high[axis]!, positions[3 * i + axis]!);
    }
  }
  if (low[0] === Infinity) return camera;
  const [x, y, z] = low.map((each, axis) => (each + high[axis]!) / 2) as [number, number, number];
  const reach = Math.hypot(high[0]! - x, high[1]! - y, high[2]! - z);
  let now: Camera = { ...camera, x, y, z, distance: Math.max(20, reach / Math.tan(OPENING / 2)) };
  const left = size.width > 3 * LEGEND ? LEGEND : 0;
  const room = { width: Math.max(50, size.width - left - 2 * MARGIN), height: Math.max(50, size.height - 2 * MARGIN) };
  const seen = emptyProjection(radii.length);
  for (let turn = 0; turn < TURNS; turn++) {
    const matrix = lookThrough(now, flat, size.width / size.height);
    project(seen, positions, radii, matrix, size.width, size.height, size.height / (2 * Math.tan(OPENING / 2)));
    const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
    for (let i = 0; i < seen.count; i++) {
      const radius = seen.radius[i]!;
      if (radius === 0) continue;
      box.left = Math.min(box.left, seen.x[i]! - radius);
      box.right = Math.max(box.right, seen.x[i]! + radius);
      box.top = Math.min(box.top, seen.y[i]! - radius);
      box.bottom = Math.max(box.bottom, seen.y[i]! + radius);
    }
    if (box.left === Infinity) return now;
    const right = (left + MARGIN + room.width / 2 - (box.left + box.right) / 2) / size.height;
    const down = (size.height / 2 - (box.top + box.bottom) / 2) / size.height;
    const factor = Math.max((box.right - box.left) / room.width, (box.bottom - box.top) / room.height);
    now = zoom(pan(now, flat, right, down), flat, Math.min(2, Math.max(0.5, factor)));
    // A single process is not brought as close as it would fill the picture.
    if (now.distance < 30) now = { ...now, distance: 30 };
  }
  return now;
}
