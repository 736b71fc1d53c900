import { describe, expect, it } from 'vitest';
import type { ProcessView } from '../../server/index.js';
import { buildLanes, type LaneOptions } from './lanes.js';

const NONE: LaneOptions = {
  nodes: ['a@host', 'b@host'],
  toggled: new Set<string>(),
  filter: '',
  grouping: 'supervisor',
  sorting: 'start',
  pinned: [],
  crashed: new Set(),
  nodeLanes: false,
};

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
const drawing = (list: ProcessView[], options: Partial<LaneOptions> = {}): string[] =>
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

  const lines = (list: ProcessView[], options: Partial<LaneOptions>): string[] =>
    buildLanes(list, { ...NONE, ...options }).rows.map(
      (row) => `${'  '.repeat(row.depth)}${row.open ? '▾' : row.below > 0 ? '▸' : ' '}${row.kind} ${row.label}`,
    );
  const inApplications = (list: ProcessView[], told: Record<string, string>): ProcessView[] =>
    list.map((each) => ({ ...each, application: told[each.name!] }));

  it('stand by application: the program’s own first, what comes with Erlang folded', () => {
    const told = { kernel_sup: 'kernel', code_server: 'kernel', Lonely: '' };
    const shop = { 'Shop.Supervisor': 'shop', 'Shop.Stock': 'shop', 'Shop.Pool': 'shop', 'Worker.One': 'pool' };
    expect(lines(inApplications(SHOP, { ...told, ...shop }), { grouping: 'application' })).toEqual([
      '▾group shop',
      '  ▾process Shop.Supervisor',
      '     process Shop.Stock',
      '     process Shop.Pool',
      '▾group pool',
      '   process Worker.One',
      '▾group No application',
      '   process Lonely',
      '▸group kernel',
    ]);
  });

  it('stand by whoever leads a tree where applications are not known', () => {
    expect(lines(SHOP, { grouping: 'application' })).toEqual([
      '▾group Shop.Supervisor',
      '  ▾process Shop.Supervisor',
      '     process Shop.Stock',
      '    ▾process Shop.Pool',
      '       process Worker.One',
      '▾group Application not known',
      '   process Lonely',
      '▸group Runtime',
    ]);
  });

  it('stand by node, each with a lane of its own', () => {
    const two = SHOP.map((each) => ({ ...each, node: each.name === 'Lonely' ? 1 : 0 }));
    expect(lines(two, { grouping: 'node', toggled: new Set(['p4']) })).toEqual([
      '▾node a@host',
      '  ▸process Shop.Supervisor',
      '  ▸group Runtime',
      '▾node b@host',
      '   process Lonely',
    ]);
    expect(lines(SHOP, { nodeLanes: true, grouping: 'none' })[0]).toBe(' node a@host');
  });

  it('stand as one list, sorted by name or by figures, the largest first', () => {
    expect(drawing(SHOP, { grouping: 'none', sorting: 'name' })).toEqual([
      'Lonely',
      'Shop.Pool',
      'Shop.Stock',
      'Shop.Supervisor',
      'Worker.One',
      'Runtime',
    ]);
    const values = Float64Array.of(0, 0, 0, 5, 1, 2, 0, 9);
    const figures = { values, sum: true };
    expect(drawing(SHOP, { grouping: 'none', sorting: 'figures', figures })).toEqual([
      'Worker.One',
      'Lonely',
      'Shop.Stock',
      'Shop.Supervisor',
      'Shop.Pool',
      'Runtime',
    ]);
    // In a tree by what lies below.
    expect(drawing(SHOP, { sorting: 'figures', figures })).toEqual([
      'Shop.Supervisor',
      '  Shop.Pool',
      '    Worker.One',
      '  Shop.Stock',
      'Lonely',
      'Runtime',
    ]);
    expect(buildLanes(SHOP, { ...NONE, sorting: 'figures', figures }).totals?.[4]).toBe(12);
  });

  it('stand first when pinned, in the order of pinning, and leave the place of their children', () => {
    const { rows, rowOf, pinned } = buildLanes(SHOP, { ...NONE, pinned: [7, 6, 99] });
    expect(rows.map((row) => `${String(row.depth)} ${row.label} ${String(row.process)}`)).toEqual([
      '0 Worker.One 7',
      '0 Shop.Pool 6',
      '0 Shop.Supervisor 4',
      '1 Shop.Stock 5',
      '1 Shop.Pool 0',
      '0 Lonely 3',
      '0 Runtime 0',
    ]);
    expect([pinned, rowOf[7], rowOf[6]]).toEqual([2, 0, 1]);
    // Also when what they lie in is folded.
    expect(buildLanes(SHOP, { ...NONE, pinned: [7], toggled: new Set(['p4']) }).rowOf[7]).toBe(0);
    expect(buildLanes(SHOP, { ...NONE, pinned: [2] }).rowOf[2]).toBe(0);
  });

  it('are filtered by words: application, node, life, crashes', () => {
    const told = inApplications(SHOP, { 'Shop.Stock': 'shop', 'Worker.One': 'shop', Lonely: 'shopping' }).map(
      (each) => ({
        ...each,
        exitNs: each.name === 'Worker.One' ? 7 : -1,
        node: each.name === 'Lonely' ? 1 : 0,
      }),
    );
    const found = (filter: string): string[] =>
      drawing(told, { filter, grouping: 'none', crashed: new Set([5]), pinned: [] });
    expect(found('app:shop')).toEqual(['Lonely', 'Shop.Stock', 'Worker.One']);
    expect(found('app:shop alive node:a@')).toEqual(['Shop.Stock']);
    expect(found('ended')).toEqual(['Worker.One']);
    expect(found('crashed shop')).toEqual(['Shop.Stock']);
    expect(found('"crashed"')).toEqual([]);
    expect(found('app: stock')).toEqual(['Shop.Stock']);
  });

  it('show every process, however they are put together', () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `P${String(i)}${i === 0 ? '' : ` < P${String(i >> 3)}`}`);
    const list = processes(many.join('\n'));
    for (const grouping of ['supervisor', 'application', 'node', 'none'] as const)
      expect(buildLanes(list, { ...NONE, grouping }).shown).toBe(3_000);
  });
});
