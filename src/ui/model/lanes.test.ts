import { describe, expect, it } from 'vitest';
import type { ProcessView } from '../../server/index.js';
import { buildLanes } from './lanes.js';

const NONE = { nodes: ['a@host'], toggled: new Set<string>(), filter: '' };

const RUNTIME = /^(?:kernel_sup|code_server|application_controller)$/;

/** Processes as `name < parent`, numbered from 1. */
function processes(text: string): ProcessView[] {
  const lines = text
    .trim()
    .split('\n')
    .map((each) => each.trim().split(' < '));
  return lines.map(([name, parent], i) => ({
    id: i + 1,
    node: 0,
    pid: `<0.${String(i)}.0>`,
    name: name!,
    label: undefined,
    runs: undefined,
    behaviour: undefined,
    runtime: RUNTIME.test(name!),
    parent: parent === undefined ? 0 : lines.findIndex(([other]) => other === parent) + 1,
    application: undefined,
    spawnNs: -1,
    exitNs: -1,
  }));
}
const drawing = (list: ProcessView[], options: Partial<typeof NONE> = {}): string[] =>
  buildLanes(list, { ...NONE, ...options }).rows.map((row) => `${'  '.repeat(row.depth)}${row.label}`);

const SHOP = processes(`
  kernel_sup
  code_server < kernel_sup
  Lonely
  Shop.Supervisor < application_controller
  Shop.Stock < Shop.Supervisor
  Shop.Pool < Shop.Supervisor
  Worker.One < Shop.Pool
`);

describe('lanes', () => {
  it('stand as the tree of who started whom, trees first, the runtime last and folded', () => {
    expect(drawing(SHOP)).toEqual([
      'Shop.Supervisor',
      '  Shop.Stock',
      '  Shop.Pool',
      '    Worker.One',
      'Lonely',
      'Runtime',
    ]);
  });

  it('fold, and what is folded stands in the row of its ancestor', () => {
    const { rows, rowOf } = buildLanes(SHOP, { ...NONE, toggled: new Set(['p6', 'runtime0']) });
    expect(rows.map((row) => row.label)).toEqual([
      'Shop.Supervisor',
      'Shop.Stock',
      'Shop.Pool',
      'Lonely',
      'Runtime',
      'kernel_sup',
      'code_server',
    ]);
    expect(rowOf[7]).toBe(2);
    expect(rows[2]!.below).toBe(1);
  });

  it('are folded where most of many have ended', () => {
    const tasks = Array.from({ length: 60 }, (_, i) => `Task.${String(i)} < Tasks`);
    const list = processes(['Tasks', ...tasks].join('\n')).map((each) => ({ ...each, exitNs: each.id > 3 ? 5 : -1 }));
    expect(drawing(list)).toEqual(['Tasks']);
    expect(drawing(list, { toggled: new Set(['p1']) })).toHaveLength(61);
  });

  it('keep the way to what the filter finds', () => {
    expect(drawing(SHOP, { filter: 'worker' })).toEqual(['Shop.Supervisor', '  Shop.Pool', '    Worker.One']);
    expect(drawing(SHOP, { filter: 'code_' })).toEqual(['Runtime', '  kernel_sup', '    code_server']);
    expect(drawing(SHOP, { filter: 'nobody' })).toEqual([]);
  });

  it('come to an end when a damaged recording makes processes each other’s parents', () => {
    const circle = processes('A < B\nB < A\nC');
    expect(drawing(circle)).toEqual(['C']);
  });
});
