import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { printTerm, type Term } from '../../src/term/index.js';
import {
  CHECKOUT,
  elixirscope,
  inDirectory,
  RELEASES,
  sleep,
  startElixirscope,
  until,
} from '../support/elixirscope.js';
import { makeIsland, whyNoIslands, type Island } from '../support/network.js';
import { startTarget, type Target } from '../support/target.js';

const elixir = (term: Term | undefined): string => (term ? printTerm(term, { syntax: 'elixir' }) : '');
const CLEAN =
  /^\[flags: \[\], handlers: \[\], modules: \[\], new: \{:flags, \[\]\}, patterns: \[\], .*sessions: \[\], /;
/** What lies in an empty /tmp: the checkout, where that is its place. */
const NO_FILES = CHECKOUT.startsWith('/tmp/') ? `["${CHECKOUT.split('/')[2] ?? ''}"]` : '[]';
const why = whyNoIslands();
const cases = RELEASES.map((release) => ({ name: `${release.name}${why ? ` (skipped: ${why})` : ''}`, release }));

/** How far the server had counted at the end of the recording. */
function lastCount(recording: Recording): number {
  const state = recording.state(recording.findProcess('Target') ?? 0, recording.end());
  return Number(/^%\{n: (\d+)\}$/.exec(elixir(state?.value))?.[1]);
}

describe.skipIf(why !== undefined).each(cases)('attach over a network, on $name', ({ release }) => {
  let island: Island;
  let target: Target;
  beforeAll(() => {
    island = makeIsland();
  });
  beforeEach(async () => {
    target = await startTarget(release, 'target.exs', island);
  });
  afterEach(() => target.stop());
  afterAll(() => island.remove());

  const clean = (timeoutMs: number): Promise<void> =>
    until('the node is as before', async () => CLEAN.test(await target.evaluate('Target.traces()')), timeoutMs);
  const files = (): Promise<string> => target.evaluate('Enum.flat_map(["/tmp", "/dev/shm"], &File.ls!/1)');
  const count = async (): Promise<number> => Number(await target.evaluate('GenServer.call(Target, :get)'));
  const goesOn = async (): Promise<void> => {
    const n = await count();
    await until('the node goes on', async () => (await count()) > n + 10);
  };
  const begin = async (path: string) => {
    const started = startElixirscope(['attach', target.node, '--out', path], { env: target.env });
    await started.saw('recording');
    await sleep(700);
    return started;
  };

  it('records over TCP and leaves nothing behind', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = await begin(path);
      // The distribution's connection, which we made, and the probe's, which the node made.
      const address = island.ownAddress.split('.').map(Number).reverse();
      const hex = Buffer.from(address).toString('hex').toUpperCase();
      const established = `Regex.scan(~r/ [0-9A-F]{8}:[0-9A-F]{4} ${hex}:[0-9A-F]{4} 01 /, File.read!("/proc/net/tcp")) |> length()`;
      expect(await target.evaluate(established)).toBe('2');
      // What was put there is gone from the disk already, should we be killed from now on.
      expect(await files()).toBe(NO_FILES);
      started.child.kill('SIGINT');
      const result = await started.finished;
      expect(result.stderr).not.toContain(target.cookie);
      expect(result.code).toBe(0);
      await clean(5000);
      expect(await files()).toBe(NO_FILES);
      expect(await target.evaluate(established)).toBe('0');
      const recording = openRecording(path);
      expect(recording.info().nodes[0]).toMatchObject({ engine: 'nif', end: 'detached' });
      expect(recording.info().gaps).toEqual([]);
      expect(lastCount(recording)).toBeGreaterThan(20);
      recording.close();
    }));

  it('the plain Erlang engine works over TCP as well', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const args = ['attach', target.node, '--out', path, '--for', '1s', '--engine', 'erlang'];
      expect((await elixirscope(args, { env: target.env })).code).toBe(0);
      await clean(5000);
      const recording = openRecording(path);
      expect(recording.info().nodes[0]?.engine).toBe('erlang');
      expect(lastCount(recording)).toBeGreaterThan(20);
      recording.close();
    }));

  it('when the node is killed, all that had left it is in the recording, which says how it ended', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = await begin(path);
      const counted = await count();
      await sleep(300);
      process.kill(target.osPid, 'SIGKILL');
      const result = await started.finished;
      expect(result.stderr).toContain('the node ended or closed the connection');
      expect(result.code).toBe(0);
      const recording = openRecording(path);
      expect(recording.info().nodes[0]?.end).toBe('the VM died, or the connection to it');
      expect(lastCount(recording)).toBeGreaterThanOrEqual(counted);
      recording.close();
    }));

  it('when the recorder is killed, the probe goes by itself and the node goes on', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = await begin(path);
      started.child.kill('SIGKILL');
      await started.finished;
      await clean(15_000);
      await goesOn();
      expect(await files()).toBe(NO_FILES);
      const recording = openRecording(path);
      expect(lastCount(recording)).toBeGreaterThan(20);
      recording.close();
    }));

  it.each(['nif', 'erlang'])('when the network falls silent, both ends give up by themselves (%s)', (engine) =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const args = ['attach', target.node, '--out', path, '--engine', engine];
      const started = startElixirscope(args, { env: target.env });
      await started.saw('recording');
      await sleep(700);
      island.cut();
      try {
        await goesOn();
        await clean(8000); // it waits for five seconds
        await goesOn();
        expect(await files()).toBe(NO_FILES);
        const result = await started.finished;
        expect(result.stderr).toContain('the network to the node went silent');
        expect(result.code).toBe(0);
      } finally {
        island.mend();
      }
      const recording = openRecording(path);
      expect(recording.info().nodes[0]?.end).toBe('the network to the node went silent');
      expect(recording.info().gaps.map((gap) => gap.reason)).not.toContain('unreadable bytes');
      expect(lastCount(recording)).toBeGreaterThan(20);
      recording.close();
      // The way is free for the next one.
      const next = await elixirscope(['attach', target.node, '--out', join(directory, 'b.escope'), '--for', '300ms'], {
        env: target.env,
      });
      expect(next.code).toBe(0);
      await clean(5000);
    }),
  );
});
