/** Depths of functions, changed while a program is recorded. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../src/recording/index.js';
import { elixirscope, inDirectory, RELEASES, start, startElixirscope, until } from '../support/elixirscope.js';

const LIBRARY = `defmodule Tock do
  def tick(n) do
    double = n * 2
    half = div(double, 4)
    {double, half}
  end
end
`;
/** Goes on until a file is there. */
const PROGRAM = `defmodule Looper do
  def run(n) do
    Tock.tick(n)
    Process.sleep(20)
    unless File.exists?("stop"), do: run(n + 1)
  end
end
Looper.run(0)
`;

describe.each(RELEASES)('elixirscope depth, on $name', ({ prefix }) => {
  it('records a function by lines from the moment it is asked for, and says so in the recording', () =>
    inDirectory(async (directory) => {
      writeFileSync(join(directory, 'tock.ex'), LIBRARY);
      writeFileSync(join(directory, 'loop.exs'), PROGRAM);
      expect((await start([...prefix, 'elixirc', 'tock.ex'], { cwd: directory }).finished).code).toBe(0);
      const path = join(directory, 'loop.escope');
      const options = ['run', '--no-calls', '--depth', 'Tock=values', '--out', path];
      const run = startElixirscope([...options, '--', ...prefix, 'elixir', 'loop.exs'], { cwd: directory });
      const count = (kind: string): number => {
        if (!existsSync(join(path, 'recording.json'))) return 0;
        const recording = openRecording(path);
        const found = [...recording.events({ kinds: [kind as 'call'] })].length;
        recording.close();
        return found;
      };
      await until('calls are recorded', () => count('call') > 5, 30_000);
      expect(count('line')).toBe(0);
      const wrong = await elixirscope(['depth', path, 'Tock.tick/1=deep']);
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('"deep" is no depth')]);
      const asked = await elixirscope(['depth', path, 'Tock.tick/1=lines']);
      expect([asked.code, asked.stdout, asked.stderr]).toEqual([0, 'asked for: Tock.tick/1=lines\n', '']);
      await until('lines are recorded', () => count('line') > 5, 30_000);
      const listed = await elixirscope(['depth', path]);
      expect(listed.stdout).toMatch(/lines\s+Tock\.tick\/1\s+asked for/);
      writeFileSync(join(directory, 'stop'), '');
      expect((await run.finished).code).toBe(0);
      expect(count('plan')).toBe(1);
      expect(existsSync(join(path, 'control.json'))).toBe(false);
      expect(JSON.parse(readFileSync(join(path, 'plan.json'), 'utf8'))).toMatchObject({
        rules: [
          { glob: 'Tock', depth: 'values', reason: 'asked for by --depth' },
          { glob: 'Tock.tick/1', depth: 'lines', reason: 'asked for while it was recorded' },
        ],
      });
      const late = await elixirscope(['depth', path, 'Tock.tick/1=values']);
      expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('not being written any more')]);
    }));
});
