/** The camera of a session: moved by hand, put so that everything is in view, kept in the address, or staying with a process. */
import type { Session } from '../state/session.js';
import { cameraOf, cameraText, initialCamera, type Camera } from './camera.js';
import { framed } from './frame.js';
import type { Marks, Rings } from './stage.js';

const ADDRESS_MS = 300;
/** As far from a process that is followed as one may be. */
const FOLLOW = 60;
const RIM_POINTS = 16;

export class Viewpoint {
  camera: Camera = initialCamera;
  /** As the address has it; undefined: everything in view. */
  private addressed: string | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly session: Session) {
    this.addressed = session.state.camera;
    const camera = this.addressed === undefined ? undefined : cameraOf(this.addressed);
    if (camera !== undefined) this.camera = camera;
    else this.addressed = undefined;
  }

  close(): void {
    clearTimeout(this.timer);
  }

  /** Nobody has moved it: it is to show everything. */
  get free(): boolean {
    return this.addressed === undefined;
  }

  move(camera: Camera): void {
    this.camera = camera;
    this.setAddress(cameraText(camera));
  }

  /** Forgets where it was moved to. */
  reset(): void {
    this.camera = { ...initialCamera };
    this.setAddress(undefined);
  }

  /** After the address was changed by something else, as the browser's back button does; true: it was. */
  readAddress(): boolean {
    const { camera: text } = this.session.state;
    if (text === this.addressed) return false;
    const camera = text === undefined ? undefined : cameraOf(text);
    this.addressed = camera === undefined ? undefined : text;
    this.camera = camera ?? { ...initialCamera };
    return true;
  }

  /** So that marks of these radii and all circles are in the picture. */
  fit(marks: Marks, radii: Float32Array, rings: Rings, size: { width: number; height: number }): void {
    const rims = pointsOf(rings);
    const positions = new Float32Array(marks.positions.length + rims.length);
    positions.set(marks.positions);
    positions.set(rims, marks.positions.length);
    const all = new Float32Array(positions.length / 3).fill(0.01);
    all.set(radii);
    this.camera = framed(this.camera, this.session.state.flat, positions, all, size);
  }

  /** On a mark, from no further than one can tell it from others. */
  lookAt(positions: Float32Array, mark: number): void {
    const [x, y, z] = positions.subarray(3 * mark, 3 * mark + 3);
    const { camera } = this;
    if (mark <= 0 || z === undefined) return;
    if (camera.x === x && camera.y === y && camera.z === z && camera.distance <= FOLLOW) return;
    this.camera = { ...camera, x: x!, y: y!, z, distance: Math.min(camera.distance, FOLLOW) };
  }

  private setAddress(camera: string | undefined): void {
    this.addressed = camera;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.session.store.set({ camera });
    }, ADDRESS_MS);
  }
}

/** Some points of each circle. */
function pointsOf({ circles }: Rings): Float32Array {
  const points: number[] = [];
  for (let i = 0; i < circles.length; i += 4)
    for (let k = 0; k < RIM_POINTS; k++) {
      const angle = (k / RIM_POINTS) * 2 * Math.PI;
      const radius = circles[i + 3]!;
      points.push(circles[i]! + Math.cos(angle) * radius, circles[i + 1]!, circles[i + 2]! + Math.sin(angle) * radius);
    }
  return Float32Array.from(points);
}
