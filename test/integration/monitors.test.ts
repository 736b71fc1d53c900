/** Who monitors whom, of real processes: recorded with `--monitors` alone, and told as it stands at any moment. */
import { describe, expect, it } from 'vitest';
import type { ProcessId, Recording } from '../../src/recording/index.js';
import { record, RELEASES } from '../support/elixirscope.js';
import { WebSocket } from 'ws';
import { serveRecording, type Methods } from '../../src/server/index.js';

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

type Relations = Methods['relations']['result'];

/** What a browser is told of whom a process knows at an event. */
async function relations(recording: Recording, process: ProcessId, seq: number): Promise<Relations> {
  const served = await serveRecording(recording);
  const socket = new WebSocket(`${served.url.replace('http', 'ws')}rpc`);
  try {
    return await new Promise<Relations>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => {
        socket.send(JSON.stringify({ id: 1, method: 'relations', params: { process, at: { seq } } }));
      });
      socket.on('message', (data: Buffer) => {
        const reply = JSON.parse(data.toString()) as { id?: number; ok?: boolean; result: Relations };
        if (reply.id !== 1) return;
        if (reply.ok === true) resolve(reply.result);
        else reject(new Error(data.toString()));
      });
    });
  } finally {
    socket.close();
    await served.close();
  }
}

describe.each(RELEASES)('monitors on $name', ({ prefix }) => {
  const command = [...prefix, 'elixir', '-e', PROGRAM];

  it('are told with who, since when and how they ended', () =>
    record(
      command,
      async (recording, run) => {
        expect(run.code, run.stderr).toBe(0);
        const end = recording.end().seq;
        const watcher = called(recording, 'watcher');
        const name = (id: ProcessId): string => recording.processes()[id - 1]?.name ?? String(id);
        const { monitors, monitorsRecorded, totals } = await relations(recording, watcher, end);
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
        const { monitoredBy } = await relations(recording, kept, end);
        expect(monitoredBy.map((each) => name(each.process))).toEqual(['watcher']);
        const before = await relations(recording, kept, told['kept']!.seq - 1);
        expect(before.monitoredBy).toEqual([]);
      },
      { args: ['--monitors'] },
    ));

  it('are not recorded unless asked for, and that is known', () =>
    record(command, async (recording, run) => {
      expect(run.code, run.stderr).toBe(0);
      expect(recording.info().kinds.monitor).toBeUndefined();
      const watcher = called(recording, 'watcher');
      const answer = await relations(recording, watcher, recording.end().seq);
      expect(answer.monitorsRecorded).toBe(false);
      // What fired is known from its message.
      expect(answer.monitors.map((each) => recording.processes()[each.process - 1]?.name)).toEqual(['ended']);
    }));
});
