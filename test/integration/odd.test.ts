/** What tracers trip over. The program checks itself what it depends on; here is checked what was recorded of it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Recording } from '../../src/recording/index.js';
import { printTerm } from '../../src/term/index.js';
import { CHECKOUT, record, RELEASES } from '../support/elixirscope.js';

const PROGRAM = join(CHECKOUT, 'test/integration/programs/odd.exs');

/** All states of a process, oldest first. */
function states(recording: Recording, process: number): string[] {
  return [...recording.stateChanges(process, recording.end())]
    .reverse()
    .map(({ seq }) => recording.event(seq)?.terms[0])
    .map((term) => (term ? printTerm(term, { syntax: 'elixir' }) : ''));
}

describe.each(RELEASES)('odd programs, on $name', ({ prefix }) => {
  it('go on as if alone, and are recorded as far as they let themselves be', () =>
    record([...prefix, 'elixir', PROGRAM], (recording, run) => {
      expect(run.stdout).toContain('all well');
      expect(run.code).toBe(0);
      expect(recording.info().gaps).toEqual([]);
      // From the moment it is sensitive the VM shows nothing of it.
      expect(states(recording, recording.findProcess('secret') ?? 0)).toEqual(['0', '1']);
      // A module that is loaded again while its server runs.
      expect(states(recording, recording.findProcess('reloaded') ?? 0)).toEqual(['0', '1', '11', '111']);
      // A name that moves from one process to another: a cast by name and one by pid reach the right ones. Since the second load they add 100.
      const servers = recording
        .processes()
        .filter((process) => recording.function(process.fn)?.module === 'Elixir.Server');
      expect(servers.map((process) => states(recording, process.id))).toEqual([
        ['0', '1'],
        ['0', '1', '11', '111'],
        ['0', '100', '200'],
        ['0', '100'],
      ]);
    }));
});
