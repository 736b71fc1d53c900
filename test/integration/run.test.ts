import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../src/recording/index.js';
import { printTerm, type Term } from '../../src/term/index.js';
import {
  elixirscope,
  inDirectory,
  record,
  RELEASES,
  sleep,
  start,
  startElixirscope,
  until,
} from '../support/elixirscope.js';

const elixir = (term: Term | undefined): string => (term ? printTerm(term, { syntax: 'elixir' }) : '');

/** Every file of a project but what mix builds, with its content. */
function files(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('_build') && statSync(join(directory, name)).isFile())
      .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  );
}

describe.each(RELEASES)('run, on $name', ({ prefix }) => {
  it('records mix test of a fresh project and leaves the project as it was', () =>
    inDirectory(async (directory) => {
      expect((await start([...prefix, 'mix', 'new', 'fresh'], { cwd: directory }).finished).code).toBe(0);
      const project = join(directory, 'fresh');
      writeFileSync(
        join(project, 'test', 'agent_test.exs'),
        'defmodule AgentTest do\n  use ExUnit.Case, async: true\n  test "counts" do\n    {:ok, a} = Agent.start_link(fn -> 1 end, name: :counted)\n    Agent.update(a, &(&1 + 1))\n    assert Agent.get(a, & &1) == 2\n  end\nend\n',
      );
      const before = files(project);
      await record(
        [...prefix, 'mix', 'test'],
        (recording, run) => {
          expect(run.stdout).toMatch(/0 failures/);
          expect(run.code).toBe(0);
          const info = recording.info();
          expect(info.gaps).toEqual([]);
          expect(info.nodes[0]?.elixir ?? info.nodes.at(-1)?.elixir).toMatch(/^1\./);
          const states = [...recording.stateChanges(recording.findProcess('counted') ?? 0, recording.end())].map(
            ({ seq }) => elixir(recording.event(seq)?.terms[0]),
          );
          expect(states).toEqual(['2', '1']);
        },
        { cwd: project },
      );
      expect(files(project)).toEqual(before);
    }));

  it('names the test that failed, by what, and where', () =>
    inDirectory(async (directory) => {
      writeFileSync(
        join(directory, 'shelf_test.exs'),
        'ExUnit.start()\ndefmodule ShelfTest do\n  use ExUnit.Case\n  test "holds a mug" do\n    assert 1 + 1 == 2\n  end\n  test "holds two" do\n    assert take(1) == 0\n  end\n  def take(n), do: if(n > 0, do: raise(ArgumentError, "none left"), else: 0)\nend\n',
      );
      const out = join(directory, 'r');
      const run = await startElixirscope(
        ['run', '--quiet', '--out', out, '--', ...prefix, 'elixir', 'shelf_test.exs'],
        {
          cwd: directory,
        },
      ).finished;
      expect(run.code).toBe(2);
      const told = (await startElixirscope(['exceptions', out, '--json']).finished).stdout.trim().split('\n');
      expect(told.map((line): unknown => JSON.parse(line))).toEqual([
        expect.objectContaining({
          function: 'ShelfTest.take/1',
          outermost: 'ShelfTest.test holds two/1',
          class: 'error',
          reason: '%ArgumentError{message: "none left"}',
          test: true,
        }),
      ]);
      const lines = (await startElixirscope(['exceptions', out, '--tests']).finished).stdout;
      expect(lines).toMatch(
        /test failed.*in ShelfTest.take\/1 {2}through ShelfTest.test holds two\/1 {2}\*\* \(ArgumentError\) none left/,
      );
      const crashes = await startElixirscope(['crashes', out]).finished;
      expect(crashes.stdout).toBe('');
      expect(crashes.stderr).toContain('elixirscope exceptions');
    }));

  it('hands on a failing exit status, standard input and output', () =>
    inDirectory(async (directory) => {
      const started = startElixirscope([
        'run',
        '--quiet',
        '--out',
        join(directory, 'r'),
        '--',
        ...prefix,
        'elixir',
        '-e',
        'IO.puts(String.upcase(IO.gets(""))); exit({:shutdown, 9})',
      ]);
      started.child.stdin?.end('hello\n');
      const run = await started.finished;
      expect(run.stdout).toBe('HELLO\n\n');
      expect(run.stderr).toBe('');
      expect(run.code).toBe(9);
    }));

  it('runs Erlang programs too', () =>
    record(
      [
        ...prefix,
        'erl',
        '-noshell',
        '-eval',
        'P = spawn(fun() -> receive {go, X} -> exit({done, X}) end end), P ! {go, 42}, timer:sleep(100), halt(0).',
      ],
      (recording, run) => {
        expect(run.code).toBe(0);
        expect(recording.info().nodes[0]?.elixir).toBeUndefined();
        const exits = [...recording.events({ kinds: ['exit'] })].map((event) =>
          printTerm(event.terms[0] as Term, { syntax: 'erlang' }),
        );
        expect(exits).toContain('{done,42}');
      },
    ));

  it('keeps the last events of a VM that was killed', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'r');
      const program =
        'parent = self(); pid = spawn(fn -> receive do {:last, n} -> send(parent, {:got, n}) end end); Process.sleep(300); send(pid, {:last, 1}); receive do {:got, 1} -> :ok end; System.cmd("kill", ["-9", System.pid()]); Process.sleep(5000)';
      const run = await elixirscope(['run', '--out', path, '--', ...prefix, 'elixir', '-e', program]);
      expect(run.signal === 'SIGKILL' || run.code === 137).toBe(true);
      const recording = openRecording(path);
      expect([...recording.events({ kinds: ['send'] })].some((event) => elixir(event.terms[0]) === '{:got, 1}')).toBe(
        true,
      );
      expect(recording.info().nodes[0]?.end).toMatch(/killed by SIGKILL|died/);
      expect(recording.info().exitStatus).toMatch(/SIGKILL|137/);
      recording.close();
    }));

  it('keeps the last events of a VM that aborts with a core or runs out of memory', () =>
    inDirectory(async (directory) => {
      for (const [name, program] of [
        ['abort', 'send(self(), :before_the_end); receive do :before_the_end -> :erlang.halt(:abort) end'],
        [
          'memory',
          'send(self(), :before_the_end); receive do :before_the_end -> :binary.copy("x", 1_000_000_000_000_000) end',
        ],
      ] as const) {
        const path = join(directory, name);
        const run = await elixirscope([
          'run',
          '--out',
          path,
          '--',
          ...prefix,
          'sh',
          '-c',
          'ulimit -c 0; exec "$0" "$@"',
          'elixir',
          '-e',
          program,
        ]);
        expect(run.code).not.toBe(0);
        const recording = openRecording(path);
        expect([...recording.events({ kinds: ['send'] })].map((event) => elixir(event.terms[0]))).toContain(
          ':before_the_end',
        );
        expect(recording.info().exitStatus).not.toBe('0');
        recording.close();
      }
    }));

  it('lets the program go on when the recorder is killed, and the recording opens', () =>
    inDirectory(async (directory) => {
      const path = join(directory, 'r');
      const mark = join(directory, 'mark');
      const program = `{:ok, a} = Agent.start_link(fn -> 0 end, name: :ticks); Enum.each(1..60, fn n -> Agent.update(a, &(&1 + 1)); File.write!(${JSON.stringify(mark)}, Integer.to_string(n)); Process.sleep(50) end)`;
      const started = startElixirscope(['run', '--out', path, '--', ...prefix, 'elixir', '-e', program]);
      await until('the program ticks', () => readable(mark) > 15, 30_000);
      started.child.kill('SIGKILL');
      await until('the program reached its end alone', () => readable(mark) === 60, 20_000);
      const recording = openRecording(path);
      expect([...recording.stateChanges(recording.findProcess('ticks') ?? 0, recording.end())].length).toBeGreaterThan(
        5,
      );
      recording.close();
      await sleep(300);
    }));
});

const readable = (path: string): number => {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
};
