import { describe, expect, it } from 'vitest';
import { buildGraph } from './graph.js';
import { process } from './testing.js';

describe('the graph of places', () => {
  it('gives processes that never live at once one place, and others their own', () => {
    const graph = buildGraph([
      process(1),
      process(2, { parent: 1, spawnNs: 10, exitNs: 20 }),
      process(3, { parent: 1, spawnNs: 15, exitNs: 40 }),
      process(4, { parent: 1, spawnNs: 30, exitNs: 50 }),
      process(5, { parent: 1, spawnNs: 45 }),
    ]);
    const places = [...graph.placeOf.slice(1)];
    expect(places[3]).toBe(places[1]);
    expect(places[4]).toBe(places[2]);
    expect(graph.places).toBe(3);
    expect(places.slice(1).map((place) => graph.above[place])).toEqual([1, 1, 1, 1]);
  });

  it('brings a process that is started again back to the place of its name', () => {
    const graph = buildGraph([
      process(1),
      process(2, { parent: 1, name: 'Shop.Stock', spawnNs: 1, exitNs: 9 }),
      process(3, { parent: 1, spawnNs: 1, exitNs: 9 }),
      process(4, { parent: 1, name: 'Shop.Stock', spawnNs: 20 }),
    ]);
    expect(graph.placeOf[4]).toBe(graph.placeOf[2]);
    expect(graph.placeOf[3]).not.toBe(graph.placeOf[2]);
  });

  it('puts applications on islands of their own, and trees without one under the name of their top', () => {
    const trees = [process(1), process(2, { application: 'kernel', runtime: true })];
    for (let id = 3; id <= 9; id++) trees.push(process(id, { application: undefined, parent: id === 3 ? 0 : 3, name: id === 3 ? 'Top' : undefined })); // prettier-ignore
    trees.push(process(10, { application: undefined }));
    const graph = buildGraph(trees);
    expect(graph.islands.map(({ label, size }) => `${label} ${String(size)}`)).toEqual([
      'shop 1',
      'kernel 1',
      'Top 7',
      'Other processes 1',
    ]);
  });

  it('survives a circle of parents', () => {
    const graph = buildGraph([process(1, { parent: 2 }), process(2, { parent: 3 }), process(3, { parent: 1 })]);
    for (let place = 1; place <= graph.places; place++) {
      let here = place;
      for (let steps = 0; here !== 0; steps++) {
        expect(steps).toBeLessThan(4);
        here = graph.above[here]!;
      }
    }
  });
});
