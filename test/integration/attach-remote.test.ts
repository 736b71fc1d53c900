import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { printTerm, type Term } from '../../src/term/index.js';
import {
  CHECKOUT,
  elixirscope,
  inDirectory,
  RELEASES,
  startElixirscope,
  type Started,
  until,
  untilRecorded,
} from '../support/elixirscope.js';
import { makeIsland, whyNoIslands, type Island } from '../support/network.js';
import { startTarget, type Target } from '../support/target.js';

const elixir = (term: Term | undefined): string => (term ? printTerm(term, { syntax: 'elixir' }) : '');
const CLEAN =
  /^\[flags: \[\], handlers: \[\], modules: \[\], new: \{:flags, \[\]\}, patterns: \[\], .*sessions: \[\], /;
/** What lies in an empty /tmp: the checkout and the temporary directory of this run, where that is their place. */
const OWN = new Set([CHECKOUT, tmpdir()].filter((each) => each.startsWith('/tmp/')).map((each) => each.split('/')[2]));
const NO_FILES = `[${[...OWN].sort().map((each) => `"${String(each)}"`).join(', ')}]`; // prettier-ignore
const why = whyNoIslands();
const cases = RELEASES.map((release) => ({ name: `${release.name}${why ? ` (skipped: ${why})` : ''}`, release }));

/** How far the server had counted at the end of the recording. */
function lastCount(recording: Recording): number {
  const state = recording.state(recording.findProcess('Target') ?? 0, recording.end());
  return Number(/^%\{n: (\d+)\}$/.exec(elixir(state?.value))?.[1]);
}

/** A target, and what is asked of it again and again. */
function on(target: Target) {
  const count = async (): Promise<number> => Number(await target.evaluate('GenServer.call(Target, :get)'));
  const goesOn = async (): Promise<void> => {
    const n = await count();
    await until('the node goes on', async () => (await count()) > n + 10);
  };
  return {
    count,
    goesOn,
    clean: (timeoutMs: number): Promise<void> =>
      until('the node is as before', async () => CLEAN.test(await target.evaluate('Target.traces()')), timeoutMs),
    files: (): Promise<string> => target.evaluate('["/tmp", "/dev/shm"] |> Enum.flat_map(&File.ls!/1) |> Enum.sort()'),
    /** Attached, with something recorded. */
    begin: async (path: string, ...more: string[]): Promise<Started> => {
      const started = startElixirscope(['attach', target.node, '--out', path, ...more], { env: target.env });
      await started.saw('recording');
      await untilRecorded('the server has counted', path, (recording) => lastCount(recording) > 20);
      return started;
    },
  };
}

describe.skipIf(why !== undefined).each(cases)('attach over a network, on $name', ({ release }) => {
  let island: Island;
  let target: Target;
  let node: ReturnType<typeof on>;
  beforeAll(() => {
    island = makeIsland();
  });
  beforeEach(async () => {
    target = await startTarget(release, 'target.exs', island);
    node = on(target);
  });
  afterEach(() => target.stop());
  afterAll(() => island.remove());

  it('records over TCP and leaves nothing behind', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = await node.begin(path);
      // The distribution's connection, which we made, and the probe's, which the node made.
      const address = island.ownAddress.split('.').map(Number).reverse();
      const hex = Buffer.from(address).toString('hex').toUpperCase();
      const established = `Regex.scan(~r/ [0-9A-F]{8}:[0-9A-F]{4} ${hex}:[0-9A-F]{4} 01 /, File.read!("/proc/net/tcp")) |> length()`;
      expect(await target.evaluate(established)).toBe('2');
      // What was put there is gone from the disk already, should we be killed from now on.
      expect(await node.files()).toBe(NO_FILES);
      started.child.kill('SIGINT');
      const result = await started.finished;
      expect(result.stderr).not.toContain(target.cookie);
      expect(result.code).toBe(0);
      await node.clean(20_000);
      expect(await node.files()).toBe(NO_FILES);
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
      await node.clean(20_000);
      const recording = openRecording(path);
      expect(recording.info().nodes[0]?.engine).toBe('erlang');
      expect(lastCount(recording)).toBeGreaterThan(20);
      recording.close();
    }));

  it('when the node is killed, all that had left it is in the recording, which says how it ended', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = await node.begin(path);
      const counted = await node.count();
      await untilRecorded('that has left the node', path, (recording) => lastCount(recording) >= counted);
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
      const started = await node.begin(path);
      started.child.kill('SIGKILL');
      await started.finished;
      await node.clean(15_000);
      await node.goesOn();
      expect(await node.files()).toBe(NO_FILES);
      const recording = openRecording(path);
      expect(lastCount(recording)).toBeGreaterThan(20);
      recording.close();
    }));
});

// Each waits for seconds: all of them at once, each with a network of its own.
describe.skipIf(why !== undefined)('when the network falls silent', () => {
  it.concurrent.each(cases.flatMap((each) => ['nif', 'erlang'].map((engine) => ({ ...each, engine }))))(
    'both ends give up by themselves ($engine, on $name)',
    ({ release, engine }) =>
      inDirectory(async (directory) => {
        const island = makeIsland();
        const target = await startTarget(release, 'target.exs', island);
        const node = on(target);
        try {
          const path = join(directory, 'a.escope');
          const started = await node.begin(path, '--engine', engine);
          island.cut();
          await node.goesOn();
          await node.clean(20_000); // it waits for five seconds
          await node.goesOn();
          expect(await node.files()).toBe(NO_FILES);
          const result = await started.finished;
          expect(result.stderr).toContain('the network to the node went silent');
          expect(result.code).toBe(0);
          island.mend();
          const recording = openRecording(path);
          expect(recording.info().nodes[0]?.end).toBe('the network to the node went silent');
          expect(recording.info().gaps.map((gap) => gap.reason)).not.toContain('unreadable bytes');
          expect(lastCount(recording)).toBeGreaterThan(20);
          recording.close();
          // The way is free for the next one.
          const again = ['attach', target.node, '--out', join(directory, 'b.escope'), '--for', '300ms'];
          expect((await elixirscope(again, { env: target.env })).code).toBe(0);
          await node.clean(20_000);
        } finally {
          await target.stop();
          island.remove();
        }
      }),
  );
});
