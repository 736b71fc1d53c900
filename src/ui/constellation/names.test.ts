import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { touchingPairs } from '../../../test/support/labels.js';
import { initialCamera, orbit, OPENING, zoom, type Camera } from './camera.js';
import { buildGraph } from './graph.js';
import { noMeasures } from './heat.js';
import { seed } from './layout.js';
import { lookThrough } from './matrix.js';
import { Names, type Sight } from './names.js';
import { emptyProjection, project } from './pick.js';
import { castOf, markOfIsland, type Situation } from './picture.js';
import { rank } from './ranking.js';
import { plainColours, process } from './testing.js';

const SIZE = { width: 900, height: 600 };
const PROCESSES = 200;
const LONG = 'Elixir.Shop.Warehouse.Depot.Overnight.Supervisor.Of.Everything.Else';

function situation(rest: Partial<Situation> = {}): Situation {
  const processes = Array.from({ length: PROCESSES }, (_, i) =>
    process(i + 1, {
      parent: i === 0 ? 0 : 1 + (i % 9),
      application: ['shop', 'depot', 'mail'][i % 3]!,
      name: i === 4 ? LONG : i % 2 === 0 ? `Shop.Part${String(i)}` : undefined,
    }),
  );
  const graph = buildGraph(processes);
  return { processes, graph, positions: seed(graph), flat: false, ns: 1e9, fadeNs: 10, measures: noMeasures(PROCESSES), colour: 'none', size: 'none', closed: new Set(), matches: undefined, selected: 0, colours: plainColours, ...rest }; // prettier-ignore
}

function sight(of: Situation, camera: Camera): Sight {
  const cast = castOf(of);
  const view = lookThrough(camera, of.flat, SIZE.width / SIZE.height);
  const pixels = SIZE.height / (2 * Math.tan(OPENING / 2));
  const projected = emptyProjection(cast.marks.radii.length);
  project(projected, cast.marks.positions, cast.marks.radii, view, SIZE.width, SIZE.height, pixels);
  const projectPoint: Sight['stage']['projectPoint'] = (x, y, z) => {
    const one = emptyProjection(1);
    project(one, Float32Array.of(x, y, z), Float32Array.of(1), view, SIZE.width, SIZE.height, pixels);
    return one.radius[0] === 0 ? undefined : { x: one.x[0]!, y: one.y[0]!, depth: one.depth[0]! };
  };
  return { situation: of, cast, projected, stage: { projectPoint }, yaw: camera.yaw, size: SIZE };
}

const width = ({ text, detail }: { text: string; detail: string }): number => 6 * (text.length + detail.length);
function named(of: Situation, camera: Camera): Names {
  const names = new Names();
  const seen = sight(of, camera);
  names.candidates = rank(of, seen.cast).candidates;
  names.place(seen, width);
  return names;
}

describe('names in the picture', () => {
  const turn = fc.record({
    side: fc.double({ min: -3, max: 3, noNaN: true }),
    up: fc.double({ min: -1, max: 1, noNaN: true }),
    closer: fc.double({ min: 0.3, max: 3, noNaN: true }),
  });

  it('never touch each other, wherever one looks from, and while it turns none comes or changes its side', () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 5 }), fc.boolean(), (turns, flat) => {
        const of = situation({ flat });
        let camera = initialCamera;
        const names = named(of, camera);
        expect(touchingPairs(names.placed)).toEqual([]);
        for (const { side, up, closer } of turns) {
          const before = new Map(names.placed.map(({ mark, side }) => [mark, side]));
          camera = zoom(orbit(camera, side, up), flat, closer);
          names.follow(sight(of, camera), width);
          expect(touchingPairs(names.placed)).toEqual([]);
          for (const label of names.placed) expect(before.get(label.mark)).toBe(label.side);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('are cut where they are long, and found under the pointer', () => {
    const names = named(situation({ selected: 5 }), initialCamera);
    const label = names.placed.find((each) => each.kind === 'selected')!;
    expect(label.text).toMatch(/^Elixir\.Shop\.Warehouse\..*…$/);
    expect(names.at(label.left + 2, label.top + 2)?.mark).toBe(5);
    expect(names.at(-5, -5)).toBeUndefined();
  });

  it('stand at the rim of an open application and beside a closed one', () => {
    const open = named(situation(), { ...initialCamera, distance: 200 });
    const closed = named(situation({ closed: new Set(['shop', 'depot', 'mail']) }), initialCamera);
    const islands = (names: Names): string[] =>
      names.placed.filter((each) => each.kind === 'island').map((each) => each.text).sort(); // prettier-ignore
    expect(islands(open)).toEqual(['▾ depot', '▾ mail', '▾ shop']);
    expect(islands(closed)).toEqual(['▸ depot', '▸ mail', '▸ shop']);
    const { graph } = situation();
    for (const label of closed.placed)
      expect(graph.islands.map((_, i) => markOfIsland(graph, i))).toContain(label.mark);
  });
});
