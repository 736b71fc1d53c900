import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { codeRecording, DEPOT } from '../../test/support/code-recording.js';
import type { DepthChange } from './depth.js';
import type { MethodName, Methods, Reply } from './protocol.js';
import { serveRecording, type Served } from './serve.js';

const { recording, depot, takes } = codeRecording();
const changes: DepthChange[] = [];
let served: Served;
let open: Served;

beforeAll(async () => {
  served = await serveRecording(recording);
  const live = codeRecording(2).recording;
  live.live = true;
  open = await serveRecording(live, {
    changeDepth: (change) => {
      if (change.module === 'Nobody') return Promise.reject(new Error('no such module'));
      changes.push(change);
    },
  });
});
afterAll(async () => {
  await served.close();
  await open.close();
});

function reply(to: Served, method: MethodName, params: unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${to.url.replace('http', 'ws')}rpc`);
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send(JSON.stringify({ id: 1, method, params }));
    });
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Reply | { tick: unknown };
      if ('tick' in message) return;
      socket.close();
      resolve(message);
    });
  });
}
async function ask<M extends keyof Methods>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
  const answer = await reply(served, method, params);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.result as Methods[M]['result'];
}
const refusal = async (to: Served, method: MethodName, params: unknown): Promise<string> => {
  const answer = await reply(to, method, params);
  return answer.ok ? 'not refused' : `${answer.error.code}: ${answer.error.message}`;
};

describe('code', () => {
  it('gives the functions under way, innermost first, with arguments and lines', async () => {
    const take = takes[5]!;
    const { frames, variables } = await ask('code', { process: depot, at: { seq: take.inside } });
    expect(frames.map((each) => `${each.text} ${String(each.line)}`)).toEqual([
      'Depot.subtract/2 15',
      ...Array.from({ length: take.count }, () => 'Depot.subtract/2 18'),
      'Depot.handle_call/3 10',
    ]);
    expect(frames[0]!.args).toEqual({ text: `${String(take.left)}, 0` });
    expect(frames.every((each) => each.source)).toBe(true);
    expect(variables?.frame).toBe(frames[0]!.seq);
    expect(variables?.list.map((each) => [each.name, each.tree.t, each.line])).toEqual([
      ['left', String(take.left), 15],
    ]);
  });

  it('gives the variables of an outer frame', async () => {
    const take = takes[5]!;
    const { variables } = await ask('code', { process: depot, at: { seq: take.inside }, frame: take.call });
    expect(variables?.list.map((each) => each.name)).toEqual(['item', 'count', 'depot', 'left']);
    expect(variables?.list.find((each) => each.name === 'count')?.tree.t).toBe(String(take.count));
  });

  it('has nothing between callbacks', async () => {
    const { frames, variables } = await ask('code', { process: depot, at: { seq: takes[5]!.handle - 1 } });
    expect([frames, variables]).toEqual([[], undefined]);
  });

  it('lists sources and cuts them into pages', async () => {
    const all = await ask('sources', {});
    expect(all.sources.map((each) => [each.title, each.lines])).toEqual([
      ['Depot', DEPOT.trimEnd().split('\n').length],
      ['depot_log', 8],
      ['Gone', 0],
    ]);
    expect((await ask('sources', { text: 'LOG' })).sources.map((each) => each.module)).toEqual(['depot_log']);
    const page = await ask('source', { module: 'Elixir.Depot', from: 8, count: 2 });
    expect(page.text).toEqual(DEPOT.split('\n').slice(8, 10));
    expect(await refusal(served, 'source', { module: 'Elixir.None', from: 0, count: 1 })).toContain('not-found');
    expect(await refusal(served, 'source', { module: 'Elixir.Depot', from: 0, count: 1e6 })).toContain('bad-request');
  });

  it('counts executions, and knows which lines could have run', async () => {
    const { counts, points, functions } = await ask('lineCounts', { module: 'Elixir.Depot' });
    expect(Object.fromEntries(counts)[10]).toBe(takes.length);
    expect(Object.fromEntries(counts)[18]).toBe(takes.reduce((sum, each) => sum + each.count, 0));
    expect(points).toContain(23);
    expect(counts.some(([line]) => line === 23)).toBe(false);
    expect(functions.map((each) => each.name)).toEqual(['handle_call/3', 'subtract/2', 'never/1']);
  });

  it('gives values beside lines, only of the lines asked for', async () => {
    const take = takes[5]!;
    const at = { seq: take.lines[12]! };
    const { lines } = await ask('lineValues', { module: 'Elixir.Depot', process: depot, at, from: 8, to: 11 });
    const shown = lines.flatMap((each) =>
      each.values.map((value) => `${String(each.line)} ${value.label}=${value.text.text}`),
    );
    expect(shown).toContain(`9 left=${String(take.left)}`);
    expect(lines.every((each) => each.line <= 11)).toBe(true);
  });

  it('goes to the next and the previous execution of a line', async () => {
    const from = { seq: takes[5]!.lines[11]! };
    const query = { module: 'Elixir.Depot', line: 11, from, process: depot };
    expect((await ask('nextLine', { ...query, direction: 1 })).found?.seq).toBe(takes[6]!.lines[11]);
    expect((await ask('nextLine', { ...query, direction: -1 })).found?.seq).toBe(takes[4]!.lines[11]);
    expect((await ask('nextLine', { ...query, line: 23, direction: 1 })).found).toBeUndefined();
  });

  it('finds functions and changes of plan', async () => {
    expect((await ask('functions', { text: 'SUBTR' })).functions.map((each) => each.text)).toEqual([
      'Depot.subtract/2',
    ]);
    const { plans } = await ask('plans', { seq: 0 });
    expect(plans).toMatchObject([
      { fn: 'Depot.subtract/2', before: 'lines', after: 'values', why: 'cost 7 % of the time' },
    ]);
  });
});

describe('depth', () => {
  const wanted = { module: 'Elixir.Depot', function: 'subtract/2', depth: 'lines' };

  it('is passed on where that is allowed, and the recording lives', async () => {
    expect((await ask('info', {})).canChangeDepth).toBe(false);
    expect(await refusal(served, 'depth', wanted)).toContain('cannot be changed');
    expect(await reply(open, 'depth', wanted)).toMatchObject({
      ok: true,
      result: { said: expect.stringContaining('lines') as string },
    });
    expect(changes).toEqual([wanted]);
  });

  it('says what the recorder says', async () => {
    expect(await refusal(open, 'depth', { ...wanted, module: 'Nobody' })).toContain('no such module');
  });

  it.each([
    [{ ...wanted, depth: 'everything' }],
    [{ ...wanted, module: '' }],
    [{ ...wanted, module: 'A B' }],
    [{ ...wanted, function: 'f=off\n' }],
    [{ ...wanted, module: 'x'.repeat(600) }],
    [{ ...wanted, more: 1 }],
  ])('refuses %j', async (params) => {
    const before = changes.length;
    expect(await refusal(open, 'depth', params)).toContain('bad-request');
    expect(changes.length).toBe(before);
  });
});
