import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINE_NS, writeChart } from '../recording/testing/index.js';
import { ran, type Ran } from '../../test/support/command.js';
import { main } from './main.js';

const directory = mkdtempSync(join(tmpdir(), 'elixirscope-totals-'));
const path = join(directory, 'chart.escope');

/** Two callbacks: two lines of time for `open` (three, with the one in which its note goes out), and one for `take`. */
const CHART = `
  client      stock       log
    |--open---->|          |
    |           #open      |
    |           |--note--->|
    |           .          |
    |--take---->|          |
    |--take---->|          |
    |           #take      |
    |           .          |
`;

beforeAll(() => {
  writeChart(CHART, { path });
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<Ran> => ran(() => main(['totals', path, ...args]));

interface Totals {
  busyNs: number;
  events: number;
  messages: number;
  functions: { function: string; calls: number; before: number; ownNs: number; totalNs: number; longestNs: number }[];
  pairs: { fromName: string; toName: string; count: number; handleNs: number | null; slowestSeq: number | null }[];
  processRows: { name: string; busyNs: number }[];
}
const totals = async (...args: string[]): Promise<Totals> => JSON.parse((await run(...args, '--json')).out) as Totals;

describe('totals', () => {
  it('tells of the whole recording where time went and who wrote to whom', async () => {
    const all = await totals();
    const [only] = all.functions;
    expect(all.functions).toHaveLength(1);
    expect(only).toMatchObject({
      calls: 2,
      before: 0,
      ownNs: 3 * LINE_NS,
      totalNs: 3 * LINE_NS,
      longestNs: 2 * LINE_NS,
    });
    expect(all.busyNs).toBe(3 * LINE_NS);
    expect(all.pairs.map(({ fromName, toName, count }) => [fromName.split(' ')[0], toName.split(' ')[0], count])).toEqual([
      ['client', 'stock', 3],
      ['stock', 'log', 1],
    ]); // prettier-ignore
    expect(all.messages).toBe(4);
    expect(all.processRows.find(({ busyNs }) => busyNs > 0)?.name).toContain('stock');
  });

  it('counts what was under way at an edge as far as it lies inside', async () => {
    const { functions } = await totals('--from', String(2.5 * LINE_NS), '--to', String(3.5 * LINE_NS));
    expect(functions).toHaveLength(1);
    expect(functions[0]).toMatchObject({ calls: 0, before: 1, ownNs: LINE_NS });
  });

  it('is of the processes that are asked for', async () => {
    const { pairs, busyNs } = await totals('--process', 'log');
    expect(busyNs).toBe(0);
    expect(pairs.map(({ count }) => count)).toEqual([1]);
  });

  it('writes tables for people and stacks for flame graph tools', async () => {
    const { out } = await run('--limit', '1');
    expect(out).toMatch(/3\.000 µs +100\.0 +3\.000 µs +2 +2\.000 µs +unknown/);
    expect(out).toContain('1 of 2 pairs: --limit 2 for all');
    const folded = await run('--folded');
    expect(folded.out).toMatch(/^\S+ 3000\n$/);
  });

  it('says what is wrong with a question', async () => {
    const { err, status } = await run('--from', 'end', '--to', 'start');
    expect(status).toBe(2);
    expect(err).toContain('--to lies before --from');
    expect((await run('--folded', '--json')).status).toBe(2);
  });
});
