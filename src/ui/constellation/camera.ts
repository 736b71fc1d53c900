/** Where one looks from: turning around a point, moving it, coming closer. Flat: straight from above. */

export interface Camera {
  /** The point looked at. */
  x: number;
  y: number;
  z: number;
  /** Radians: around the vertical, and above the horizon. */
  yaw: number;
  pitch: number;
  distance: number;
}

/** Vertical opening, in radians. */
export const OPENING = (50 * Math.PI) / 180;
const STEEP = Math.PI / 2 - 0.001;
const NEAREST = 4;
const FARTHEST = 20_000;

export const initialCamera: Camera = { x: 0, y: 0, z: 0, yaw: 0.5, pitch: 0.6, distance: 100 };

export function eye(camera: Camera, flat: boolean): { x: number; y: number; z: number } {
  const pitch = flat ? STEEP : camera.pitch;
  const yaw = flat ? 0 : camera.yaw;
  return {
    x: camera.x + Math.sin(yaw) * Math.cos(pitch) * camera.distance,
    y: camera.y + Math.sin(pitch) * camera.distance,
    z: camera.z + Math.cos(yaw) * Math.cos(pitch) * camera.distance,
  };
}

/** By an angle to the side and upwards. */
export function orbit(camera: Camera, side: number, up: number): Camera {
  return { ...camera, yaw: camera.yaw - side, pitch: Math.min(STEEP, Math.max(-STEEP, camera.pitch + up)) };
}

/** By shares of the height of the picture. */
export function pan(camera: Camera, flat: boolean, right: number, down: number): Camera {
  const height = 2 * Math.tan(OPENING / 2) * camera.distance;
  const { rx, rz, ux, uy, uz } = axes(camera, flat);
  const r = -right * height;
  const u = down * height;
  return { ...camera, x: camera.x + rx * r + ux * u, y: camera.y + uy * u, z: camera.z + rz * r + uz * u };
}

/** What is under a point of the picture (−1 to 1, up positive, in halves of the height) stays there. */
export function zoom(camera: Camera, flat: boolean, factor: number, right = 0, up = 0): Camera {
  const distance = Math.min(FARTHEST, Math.max(NEAREST, camera.distance * factor));
  const by = Math.tan(OPENING / 2) * (camera.distance - distance);
  const { rx, rz, ux, uy, uz } = axes(camera, flat);
  return {
    ...camera,
    x: camera.x + (rx * right + ux * up) * by,
    y: camera.y + uy * up * by,
    z: camera.z + (rz * right + uz * up) * by,
    distance,
  };
}

/** Unit vectors to the right and upwards in the picture. */
function axes(camera: Camera, flat: boolean): { rx: number; rz: number; ux: number; uy: number; uz: number } {
  const pitch = flat ? STEEP : camera.pitch;
  const yaw = flat ? 0 : camera.yaw;
  return {
    rx: Math.cos(yaw),
    rz: -Math.sin(yaw),
    ux: -Math.sin(yaw) * Math.sin(pitch),
    uy: Math.cos(pitch),
    uz: -Math.cos(yaw) * Math.sin(pitch),
  };
}

/** For the address. */
export function cameraText(camera: Camera): string {
  const { x, y, z, yaw, pitch, distance } = camera;
  return [x, y, z, yaw, pitch, distance].map((each) => String(Math.round(each * 1000) / 1000)).join('_');
}

/** Undefined where the text is no camera. */
export function cameraOf(text: string): Camera | undefined {
  const [x, y, z, yaw, pitch, distance, ...rest] = text.split('_').map(Number);
  if (rest.length > 0 || distance === undefined) return undefined;
  const camera = { x: x!, y: y!, z: z!, yaw: yaw!, pitch: pitch!, distance };
  if (!Object.values(camera).every((each) => Number.isFinite(each) && Math.abs(each) < 1e6)) return undefined;
  return distance < NEAREST || distance > FARTHEST ? undefined : camera;
}
