/** The same picture on a plain canvas, for machines without WebGL2: circles without light, painted from the back to the front. */
import { initialCamera, OPENING, type Camera } from './camera.js';
import { lookThrough } from './matrix.js';
import { emptyProjection, project, type Projected } from './pick.js';
import { HOLLOW, type Dots, type Lines, type Marks, type Rings, type Stage } from './stage.js';

const CIRCLE = 48;

export class CanvasStage implements Stage {
  readonly kind = 'canvas';
  readonly sharpens = false;
  private readonly pen: CanvasRenderingContext2D;
  private marks: Marks = { positions: new Float32Array(0), radii: new Float32Array(0), colours: new Uint8Array(0) };
  private lines: Lines = { ends: new Uint32Array(0), colours: new Uint8Array(0) };
  private dots: Dots = { positions: new Float32Array(0), colours: new Uint8Array(0), count: 0 };
  private rings: Rings = { circles: new Float32Array(0), colour: 0 };
  private background = 0;
  private camera: Camera = initialCamera;
  private flat = true;
  private width = 1;
  private height = 1;
  private ratio = 1;
  private view: Float64Array = new Float64Array(16);

  constructor(readonly canvas: HTMLCanvasElement) {
    this.pen = canvas.getContext('2d', { alpha: false })!;
  }

  setMarks(marks: Marks): void {
    this.marks = marks;
  }
  setLines(lines: Lines): void {
    this.lines = lines;
  }
  setDots(dots: Dots): void {
    this.dots = dots;
  }
  setRings(rings: Rings): void {
    this.rings = rings;
  }
  setBackground(colour: number): void {
    this.background = colour;
  }
  setCamera(camera: Camera, flat: boolean): void {
    this.camera = camera;
    this.flat = flat;
    this.view = lookThrough(camera, flat, this.width / this.height);
  }
  resize(width: number, height: number, ratio: number): void {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.ratio = ratio;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.setCamera(this.camera, this.flat);
  }

  render(): void {
    const { pen, marks, lines, dots } = this;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.fillStyle = css(this.background);
    pen.fillRect(0, 0, this.width, this.height);
    this.drawRings();
    const at = emptyProjection(marks.radii.length);
    this.project(at);
    pen.lineWidth = 1;
    for (let i = 0; i < lines.ends.length; i += 2) {
      const a = lines.ends[i]!;
      const b = lines.ends[i + 1]!;
      if (at.depth[a] === 0 || at.depth[b] === 0) continue;
      pen.strokeStyle = bytes(lines.colours, i >> 1);
      pen.beginPath();
      pen.moveTo(at.x[a]!, at.y[a]!);
      pen.lineTo(at.x[b]!, at.y[b]!);
      pen.stroke();
    }
    const order = [...at.radius.keys()].filter((i) => at.radius[i]! > 0).sort((a, b) => at.depth[b]! - at.depth[a]!);
    for (const i of order) {
      const hollow = marks.colours[4 * i + 3] === HOLLOW && at.radius[i]! > 3.5;
      this.circle(at.x[i]!, at.y[i]!, at.radius[i]!, bytes(marks.colours, i), hollow);
    }
    for (let i = 0; i < dots.count; i++) {
      const point = this.projectPoint(dots.positions[3 * i]!, dots.positions[3 * i + 1]!, dots.positions[3 * i + 2]!);
      if (point !== undefined) this.circle(point.x, point.y, 2.5, bytes(dots.colours, i));
    }
  }

  project(out: Projected): void {
    const pixels = this.height / (2 * Math.tan(OPENING / 2));
    project(out, this.marks.positions, this.marks.radii, this.view, this.width, this.height, pixels);
  }

  projectPoint(x: number, y: number, z: number): { x: number; y: number; depth: number } | undefined {
    const one = emptyProjection(1);
    project(one, Float32Array.of(x, y, z), Float32Array.of(1), this.view, this.width, this.height, 1);
    return one.radius[0] === 0 ? undefined : { x: one.x[0]!, y: one.y[0]!, depth: one.depth[0]! };
  }

  dispose(): void {
    this.marks = { positions: new Float32Array(0), radii: new Float32Array(0), colours: new Uint8Array(0) };
  }

  private circle(x: number, y: number, radius: number, colour: string, hollow = false): void {
    const { pen } = this;
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    if (hollow) pen.arc(x, y, radius * 0.45, 0, 2 * Math.PI);
    pen.fill('evenodd');
  }

  private drawRings(): void {
    const { pen } = this;
    const { circles, colour } = this.rings;
    pen.strokeStyle = css(colour);
    for (let i = 0; i < circles.length; i += 4) {
      pen.beginPath();
      for (let k = 0; k <= CIRCLE; k++) {
        const angle = (k / CIRCLE) * 2 * Math.PI;
        const radius = circles[i + 3]!;
        const point = this.projectPoint(circles[i]! + Math.cos(angle) * radius, circles[i + 1]!, circles[i + 2]! + Math.sin(angle) * radius); // prettier-ignore
        if (point !== undefined) pen.lineTo(point.x, point.y);
      }
      pen.stroke();
    }
  }
}

const css = (colour: number): string => `#${colour.toString(16).padStart(6, '0')}`;
const bytes = (colours: Uint8Array, i: number): string =>
  `rgb(${String(colours[4 * i])} ${String(colours[4 * i + 1])} ${String(colours[4 * i + 2])})`;
