/** The constellation with three.js: one call for all marks, one for all lines, one for all dots. Draws only when told. */
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  GLSL3,
  LineSegments,
  Matrix4,
  PerspectiveCamera,
  Points,
  RawShaderMaterial,
  Scene,
  Vector3,
  Vector4,
  WebGLRenderer,
} from 'three';
import { eye, initialCamera, OPENING, type Camera } from './camera.js';
import { project, type Projected } from './pick.js';
import { Smooth } from './smooth.js';
import type { Dots, Lines, Marks, Rings, Stage } from './stage.js';

/** A ball for each point, lit from above: drawn on the square that the point covers, without any triangle. A hollow one that is not tiny has a hole. */
const BALL_VERTEX = `
precision highp float;
uniform mat4 projectionMatrix;
uniform mat4 modelViewMatrix;
uniform float scale;
in vec3 position;
in float radius;
in vec4 colour;
out vec3 vColour;
out float hole;
void main() {
  vec4 view = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * view;
  // As near as the front of the ball: what ends in its middle does not lie over it.
  vec4 front = projectionMatrix * (view + vec4(0.0, 0.0, radius, 0.0));
  gl_Position.z = front.z / front.w * gl_Position.w;
  gl_PointSize = clamp(2.0 * radius * scale / -view.z, 3.0, 400.0);
  vColour = colour.rgb;
  hole = colour.a < 0.5 && gl_PointSize > 7.0 ? 0.2 : -1.0;
}`;
const BALL_FRAGMENT = `
precision mediump float;
in vec3 vColour;
in float hole;
out vec4 pixel;
void main() {
  vec2 at = gl_PointCoord * 2.0 - 1.0;
  float far = dot(at, at);
  if (far > 1.0 || far < hole) discard;
  float light = 0.74 + 0.26 * sqrt(1.0 - far) - 0.12 * at.y;
  pixel = vec4(min(vColour * light, 1.0), 1.0);
}`;
/** Plainer than what three.js has for lines: their pixels are most of what a picture costs where the processor draws. */
const LINE_VERTEX = `
precision highp float;
uniform mat4 projectionMatrix;
uniform mat4 modelViewMatrix;
in vec3 position;
in vec4 colour;
flat out vec4 vColour;
void main() {
  gl_Position = projectionMatrix * (modelViewMatrix * vec4(position, 1.0));
  vColour = colour;
}`;
const RING_VERTEX = LINE_VERTEX.replace('in vec4 colour', 'uniform vec4 colour');
const LINE_FRAGMENT = `
precision mediump float;
flat in vec4 vColour;
out vec4 pixel;
void main() {
  pixel = vColour;
}`;
const DOT_VERTEX = `
precision highp float;
uniform mat4 projectionMatrix;
uniform mat4 modelViewMatrix;
uniform float size;
in vec3 position;
in vec3 colour;
out vec3 vColour;
void main() {
  gl_Position = projectionMatrix * (modelViewMatrix * vec4(position, 1.0));
  gl_PointSize = size;
  vColour = colour;
}`;
const DOT_FRAGMENT = `
precision mediump float;
in vec3 vColour;
out vec4 pixel;
void main() {
  vec2 at = gl_PointCoord * 2.0 - 1.0;
  if (dot(at, at) > 1.0) discard;
  pixel = vec4(vColour, 1.0);
}`;
const DOT_SIZE = 4;
const CIRCLE = 72;

export interface SceneOptions {
  /** Smooth edges cost a software renderer more than all the rest: without, only pictures at rest have them. */
  antialias?: boolean;
}

/** Takes typed arrays and draws them. What was given must not change until it is given again. */
export class ConstellationScene implements Stage {
  readonly kind = 'webgl2';
  readonly sharpens: boolean;
  private readonly renderer: WebGLRenderer;
  private readonly smooth: Smooth;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera((OPENING * 180) / Math.PI, 1, 0.5, 50_000);
  private readonly view = new Matrix4();
  private readonly background = new Color();
  private readonly ringColour = new Vector4(0, 0, 0, 1);
  private readonly balls: Points<BufferGeometry, RawShaderMaterial>;
  private readonly lines: LineSegments<BufferGeometry, RawShaderMaterial>;
  private readonly rings: LineSegments<BufferGeometry, RawShaderMaterial>;
  private readonly dots: Points<BufferGeometry, RawShaderMaterial>;
  private marks: Marks = { positions: new Float32Array(0), radii: new Float32Array(0), colours: new Uint8Array(0) };
  private ends: Uint32Array = new Uint32Array(0);
  private width = 1;
  private height = 1;
  private ratio = 1;

  /** Throws where there is no WebGL2. */
  constructor(
    readonly canvas: HTMLCanvasElement,
    options: SceneOptions = {},
  ) {
    const antialias = options.antialias === true;
    this.renderer = new WebGLRenderer({ canvas, antialias, alpha: false, stencil: false });
    this.smooth = new Smooth(this.renderer);
    this.sharpens = !antialias;
    const shader = (
      vertexShader: string,
      fragmentShader: string,
      uniforms: Record<string, { value: unknown }>,
      depth = true,
    ) =>
      new RawShaderMaterial({
        glslVersion: GLSL3,
        vertexShader,
        fragmentShader,
        uniforms,
        depthTest: depth,
        depthWrite: depth,
      });
    this.balls = new Points(new BufferGeometry(), shader(BALL_VERTEX, BALL_FRAGMENT, { scale: { value: 1 } }));
    this.dots = new Points(new BufferGeometry(), shader(DOT_VERTEX, DOT_FRAGMENT, { size: { value: DOT_SIZE } }));
    // Lines come first and hide nothing: no mark disappears behind one, and no pixel of theirs has to be compared.
    this.lines = new LineSegments(new BufferGeometry(), shader(LINE_VERTEX, LINE_FRAGMENT, {}, false));
    this.rings = new LineSegments(new BufferGeometry(), shader(RING_VERTEX, LINE_FRAGMENT, { colour: { value: this.ringColour } }, false)); // prettier-ignore
    // The lines are told in bytes as the screen shows them: nothing is to be converted.
    this.renderer.outputColorSpace = 'srgb-linear';
    for (const each of [this.rings, this.lines, this.balls, this.dots]) {
      each.frustumCulled = false;
      each.matrixAutoUpdate = false;
      this.scene.add(each);
    }
    this.rings.renderOrder = 0;
    this.lines.renderOrder = 1;
    this.balls.renderOrder = 2;
    this.dots.renderOrder = 3;
    this.setCamera(initialCamera, false);
  }

  setMarks(marks: Marks): void {
    this.marks = marks;
    const { geometry } = this.balls;
    const shown: number[] = [];
    for (let i = 0; i < marks.radii.length; i++) if (marks.radii[i]! > 0) shown.push(i);
    put(geometry, 'position', marks.positions, 3, false);
    put(geometry, 'radius', marks.radii, 1, false);
    put(geometry, 'colour', marks.colours, 4, true);
    // Only those that are there are drawn, whatever the number of those that were.
    geometry.setIndex(new BufferAttribute(Uint32Array.from(shown), 1));
    this.placeLines();
  }

  setLines(lines: Lines): void {
    this.ends = lines.ends;
    const colours = new Uint8Array(lines.ends.length * 4);
    for (let i = 0; i < lines.ends.length; i++)
      colours.set(lines.colours.subarray(4 * (i >> 1), 4 * (i >> 1) + 4), 4 * i);
    put(this.lines.geometry, 'colour', colours, 4, true);
    this.placeLines();
  }

  setDots({ positions, colours, count }: Dots): void {
    const { geometry } = this.dots;
    put(geometry, 'position', positions, 3, false);
    put(geometry, 'colour', colours, 4, true);
    geometry.setDrawRange(0, count);
  }

  setRings({ circles, colour }: Rings): void {
    const count = circles.length / 4;
    const at = new Float32Array(count * CIRCLE * 6);
    for (let i = 0; i < count; i++) {
      const [x, y, z, radius] = circles.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
      for (let k = 0; k < CIRCLE; k++)
        for (let end = 0; end < 2; end++) {
          const angle = ((k + end) / CIRCLE) * 2 * Math.PI;
          at.set([x + Math.cos(angle) * radius, y, z + Math.sin(angle) * radius], ((i * CIRCLE + k) * 2 + end) * 3);
        }
    }
    put(this.rings.geometry, 'position', at, 3, false);
    this.ringColour.set((colour >> 16) / 255, ((colour >> 8) & 255) / 255, (colour & 255) / 255, 1);
  }

  setBackground(colour: number): void {
    this.renderer.setClearColor(this.background.setHex(colour, 'srgb-linear'), 1);
  }

  setCamera(camera: Camera, flat: boolean): void {
    const from = eye(camera, flat);
    this.camera.position.set(from.x, from.y, from.z);
    this.camera.up.set(0, 1, 0);
    this.camera.lookAt(new Vector3(camera.x, camera.y, camera.z));
    this.camera.near = Math.max(0.5, camera.distance / 200);
    this.camera.far = camera.distance * 20 + 5_000;
    this.update();
  }

  resize(width: number, height: number, ratio: number): void {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.ratio = ratio;
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(this.width, this.height, false);
    this.camera.aspect = this.width / this.height;
    this.dots.material.uniforms['size']!.value = DOT_SIZE * ratio;
    this.update();
  }

  render(atRest: boolean): void {
    if (atRest && this.sharpens) this.smooth.render(this.scene, this.camera);
    else this.renderer.render(this.scene, this.camera);
  }

  project(out: Projected): void {
    const { positions, radii } = this.marks;
    project(out, positions, radii, this.view.elements, this.width, this.height, this.pixels);
  }

  projectPoint(x: number, y: number, z: number): { x: number; y: number; depth: number } | undefined {
    const m = this.view.elements;
    const w = m[3]! * x + m[7]! * y + m[11]! * z + m[15]!;
    if (w <= 0.1) return undefined;
    return {
      x: (((m[0]! * x + m[4]! * y + m[8]! * z + m[12]!) / w) * 0.5 + 0.5) * this.width,
      y: (0.5 - ((m[1]! * x + m[5]! * y + m[9]! * z + m[13]!) / w) * 0.5) * this.height,
      depth: w,
    };
  }

  dispose(): void {
    for (const each of [this.balls, this.lines, this.rings, this.dots]) {
      each.geometry.dispose();
      each.material.dispose();
    }
    this.smooth.dispose();
    this.renderer.dispose();
  }

  private get pixels(): number {
    return this.height / (2 * Math.tan(OPENING / 2));
  }

  private update(): void {
    const { camera } = this;
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
    camera.matrixWorldInverse.copy(camera.matrixWorld).invert();
    this.view.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    this.balls.material.uniforms['scale']!.value = this.pixels * this.ratio;
  }

  /** Lines go where their marks are. */
  private placeLines(): void {
    const { ends } = this;
    const { positions } = this.marks;
    const at = new Float32Array(ends.length * 3);
    for (let i = 0; i < ends.length; i++) {
      const mark = 3 * ends[i]!;
      at[3 * i] = positions[mark]!;
      at[3 * i + 1] = positions[mark + 1]!;
      at[3 * i + 2] = positions[mark + 2]!;
    }
    put(this.lines.geometry, 'position', at, 3, false);
    this.lines.geometry.setDrawRange(0, ends.length);
  }
}

/** Into the buffer that is there where the size is the same, else into a new one. */
function put(
  geometry: BufferGeometry,
  name: string,
  data: Float32Array | Uint8Array,
  size: number,
  bytes: boolean,
): void {
  // prettier-ignore
  const known = geometry.getAttribute(name) as BufferAttribute | undefined;
  if (known?.array.length === data.length) {
    known.array.set(data);
    known.needsUpdate = true;
    return;
  }
  // Buffers of the card are freed with their attribute only when the geometry is told.
  if (known !== undefined) geometry.dispose();
  geometry.setAttribute(name, new BufferAttribute(data.slice(), size, bytes));
}
