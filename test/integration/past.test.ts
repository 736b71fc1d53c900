import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT, elixirscope, elixirscopeJson, RELEASES } from '../support/elixirscope.js';

const PROGRAM = join(CHECKOUT, 'test/integration/programs/behaviours.exs');

interface Event {
  seq: number;
  kind: string;
  pid: string;
  function: string | null;
  terms: string[];
  places: { path: string; value: string }[];
}
interface Why {
  pid: string;
  value: string;
  before: string | null;
  certain: boolean;
  found: boolean;
  seq: number;
  trail: (Event & { sure: boolean })[];
  end: string;
}
interface Change {
  seq: number;
  value: string;
  before: string | null;
  diff: string[];
  cause: { message: string; from: string | null } | undefined;
}

describe.each(RELEASES)('asking about the past of a recorded program, on $name', ({ prefix }) => {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-test-'));
  const path = join(directory, 'behaviours.escope');
  /** The answer of a command that prints a line of JSON for each. */
  const lines = async <T>(...args: string[]): Promise<T[]> => {
    const done = await elixirscope([...args, '--json']);
    expect(done.code, done.stderr).toBe(0);
    return done.stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as T); // prettier-ignore
  };
  let crash: { seq: number; pid: string; function: string; reason: string; exitSeq: number };

  beforeAll(async () => {
    await elixirscope(['run', '--no-calls', '--out', path, '--', ...prefix, 'elixir', PROGRAM]);
    [crash] = (await lines<typeof crash>('crashes', path)) as [typeof crash];
    return () => {
      rmSync(directory, { recursive: true, force: true });
    };
  });

  it('finds the one crash, once', async () => {
    expect(await lines('crashes', path)).toHaveLength(1);
    expect(crash.function).toBe('Counter.handle_cast/2');
    expect(crash.reason).toContain('%RuntimeError{message: "boom at 15"}');
    expect(crash.exitSeq).toBeGreaterThan(crash.seq);
    const next = await elixirscopeJson<Event>(['next', path, '--error']);
    expect(next).toMatchObject({ seq: crash.seq, kind: 'handled' });
  });

  it('tells the history of a part of the state', async () => {
    const history = await lines<Change>('history', path, crash.pid, '--path', 'count', '--to', `#${crash.seq}`);
    expect(history.map(({ value }) => value)).toEqual(['0', '1', '3', '6', '10', '15']);
    expect(history.slice(1).map(({ cause }) => cause?.message)).toEqual([1, 2, 3, 4, 5].map((n) => `{:add, ${n}}`));
    expect(history.at(-1)?.diff).toEqual(['~ count: 10 → 15']);
    const [last] = await lines<Change>('history', path, crash.pid, '--to', `#${crash.seq}`, '--last', '--limit', '1');
    expect(last?.diff).toEqual(['+ ticked: true']);
    const found = await elixirscopeJson<Event>(['next', path, '--pid', crash.pid, '--path', 'count', '--from', `#${crash.seq}`, '--back']); // prettier-ignore
    expect(found).toMatchObject({ seq: history.at(-1)?.seq, places: [{ path: 'count', value: '15' }] });
  });

  it('says who wrote a value, back to the program that sent the message', async () => {
    const why = await elixirscopeJson<Why>(['why', path, crash.pid, 'count', '--at', `#${crash.seq}`]);
    expect(why).toMatchObject({ pid: crash.pid, value: '15', before: '10', certain: true, found: false });
    const [state, handle, arrive, send] = why.trail;
    expect([state?.kind, handle?.kind, arrive?.kind, send?.kind]).toEqual(['state', 'handle', 'arrive', 'send']);
    expect(handle).toMatchObject({ function: 'Counter.handle_cast/2', terms: ['{:add, 5}'] });
    expect(send?.terms[0]).toBe('{:"$gen_cast", {:add, 5}}');
    expect(why.trail.every(({ seq }, i) => i === 0 || seq < why.trail[i - 1]!.seq)).toBe(true);
    // The script runs in no callback: what follows its send is not certain.
    expect(why.trail.slice(0, 4).every(({ sure }) => sure)).toBe(true);
    expect(why.trail.slice(4).some(({ sure }) => sure)).toBe(false);

    const text = await elixirscope(['why', path, crash.pid, 'count', '--at', `#${crash.seq}`]);
    expect(text.stdout).toContain('~ count: 10 → 15');
    expect(text.stdout).toMatch(/ran Counter\.handle_cast\/2 for \{:add, 5\}/);
  });

  it('finds text and values', async () => {
    const found = await lines<Event>('find', path, '--match', '{:add, 3}');
    expect(found.map(({ kind }) => kind)).toEqual(['send', 'arrive', 'handle']);
    expect(found.map(({ places }) => places[0]?.path)).toEqual(['{1}', '{1}', '']);
    const text = await lines<Event>('find', path, 'boom at', '--kind', 'handled');
    expect(text.map(({ seq }) => seq)).toContain(crash.seq);
    expect(await elixirscopeJson(['next', path, '--match', '{:add, 3}', '--from', 'end'])).toBeNull();
    const wrong = await elixirscope(['find', path, '--match', '{:add']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('the pattern is not clear');
  });

  it('knows names, links, the tree and the messages of a moment', async () => {
    const at = ['--at', `#${crash.seq}`];
    const names = await elixirscopeJson<{ name: string; pid: string }[]>(['names', path, ...at]);
    expect(names).toContainEqual({ name: 'Elixir.Counter', pid: crash.pid });
    expect(names.map(({ name }) => name)).toContain('door');
    const { links } = await elixirscopeJson<{ links: string[] }>(['links', path, crash.pid, ...at]);
    const alive = await elixirscopeJson<{ pid: string; parent: string | null }[]>(['ps', path, ...at]);
    expect(links).toEqual([alive.find(({ pid }) => pid === crash.pid)?.parent]);
    const tree = await elixirscope(['ps', path, '--tree', ...at]);
    expect(tree.stdout).toMatch(new RegExp(`└ ${crash.pid.replaceAll('.', '\\.')} +Counter`));

    const [send] = await lines<Event>('find', path, '--match', '{:add, 3}', '--kind', 'send');
    const flying = await elixirscopeJson<{ sendSeq: number }[]>([
      'messages',
      path,
      '--in-flight',
      '--at',
      `#${send?.seq}`,
    ]);
    expect(flying.map(({ sendSeq }) => sendSeq)).toContain(send?.seq);
  });
});
