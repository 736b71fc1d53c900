import { describe, expect, it } from 'vitest';
import { cameraOf, cameraText, initialCamera, orbit, pan, zoom, type Camera } from './camera.js';
import { framed } from './frame.js';
import { lookThrough } from './matrix.js';
import { emptyProjection, pick, project, type Projected } from './pick.js';
import { numbers } from './random.js';

/** The same search by the plainest loop: inside beats beside, nearer beats farther. */
function slowPick(marks: Projected, x: number, y: number): number {
  const hits = [...marks.x.keys()]
    .map((i) => ({
      i,
      far: Math.hypot(marks.x[i]! - x, marks.y[i]! - y),
      radius: marks.radius[i]!,
      depth: marks.depth[i]!,
    })) // prettier-ignore
    .filter(({ far, radius }) => radius > 0 && far <= radius + 6);
  const inside = hits.filter(({ far, radius }) => far <= radius).sort((a, b) => a.depth - b.depth);
  return (inside[0] ?? hits.sort((a, b) => a.far - b.far)[0])?.i ?? -1;
}

const SIZE = { width: 800, height: 600 };
const pixels = SIZE.height / (2 * Math.tan((25 * Math.PI) / 180));

function seen(camera: Camera, flat: boolean, positions: Float32Array, radii: Float32Array): Projected {
  const out = emptyProjection(radii.length);
  project(out, positions, radii, lookThrough(camera, flat, SIZE.width / SIZE.height), SIZE.width, SIZE.height, pixels);
  return out;
}

describe('picking', () => {
  it('finds what the plainest search finds', () => {
    const random = numbers(3);
    const marks = emptyProjection(400);
    for (let i = 0; i < 400; i++) {
      marks.x[i] = random() * 300;
      marks.y[i] = random() * 200;
      marks.depth[i] = random() * 50;
      marks.radius[i] = random() < 0.2 ? 0 : random() * 9;
    }
    for (let k = 0; k < 500; k++) {
      const [x, y] = [random() * 300, random() * 200];
      expect(pick(marks, x, y)).toBe(slowPick(marks, x, y));
    }
  });

  it('finds every mark of a scene where it is seen, and nothing beside it', () => {
    const positions = Float32Array.of(0, 0, 0, 10, 0, 0, 0, 10, 0, 0, 0, 10);
    const radii = new Float32Array(4).fill(0.5);
    const now = seen({ ...initialCamera, distance: 40 }, false, positions, radii);
    for (let i = 0; i < 4; i++) expect(pick(now, now.x[i]!, now.y[i]!)).toBe(i);
    expect(pick(now, 5, 5)).toBe(-1);
  });
});

describe('the camera', () => {
  const positions = Float32Array.of(0, 0, 0);
  const radii = Float32Array.of(1);
  const spot = (camera: Camera, flat = false): [number, number] => {
    const now = seen(camera, flat, positions, radii);
    return [now.x[0]!, now.y[0]!];
  };

  it('looks at its point, and dragging moves the picture along with the pointer', () => {
    for (const flat of [false, true]) {
      expect(spot(initialCamera, flat)).toEqual([400, 300]);
      const [x, y] = spot(pan(initialCamera, flat, 0.1, 0.2), flat);
      expect(x).toBeCloseTo(400 + 60, 0);
      expect(y).toBeCloseTo(300 + 120, 0);
    }
  });

  it('keeps what is under the pointer there as it comes closer', () => {
    const camera = pan(initialCamera, true, 0.2, -0.1);
    const [x, y] = spot(camera, true);
    const [nx, ny] = spot(zoom(camera, true, 0.5, (x - 400) / 300, (300 - y) / 300), true);
    expect(nx).toBeCloseTo(x, 0);
    expect(ny).toBeCloseTo(y, 0);
  });

  it('never turns over the top', () => {
    expect(orbit(initialCamera, 0, 9).pitch).toBeLessThan(Math.PI / 2);
    expect(orbit(initialCamera, 0, -9).pitch).toBeGreaterThan(-Math.PI / 2);
  });

  it('frames all marks', () => {
    const random = numbers(8);
    const many = Float32Array.from({ length: 300 }, () => (random() - 0.5) * 200);
    const sizes = new Float32Array(100).fill(1);
    for (const flat of [false, true]) {
      const now = seen(framed(initialCamera, flat, many, sizes, SIZE), flat, many, sizes);
      for (let i = 0; i < 100; i++) {
        expect(now.x[i]).toBeGreaterThan(0);
        expect(now.x[i]).toBeLessThan(SIZE.width);
        expect(now.y[i]).toBeGreaterThan(0);
        expect(now.y[i]).toBeLessThan(SIZE.height);
      }
    }
  });

  it('survives the address, and nothing else does', () => {
    expect(cameraOf(cameraText(initialCamera))).toEqual(initialCamera);
    for (const bad of ['', '1_2_3', '1_2_3_4_5_x', '1_2_3_4_5_0', '0_0_0_0_0_1e9', 'a'.repeat(99)])
      expect(cameraOf(bad)).toBeUndefined();
  });
});
