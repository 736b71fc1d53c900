/** Who monitors whom, of real processes: recorded with `--monitors` alone, and told as it stands at any moment. */
import { describe, expect, it } from 'vitest';
import type { ProcessId, Recording } from '../../src/recording/index.js';
import { record, RELEASES } from '../support/elixirscope.js';
import { Questions } from '../../src/server/questions.js';
import { relations } from '../../src/server/relations.js';

/** One watches three: it gives up the first, the second ends, the third stays. A name is watched as well. */
const PROGRAM = `
  named = spawn(fn -> Process.register(self(), :desk); receive do :stop -> :ok end end)
  wait = fn -> receive do :stop -> :ok end end
  [kept, ended, given_up] = for name <- [:kept, :ended, :given_up] do
    pid = spawn(wait)
    Process.register(pid, name)
    pid
  end
  Process.sleep(50)
  me = self()
  spawn(fn ->
    Process.register(self(), :watcher)
    _ = Process.monitor(kept)
    _ = Process.monitor(:desk)
    _ = Process.monitor(ended)
    reference = Process.monitor(given_up)
    Process.demonitor(reference)
    send(ended, :stop)
    receive do {:DOWN, _, :process, ^ended, _} -> send(me, :watched) end
    receive do :stop -> :ok end
  end)
  receive do :watched -> :ok end
  Process.sleep(200)
  _ = {named, kept}
`;

const called = (recording: Recording, name: string): ProcessId => {
  const found = recording.processes().find((each) => each.name === name);
  if (found === undefined) throw new Error(`no process ${name} in the recording`);
  return found.id;
};

describe.each(RELEASES)('monitors on $name', ({ prefix }) => {
  const command = [...prefix, 'elixir', '-e', PROGRAM];

  it('are told with who, since when and how they ended', () =>
    record(
      command,
      (recording, run) => {
        expect(run.code, run.stderr).toBe(0);
        const questions = new Questions(recording);
        const at = { seq: recording.end().seq };
        const watcher = called(recording, 'watcher');
        const name = (id: ProcessId): string => recording.processes()[id - 1]?.name ?? String(id);
        const { monitors, monitorsRecorded, totals } = relations(questions, { process: watcher, at });
        expect(monitorsRecorded).toBe(true);
        const told = Object.fromEntries(monitors.map((each) => [name(each.process), each]));
        expect(Object.keys(told).sort()).toEqual(['desk', 'ended', 'given_up', 'kept']);
        expect(told['kept']).toMatchObject({ endSeq: 0 });
        expect(told['desk']).toMatchObject({ endSeq: 0 });
        expect(told['given_up']).toMatchObject({ ended: 'demonitored' });
        expect(told['ended']!.endSeq).toBeGreaterThan(told['ended']!.seq);
        expect(totals.monitors).toBe(2);
        // The other side knows who watches it; before it was watched nobody did.
        const kept = called(recording, 'kept');
        const { monitoredBy } = relations(questions, { process: kept, at });
        expect(monitoredBy.map((each) => name(each.process))).toEqual(['watcher']);
        const before = { seq: told['kept']!.seq - 1 };
        expect(relations(questions, { process: kept, at: before }).monitoredBy).toEqual([]);
      },
      { args: ['--monitors'] },
    ));

  it('are not recorded unless asked for, and that is known', () =>
    record(command, (recording, run) => {
      expect(run.code, run.stderr).toBe(0);
      expect(recording.info().kinds.monitor).toBeUndefined();
      const watcher = called(recording, 'watcher');
      const answer = relations(new Questions(recording), { process: watcher, at: { seq: recording.end().seq } });
      expect(answer.monitorsRecorded).toBe(false);
      // What fired is known from its message.
      expect(answer.monitors.map((each) => recording.processes()[each.process - 1]?.name)).toEqual(['ended']);
    }));
});
