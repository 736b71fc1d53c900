import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { touchingPairs } from '../../../test/support/labels.js';
import { Flights, sightNs, stretchNs, type Flight } from './flights.js';
import { buildGraph } from './graph.js';
import { heatText, noMeasures, onScale, scaleOf, ticksOf } from './heat.js';
import { placeLabels, type Label } from './labels.js';
import { seed } from './layout.js';
import { RAMP_STEPS } from './palette.js';
import { castOf, dotsOf, linesOf, markOf, markOfIsland, MAX_DOTS, MAX_LINES, presenceOf, type Situation } from './picture.js'; // prettier-ignore
import { rampOf } from './ramp.js';
import { plainColours as colours, process } from './testing.js';

function situation(n: number, rest: Partial<Situation> = {}): Situation {
  const processes = Array.from({ length: n }, (_, i) => process(i + 1, { parent: i === 0 ? 0 : 1, application: i < n / 2 ? 'a' : 'b', spawnNs: i * 10 })); // prettier-ignore
  const graph = buildGraph(processes);
  return { processes, graph, positions: seed(graph), flat: false, ns: 1e9, fadeNs: 10, measures: noMeasures(n), colour: 'messages', size: 'none', closed: new Set(), matches: undefined, selected: 0, colours, ...rest }; // prettier-ignore
}

describe('the picture', () => {
  it('lets births and deaths fade as a function of the moment', () => {
    const each = process(1, { spawnNs: 100, exitNs: 200 });
    const presence = [99, 100, 105, 110, 150, 199, 200, 205, 210].map((ns) =>
      Number(presenceOf(each, ns, 10).toFixed(2)),
    );
    expect(presence).toEqual([0, 0.5, 0.75, 1, 1, 1, 0.6, 0.3, 0]);
  });

  it('shows those who live, in their places whatever the moment', () => {
    const early = castOf(situation(20, { ns: 95 }));
    const late = castOf(situation(20, { ns: 1e9 }));
    expect([early.alive, late.alive]).toEqual([10, 20]);
    expect([...early.marks.positions.slice(3, 63)]).toEqual([...late.marks.positions.slice(3, 63)]);
    expect(early.key).not.toBe(late.key);
  });

  it('draws an application that is closed as one mark, with its lines', () => {
    const open = situation(20);
    const closed = { ...open, closed: new Set(['b']) };
    const cast = castOf(closed);
    expect([...cast.marks.radii.slice(1, 21)].filter((radius) => radius > 0)).toHaveLength(10);
    const island = open.graph.islands.findIndex(({ key }) => key === 'b');
    expect(cast.marks.radii[markOfIsland(open.graph, island)]).toBeGreaterThan(0);
    expect(markOf(closed, 15)).toBe(markOfIsland(open.graph, island));
    const traffic = { from: Uint32Array.of(2, 3, 15), to: Uint32Array.of(15, 16, 16), count: Float64Array.of(5, 4, 3) };
    const { pairs, lines } = linesOf(closed, cast, traffic, new Int32Array(0));
    expect(pairs).toBe(2);
    expect([...lines.ends.slice(-2)]).toEqual([2, markOf(closed, 15)]);
  });

  it('draws at most so many lines, the strongest, and counts what it draws together', () => {
    const all = situation(300);
    const cast = castOf(all);
    const from: number[] = [];
    const to: number[] = [];
    for (let a = 1; a <= 300 && from.length < 9_000; a++) for (let b = a + 1; b <= 300 && from.length < 9_000; b++) { from.push(a); to.push(b); } // prettier-ignore
    const count = Float64Array.from(from, (_, i) => 9_000 - i);
    const drawn = linesOf(
      all,
      cast,
      { from: Uint32Array.from(from), to: Uint32Array.from(to), count },
      new Int32Array(0),
    );
    expect(drawn.lines.ends.length / 2).toBeLessThanOrEqual(MAX_LINES);
    expect(drawn.pairs + drawn.together).toBe(9_000);
    let sum = 0;
    for (let i = drawn.pairs; i < 9_000; i++) sum += count[i]!;
    expect(drawn.togetherMessages).toBe(sum);
    // The strongest lies on top.
    expect([...drawn.lines.ends.slice(-2)]).toEqual([1, 2]);
  });

  it('draws faintly what the filter does not match, lines between two of those too', () => {
    const matches = new Uint8Array(21);
    matches[3] = 1;
    const of = situation(20, { matches });
    const traffic = { from: Uint32Array.of(3, 5), to: Uint32Array.of(4, 6), count: Float64Array.of(9, 9) };
    const { lines } = linesOf(of, castOf(of), traffic, new Int32Array(0));
    const red = (from: number, to: number): number => {
      for (let i = 0; i < lines.ends.length / 2; i++)
        if (lines.ends[2 * i] === from && lines.ends[2 * i + 1] === to) return lines.colours[4 * i]!;
      return -1;
    };
    // From white to blue: the less red, the stronger.
    expect(red(3, 4)).toBeLessThan(20);
    expect(red(5, 6)).toBeGreaterThan(200);
  });

  it('puts messages where the moment says: at the sender, on the way, gone', () => {
    const flights: Flight[] = [{ from: 2, to: 3, sendNs: 1_000, arriveNs: 1_001 }, { from: 2, to: 4, sendNs: 1_000, arriveNs: 3_000 }]; // prettier-ignore
    const dotsAt = (ns: number) => {
      const now = situation(10, { ns });
      return dotsOf(now, castOf(now), flights, 1_000);
    };
    expect([999, 1_000, 1_999, 2_000, 2_999, 3_000].map((ns) => dotsAt(ns).count)).toEqual([0, 2, 2, 1, 1, 0]);
    const { positions } = castOf(situation(10)).marks;
    const half = dotsAt(1_500).positions;
    for (let axis = 0; axis < 3; axis++)
      expect(half[axis]).toBeCloseTo((positions[6 + axis]! + positions[9 + axis]!) / 2, 4);
    const many = Array.from({ length: 5_000 }, (): Flight => ({ from: 2, to: 3, sendNs: 1_000, arriveNs: -1 }));
    const now = situation(10, { ns: 1_200 });
    expect(dotsOf(now, castOf(now), many, 1_000).count).toBeLessThanOrEqual(MAX_DOTS);
  });
});

describe('heat', () => {
  it('orders by value, tells zero apart, and ends at the greatest', () => {
    const scale = scaleOf([0, 0.5, 20, -1, 3])!;
    expect(scale).toEqual({ low: 0.5, high: 20 });
    const shares = [0, 0.5, 3, 20].map((value) => onScale(scale, value));
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(new Set(shares).size).toBe(4);
    expect(shares[3]).toBe(1);
    expect(ticksOf(scale, 3)).toEqual([0.5, expect.closeTo(Math.sqrt(10)), 20]);
    expect(scaleOf([0, -1])).toBeUndefined();
  });

  it('has units', () => {
    expect([heatText('messages', 1234), heatText('cpu', 12.3), heatText('memory', 2048), heatText('mailbox', 7), heatText('memory', -1)]) // prettier-ignore
      .toEqual(['1.2k/s', '12 %', '2 KiB', '7', 'not known']);
  });

  it('has a ramp that only ever gets darker, or lighter', () => {
    const light = (ramp: Uint8Array): number[] =>
      Array.from(
        { length: 256 },
        (_, i) => 0.2126 * ramp[3 * i]! + 0.7152 * ramp[3 * i + 1]! + 0.0722 * ramp[3 * i + 2]!,
      );
    const sheet = readFileSync(new URL('../styles/palette.css', import.meta.url), 'utf8');
    const steps = [...sheet.matchAll(/--ramp-\d: (#\w+);/g)].map(([, colour]) => colour!);
    expect(steps).toHaveLength(2 * RAMP_STEPS);
    const day = light(rampOf(steps.slice(0, RAMP_STEPS)));
    const night = light(rampOf(steps.slice(RAMP_STEPS)));
    for (let i = 1; i < 256; i++) {
      expect(day[i]).toBeLessThanOrEqual(day[i - 1]! + 0.6);
      expect(night[i]).toBeGreaterThanOrEqual(night[i - 1]! - 0.6);
    }
  });
});

describe('labels', () => {
  it('never touch each other, the most important first', () => {
    const labels = Array.from({ length: 300 }, (_, i): Label => ({ text: `process ${String(i)}`, detail: '', x: (i * 37 + 50) % 400, y: (i * 91 + 50) % 300, radius: 4, kind: 'process', mark: i })); // prettier-ignore
    const over = { left: 0, top: 200, width: 120, height: 100 };
    const placed = placeLabels(labels, { width: 400, height: 300, taken: [over], shy: [] }, 40, () => 60);
    expect(placed[0]!.mark).toBe(0);
    expect(placed.length).toBeGreaterThan(10);
    expect(touchingPairs([over, ...placed])).toEqual([]);
  });
});

describe('labels beside marks', () => {
  it('stand over another mark only where there is no other place', () => {
    const label: Label = { text: 'Shop.Stock', detail: '', x: 200, y: 150, radius: 4, kind: 'process', mark: 1 };
    const beside = (shy: { left: number; top: number; width: number; height: number }[]): string | undefined =>
      placeLabels([label], { width: 400, height: 300, taken: [], shy }, 9, () => 60)[0]?.side;
    const box = (left: number, top: number) => ({ left, top, width: 8, height: 8 });
    const [right, left, above, below] = [box(220, 146), box(172, 146), box(196, 130), box(196, 165)];
    expect(beside([])).toBe('right');
    expect(beside([right])).toBe('left');
    expect(beside([right, left])).toBe('above');
    expect(beside([right, left, above])).toBe('below');
    expect(beside([right, left, above, below])).toBe('right');
  });
});

describe('flights', () => {
  it('asks for each stretch once, and ahead only while the film runs', async () => {
    const asked: string[] = [];
    let changes = 0;
    const flights = new Flights(
      (from, to) => {
        asked.push(`${String(from)}-${String(to)}`);
        return Promise.resolve({ flights: [{ from: 1, to: 2, sendNs: from, arriveNs: -1 }], total: 1, complete: true });
      },
      () => changes++,
    );
    const length = stretchNs(sightNs(1));
    const ns = length * 2.9;
    expect(flights.around(ns, sightNs(1), false).whole).toBe(false);
    await Promise.resolve();
    await Promise.resolve();
    expect(changes).toBe(1);
    const known = flights.around(ns, sightNs(1), false);
    expect([known.whole, known.flights.length]).toEqual([true, 1]);
    expect(asked).toEqual([`${String(length * 2)}-${String(length * 3)}`]);
    flights.around(ns, sightNs(1), true);
    expect(asked[1]).toBe(`${String(length * 3)}-${String(length * 4)}`);
  });
});
