/** Much of what can be asked of a recording, as plain JSON: to keep with a recording of an older format and compare with later. */
import { createHash } from 'node:crypto';
import type { Term } from '../../term/index.js';
import type { BulkRecording } from '../bulk.js';

/** Answers for recordings of a few hundred events and some dozen processes. What depends on the place or the machine is left out. */
export function askAll(recording: BulkRecording): unknown {
  const { format, startedAt, ns, nodes, events, kinds, processes, gaps, command, exitStatus, window } =
    recording.info();
  const start = recording.start();
  const end = recording.end();
  const moments = Array.from({ length: 6 }, (_, i) =>
    recording.momentAt(Math.round(start.ns + ((end.ns - start.ns) * i) / 5)),
  );
  const ids = recording.processes().map(({ id }) => id);
  const some = ids.filter((id) => id <= 8 || id % 7 === 0);
  const functions = new Set<number>();
  const rows = [...recording.events({})].map(({ seq, ns: at, kind, flags, process, peer, fn, cause, terms }) => {
    functions.add(fn);
    return [seq, at, kind, flags, process, peer, fn, cause, terms.map(brief)];
  });
  const answers = {
    info: { format, startedAt, ns, nodes, events, kinds, processes, gaps, command, exitStatus, window },
    start,
    end,
    processes: recording.processes(),
    functions: [...functions].sort((a, b) => a - b).map((fn) => recording.function(fn) ?? fn),
    events: rows,
    moments: moments.map((at) => ({
      at,
      processes: recording.processesAt(at),
      names: recording.names(at),
      flying: recording.inFlight(at).map(({ sendSeq, from, to, arriveSeq }) => [sendSeq, from, to, arriveSeq]),
      states: some.map((id) => {
        const state = recording.state(id, at);
        return state && [state.seq, brief(state.value), state.previous?.seq, state.changed?.seq, state.changed?.from];
      }),
      mailboxes: some.map((id) => {
        const { messages, total, exact } = recording.mailbox(id, at);
        return [messages.map(({ seq }) => seq), total, exact];
      }),
    })),
    histories: some.map((id) =>
      [...recording.history(id)].map(({ seq, found, certain, cause }) => [seq, found, certain, cause?.seq]),
    ),
    trails: rows
      .filter((_, i) => i % 37 === 0)
      .map(([seq]) => {
        const { steps, end: why, process } = recording.trail(seq as number);
        return [seq, steps.map(({ event, sure }) => (sure ? event.seq : -event.seq)), why, process];
      }),
    crashes: [...recording.crashes()].map(({ seq, process, exitSeq }) => [seq, process, exitSeq]),
    slices: recording.slices({ fromNs: start.ns, toNs: end.ns, processes: ids, limit: 10_000 }),
    arrows: recording.arrows({ fromNs: start.ns, toNs: end.ns, processes: ids, limit: 10_000 }),
    timeline: recording.timeline({ fromNs: start.ns, toNs: end.ns + 1, bins: 16, processes: some }),
  };
  return JSON.parse(JSON.stringify(answers, plain)) as unknown;
}

/** A term, or the sum of a large one. */
function brief(term: Term): unknown {
  const text = JSON.stringify(term, plain);
  return text.length < 100 ? term : createHash('sha1').update(text).digest('hex').slice(0, 16);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Uint32Array) return [...value];
  return value;
}
