/** Looking through a camera as one matrix, column by column: for drawing without three.js. */
import { eye, OPENING, type Camera } from './camera.js';

export function lookThrough(camera: Camera, flat: boolean, aspect: number): Float64Array {
  const from = eye(camera, flat);
  const unit = (x: number, y: number, z: number): [number, number, number] => {
    const length = Math.hypot(x, y, z) || 1;
    return [x / length, y / length, z / length];
  };
  const [fx, fy, fz] = unit(from.x - camera.x, from.y - camera.y, from.z - camera.z);
  // Right = up × backwards, with the vertical as up.
  const [rx, , rz] = unit(fz, 0, -fx);
  const [ux, uy, uz] = [fy * rz, fz * rx - fx * rz, -fy * rx];
  const f = 1 / Math.tan(OPENING / 2);
  const dot = (x: number, y: number, z: number): number => -(x * from.x + y * from.y + z * from.z);
  const rows = [
    [(rx * f) / aspect, 0, (rz * f) / aspect, (dot(rx, 0, rz) * f) / aspect],
    [ux * f, uy * f, uz * f, dot(ux, uy, uz) * f],
    [0, 0, 0, 0],
    [-fx, -fy, -fz, -dot(fx, fy, fz)],
  ];
  const out = new Float64Array(16);
  rows.forEach((row, r) => {
    row.forEach((value, c) => (out[4 * c + r] = value));
  });
  return out;
}
