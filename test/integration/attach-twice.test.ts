import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printTerm } from '../../src/term/index.js';
import { elixirscope, inDirectory, RELEASES, startElixirscope, until, untilRecorded } from '../support/elixirscope.js';
import { startTarget, type Target } from '../support/target.js';

describe.each(RELEASES)('two at once, on $name', (release) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(release);
  });
  afterAll(() => target.stop());

  it('the second is refused in one sentence, the first goes on undisturbed', () =>
    inDirectory(async (directory) => {
      const { env } = target;
      const first = startElixirscope(['attach', target.node, '--out', join(directory, 'a.escope')], { env });
      await first.saw('recording');
      const modules = await target.evaluate('Target.traces()[:modules] |> Enum.sort()');
      const out = join(directory, 'b.escope');
      for (let i = 0; i < 2; i++) {
        const second = await elixirscope(['attach', target.node, '--out', out, '--for', '300ms'], { env });
        expect(second.code).toBe(1);
        expect(second.stderr.trim()).toMatch(/^elixirscope: .*another recording of it is under way.*$/);
      }
      expect(readdirSync(directory)).toEqual(['a.escope']);
      expect(await target.evaluate('Target.traces()[:modules] |> Enum.sort()')).toBe(modules);
      const marker = 'GenServer.call(Target, {:put, :after_the_second})';
      expect(await target.evaluate(marker)).toBe(':ok');
      await untilRecorded('it', join(directory, 'a.escope'), (recording) => {
        const state = recording.state(recording.findProcess('Target') ?? 0, recording.end());
        return state !== undefined && printTerm(state.value, { syntax: 'elixir' }).includes(':after_the_second');
      });
      first.child.kill('SIGINT');
      const result = await first.finished;
      expect(result.code).toBe(0);
      const state = await elixirscope(['state', join(directory, 'a.escope'), 'Target', '--at', 'end'], { env });
      expect(state.stdout).toContain(':after_the_second');
      await until('the node is as before', async () => (await target.evaluate('Target.traces()[:modules]')) === '[]');
      const third = await elixirscope(['attach', target.node, '--out', out, '--for', '300ms'], { env });
      expect(third.code).toBe(0);
    }));
});
