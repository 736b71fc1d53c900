/** What draws marks: with WebGL2, or on a plain canvas where there is none. Knows nothing of processes, sessions or React. */
import type { Camera } from './camera.js';
import type { Projected } from './pick.js';

/** So that shape tells what colour alone must not. */
export const HOLLOW = 0;

export interface Marks {
  /** x, y, z of each mark. */
  positions: Float32Array;
  /** In units of the positions; 0: not drawn. */
  radii: Float32Array;
  /** r, g, b of each mark, and 255, or `HOLLOW` for one drawn as a ring. */
  colours: Uint8Array;
}

export interface Lines {
  /** Indexes of marks, two a line; later lines are drawn over earlier ones. */
  ends: Uint32Array;
  /** r, g, b, 255 of each line. */
  colours: Uint8Array;
}

export interface Dots {
  positions: Float32Array;
  colours: Uint8Array;
  count: number;
}

export interface Rings {
  /** x, y, z, radius: circles that lie flat. */
  circles: Float32Array;
  colour: number;
}

export interface Stage {
  readonly canvas: HTMLCanvasElement;
  /** `webgl2`, or `canvas`. */
  readonly kind: 'webgl2' | 'canvas';
  setMarks(marks: Marks): void;
  setLines(lines: Lines): void;
  setDots(dots: Dots): void;
  setRings(rings: Rings): void;
  /** `0xrrggbb`. */
  setBackground(colour: number): void;
  setCamera(camera: Camera, flat: boolean): void;
  /** In CSS pixels. */
  resize(width: number, height: number, ratio: number): void;
  /** A picture at rest may look better than one that moves. */
  readonly sharpens: boolean;
  /** Draws all of it, now. `atRest`: as well as it can, since nothing moves. */
  render(atRest: boolean): void;
  /** Where the marks lie on the screen with the camera as it is. */
  project(out: Projected): void;
  projectPoint(x: number, y: number, z: number): { x: number; y: number; depth: number } | undefined;
  dispose(): void;
}
