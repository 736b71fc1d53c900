import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeChart } from '../recording/testing/index.js';
import { ran, type Ran } from '../../test/support/command.js';
import { main } from './main.js';

const directory = mkdtempSync(join(tmpdir(), 'elixirscope-compare-'));
const passing = join(directory, 'passing.escope');
const failing = join(directory, 'failing.escope');

const chart = (amount: number): string => `
  client      stock       log
    |--open---->|          |
    |           #open      |
    |           =${String(amount)}  |
    |           .          |
    |           |--note--->|
    |--take---->|          |
    |           #take      |
    |           =1         |
    |           .          |
`;

beforeAll(() => {
  writeChart(chart(7), { path: passing });
  writeChart(chart(5), { path: failing });
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<Ran> => ran(() => main(['compare', ...args]));

describe('elixirscope compare', () => {
  it('says where two recordings first differ and in what', async () => {
    const { out, status } = await run(passing, failing);
    expect(status).toBe(0);
    expect(out).toContain('3 processes in both, 1 of them differs; 0 only in A, 0 only in B');
    expect(out).toMatch(/first difference: stock, .* the same event with another value, after 1 event alike/);
    expect(out).toContain('state: 7 → 5');
    expect(out).toMatch(/A ~ .* state .* 7 .*\nB ~ .* state .* 5 .*\n/);
    expect(out).toContain('the same');
  });

  it('says so where they do not', async () => {
    const { out } = await run(passing, passing);
    expect(out).toContain('No difference: both did the same as far as both are recorded.');
  });

  it('answers in JSON', async () => {
    const { out } = await run(passing, failing, '--json');
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(answer).toMatchObject({
      processes: 3,
      first: { role: 'stock', same: 1, difference: { kind: 'value' } },
      rows: [{ kind: 'changed', differences: [{ where: 'state', left: '7', right: '5' }] }],
    });
  });

  it('compares two processes, or two moments of one', async () => {
    const processes = await run(passing, '--process', 'client', '--other', 'stock', '--limit', '1');
    expect(processes.out).toContain('A  client');
    expect(processes.out).toContain('B  stock');
    expect(processes.out).toContain('more differ: --limit 5');
    const moments = await run(passing, '--process', 'stock', '--other-at', '#5');
    expect(moments.out).toMatch(/[AB] [~+-]/);
  });

  it('says what is wrong in one line', async () => {
    expect(await run(passing)).toMatchObject({
      status: 2,
      err: expect.stringContaining('name a second recording') as string,
    });
    expect(await run(passing, failing, '--other', 'stock')).toMatchObject({
      status: 2,
      err: expect.stringContaining('--other goes with --process') as string,
    });
  });
});
