import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecording } from '../../src/recording/index.js';
import { printTerm, type Term } from '../../src/term/index.js';
import {
  elixirscope,
  inDirectory,
  RELEASES,
  sleep,
  startElixirscope,
  until,
  untilRecorded,
} from '../support/elixirscope.js';
import { startTarget, type Target } from '../support/target.js';

const elixir = (term: Term | undefined): string => (term ? printTerm(term, { syntax: 'elixir' }) : '');
const CLEAN =
  /^\[flags: \[\], handlers: \[\], modules: \[\], new: \{:flags, \[\]\}, patterns: \[\], receive: \{:match_spec, (true|\[\]|:undefined)\}, sessions: \[\], processes: \d+\]$/;

describe.each(RELEASES)('attach, on $name', (release) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(release);
  });
  afterAll(() => target.stop());

  const traces = (): Promise<string> => target.evaluate('Target.traces()');
  /** The probe answers "stop" within a moment; its last module goes right after. */
  const clean = (): Promise<void> => until('the node is as before', async () => CLEAN.test(await traces()), 20_000);
  const attach = (path: string, ...args: string[]) =>
    elixirscope(['attach', target.node, '--out', path, ...args], { env: target.env });

  it('records a running node and leaves nothing behind', () =>
    inDirectory(async (directory) => {
      const processes = async (): Promise<number> => Number(/processes: (\d+)/.exec(await traces())?.[1]);
      const before = await processes();
      expect(await traces()).toMatch(CLEAN);
      const path = join(directory, 'a.escope');
      const result = await attach(path, '--for', '1s');
      expect(result.stderr).toContain(`recording ${target.node}`);
      expect(result.code).toBe(0);
      await clean();
      await until('no process is left', async () => (await processes()) <= before, 20_000);
      const recording = openRecording(path);
      expect(recording.info().nodes[0]?.engine).toBe('nif');
      expect(recording.info().nodes[0]?.end).toBe('detached');
      const process = recording.findProcess('Target') ?? 0;
      const changes = [...recording.stateChanges(process, recording.end())];
      expect(changes.length).toBeGreaterThan(20);
      expect(elixir(recording.state(process, recording.end())?.value)).toMatch(/^%\{n: \d+\}$/);
      // The recording may end within a callback, with the state that it found.
      const changed = recording.state(process, recording.momentOf(changes[0]!.seq));
      expect(elixir(changed?.changed?.message)).toBe(':add');
      recording.close();
    }));

  it('can be done again and again', async () => {
    for (let i = 0; i < 3; i++) {
      await inDirectory(async (directory) =>
        expect((await attach(join(directory, 'a.escope'), '--for', '300ms')).code).toBe(0),
      );
    }
    await clean();
  });

  it('stops at Ctrl-C', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = startElixirscope(['attach', target.node, '--out', path], { env: target.env });
      await started.saw('recording');
      await sleep(300);
      started.child.kill('SIGINT');
      expect((await started.finished).code).toBe(0);
      await clean();
    }));

  it('is gone when the recorder is killed; the node goes on and the recording opens', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = startElixirscope(['attach', target.node, '--out', path], { env: target.env });
      await started.saw('recording');
      await untilRecorded('states', path, (recording) => (recording.info().kinds.state ?? 0) > 20);
      started.child.kill('SIGKILL');
      await started.finished;
      await until('the probe is gone', async () => CLEAN.test(await traces()), 20_000);
      const n = Number(await target.evaluate('GenServer.call(Target, :get)'));
      await until('it goes on', async () => Number(await target.evaluate('GenServer.call(Target, :get)')) > n);
      const recording = openRecording(path);
      expect(recording.info().kinds.state).toBeGreaterThan(20);
      recording.close();
    }));

  it('the plain Erlang engine tells the same story, and says why it is used', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      expect((await attach(path, '--for', '1s', '--engine', 'erlang')).code).toBe(0);
      await clean();
      const recording = openRecording(path);
      expect(recording.info().nodes[0]?.engine).toBe('erlang');
      expect(recording.info().nodes[0]?.engineWhy).toBeTruthy();
      expect(elixir(recording.state(recording.findProcess('Target') ?? 0, recording.end())?.changed?.message)).toBe(
        ':add',
      );
      recording.close();
    }));

  it('leaves a process alone that somebody else traces, and says so', () =>
    inDirectory(async (directory) => {
      // Before OTP 27 a process has one tracer; later each session has its own.
      await target.evaluate(
        'tracer = spawn(fn -> Process.sleep(:infinity) end); :erlang.trace(Process.whereis(Target), true, [:send, {:tracer, tracer}])',
      );
      const path = join(directory, 'a.escope');
      expect((await attach(path, '--for', '500ms')).code).toBe(0);
      expect(
        await target.evaluate('{_, mine} = :erlang.trace_info(Process.whereis(Target), :tracer); mine == tracer'),
      ).toBe('true');
      expect(await target.evaluate(':erlang.trace_info(Process.whereis(Target), :flags)')).toBe('{:flags, [:send]}');
      const recording = openRecording(path);
      const { gaps } = recording.info();
      const process = recording.findProcess('Target') ?? 0;
      if (release.name === 'OTP 25') {
        expect(gaps.map((gap) => gap.reason)).toContain('traced by another tool');
        expect([...recording.stateChanges(process, recording.end())]).toEqual([]);
      } else expect([...recording.stateChanges(process, recording.end())].length).toBeGreaterThan(0);
      recording.close();
      await target.evaluate(':erlang.trace(Process.whereis(Target), false, [:all])');
      await clean();
    }));

  it('bounds what enormous terms cost and marks what it cut', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = startElixirscope(['attach', target.node, '--out', path], { env: target.env });
      await started.saw('recording');
      await sleep(200);
      for (const term of [
        'Map.new(1..100_000, &{&1, &1})',
        'Enum.to_list(1..1_000_000)',
        ':binary.copy(<<7>>, 1_000_000_000)',
        'Enum.map(1..1000, fn n -> {n, String.duplicate("x", 5000), Enum.to_list(1..5000)} end)',
      ]) {
        expect(await target.evaluate(`GenServer.call(Target, {:put, ${term}}, 60_000)`)).toBe(':ok');
      }
      await target.evaluate('GenServer.call(Target, {:put, nil}); :erlang.garbage_collect(Process.whereis(Target))');
      await untilRecorded('the last one', path, (recording) => {
        const target = recording.findProcess('Target') ?? 0;
        return elixir(recording.state(target, recording.end())?.value).includes('value: nil');
      });
      started.child.kill('SIGINT');
      expect((await started.finished).code).toBe(0);
      const recording = openRecording(path);
      const puts = [
        ...recording.events({ processes: [recording.findProcess('Target') ?? 0], kinds: ['handle'] }),
      ].filter((event) => elixir(event.terms[0]).startsWith('{:put'));
      expect(puts).toHaveLength(5);
      for (const event of puts.slice(0, 4)) expect(elixir(event.terms[0])).toContain('…');
      for (const event of puts) expect(elixir(event.terms[0]).length).toBeLessThan(20_000);
      recording.close();
      await clean();
    }));

  it('drops, counts and goes on when the recorder is too slow', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = startElixirscope(['attach', target.node, '--budget', 'none', '--out', path], {
        env: target.env,
      });
      await started.saw('recording');
      await untilRecorded('it has begun', path, (recording) => recording.end().seq > 0);
      started.child.kill('SIGSTOP');
      // More than all rings and sockets hold: the program must not wait for anybody.
      await target.evaluate('for _ <- 1..60_000, do: send(self(), {:flood, String.duplicate("x", 500)}); :ok');
      await target.evaluate(
        'flush = fn flush -> receive do {:flood, _} -> flush.(flush) after 0 -> :ok end end; flush.(flush)',
      );
      started.child.kill('SIGCONT');
      await untilRecorded('what was lost', path, (recording) => recording.info().gaps.length > 0);
      await sleep(1000);
      started.child.kill('SIGINT');
      expect((await started.finished).code).toBe(0);
      await clean();
      const recording = openRecording(path);
      const { gaps, kinds } = recording.info();
      const lost = gaps.filter((gap) => gap.reason === 'ring full').reduce((sum, gap) => sum + gap.count, 0);
      expect(lost).toBeGreaterThan(1000);
      expect(kinds.send).toBeGreaterThan(1000);
      // The server's state is known again after the gap.
      expect(elixir(recording.state(recording.findProcess('Target') ?? 0, recording.end())?.value)).toMatch(
        /^%\{.*n: \d+/,
      );
      recording.close();
    }));

  it('records a link to a process of another node', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const started = startElixirscope(['attach', target.node, '--out', path], { env: target.env });
      await started.saw('recording');
      await untilRecorded('it has begun', path, (recording) => recording.end().seq > 0);
      // A pid of a node that is not there: the link breaks at once, as it always does.
      await target.evaluate(
        'remote = :erlang.binary_to_term(<<131, 88, 100, 0, 11, "x@127.0.0.1", 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1>>); spawn(fn -> Process.flag(:trap_exit, true); Process.link(remote); receive do {:EXIT, ^remote, :noconnection} -> :ok end end); :ok',
      );
      await untilRecorded('the link broke', path, (recording) =>
        [...recording.events({ kinds: ['arrive'] })].some((event) => elixir(event.terms[0]).includes(':noconnection')),
      );
      started.child.kill('SIGINT');
      expect((await started.finished).code).toBe(0);
      await clean();
    }));

  it('says what is wrong: no such node, wrong cookie', async () => {
    const nobody = await elixirscope(['attach', 'nobody@127.0.0.1', '--for', '1s'], { env: target.env });
    expect(nobody.code).toBe(1);
    expect(nobody.stderr).toContain('nobody');
    const wrong = await elixirscope(['attach', target.node, '--for', '1s'], {
      env: { ...target.env, ELIXIRSCOPE_COOKIE: 'wrong' },
    });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/cookie/);
    expect(wrong.stderr).not.toContain(target.cookie);
  });
});
