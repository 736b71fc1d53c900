import { describe, expect, it } from 'vitest';
import { MemoryRecording } from '../../test/support/memory-recording.js';
import { Flags } from '../recording/index.js';
import { atom, localPid, tuple, type Term } from '../term/index.js';
import { ActivitySample } from './activity-sample.js';
import { ActivityScan } from './activity.js';
import { LaneQuestions } from './lane-questions.js';
import { Questions } from './questions.js';

const ASKS: Term = tuple(atom('$gen_call'), localPid(1), atom('take'));
const SAYS: Term = tuple(atom('$gen_cast'), atom('note'));

/** Time in µs. */
function recordingOf(count: number): {
  recording: MemoryRecording;
  at: (
    us: number,
    kind: Parameters<MemoryRecording['add']>[0],
    process: number,
    rest?: Parameters<MemoryRecording['add']>[3],
  ) => number;
} {
  const recording = new MemoryRecording();
  for (let i = 0; i < count; i++)
    recording.addProcess({ number: 100 + i, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: undefined, name: `P${String(i)}`, label: undefined }); // prettier-ignore
  return { recording, at: (us, kind, process, rest) => recording.add(kind, us * 1_000, process, rest) };
}

/** A letter a µs: what the process did for most of it. */
function drawing(recording: MemoryRecording, process: number, fromUs: number, toUs: number): string {
  const bins = toUs - fromUs;
  const window = { fromNs: fromUs * 1_000, toNs: toUs * 1_000, bins, processes: [process] };
  const scan = new ActivityScan(recording, window);
  for (let turns = 0; !scan.complete; turns++) {
    expect(turns).toBeLessThan(100);
    scan.advance(0);
  }
  return Array.from({ length: bins }, (_, i) =>
    scan.runningNs[i]! >= 500 ? 'R' : scan.waitingNs[i]! >= 500 ? 'w' : '.',
  ).join('');
}

describe('what a process did', () => {
  it('is running in a callback, and waiting between a question and its answer', () => {
    const { recording, at } = recordingOf(2);
    const handle = at(2, 'handle', 1);
    at(4, 'send', 1, { peer: 2, terms: [SAYS] });
    at(5, 'send', 1, { peer: 2, terms: [ASKS] });
    at(7, 'arrive', 1, { peer: 2, terms: [atom('other')] });
    at(9, 'arrive', 1, { peer: 2, flags: Flags.TAKEN });
    at(12, 'handled', 1, { cause: handle });
    at(16, 'send', 2, { peer: 1, terms: [SAYS] });
    expect(drawing(recording, 1, 0, 16)).toBe('..RRRwwwwRRR....');
    // Of another window the same, whatever is open when it begins or ends.
    expect(drawing(recording, 1, 6, 10)).toBe('wwwR');
    expect(drawing(recording, 1, 0, 8)).toBe('..RRRwww');
    expect(drawing(recording, 2, 0, 16)).toBe('................');
  });

  it('is waiting too where the answer never came', () => {
    const { recording, at } = recordingOf(1);
    at(1, 'handle', 1);
    at(3, 'send', 1, { terms: [ASKS] });
    at(8, 'handled', 1, { cause: 1, flags: Flags.RAISED });
    at(8, 'exit', 1, { terms: [atom('timeout')] });
    at(10, 'gc', 1);
    expect(drawing(recording, 1, 0, 10)).toBe('.RRwwwww..');
    // What only said something and then failed did not wait.
    const other = recordingOf(1);
    other.at(1, 'handle', 1);
    other.at(3, 'send', 1, { terms: [SAYS] });
    other.at(8, 'exit', 1, { terms: [atom('boom')] });
    expect(drawing(other.recording, 1, 0, 9)).toBe('.RRRRRRR.');
  });

  it('ends with the outermost of calls inside calls', () => {
    const { recording, at } = recordingOf(1);
    const outer = at(1, 'call', 1);
    const inner = at(2, 'call', 1, { cause: outer });
    at(4, 'tail', 1, { cause: inner });
    at(6, 'return', 1, { cause: outer });
    at(9, 'gc', 1);
    expect(drawing(recording, 1, 0, 9)).toBe('.RRRRR...');
  });

  it('is what the scheduler says, where that is recorded', () => {
    const { recording, at } = recordingOf(1);
    at(1, 'schedule', 1, { flags: Flags.IN });
    const handle = at(2, 'handle', 1);
    at(4, 'schedule', 1);
    at(7, 'schedule', 1, { flags: Flags.IN });
    at(8, 'handled', 1, { cause: handle });
    at(8, 'send', 1, { terms: [SAYS] });
    at(9, 'schedule', 1);
    at(12, 'gc', 1);
    expect(drawing(recording, 1, 0, 12)).toBe('.RRRwwwRR...');
  });

  it('stays within its bins whatever the window', () => {
    const { recording, at } = recordingOf(1);
    const handle = at(0, 'handle', 1);
    at(100, 'handled', 1, { cause: handle });
    const scan = new ActivityScan(recording, { fromNs: 30_000, toNs: 31_000, bins: 3, processes: [1] });
    while (!scan.complete) scan.advance(0);
    expect([...scan.runningNs].map(Math.round)).toEqual([333, 333, 333]);
  });
});

describe('what lanes are sorted by', () => {
  const { recording, at } = recordingOf(3);
  const one = at(1, 'arrive', 1, { peer: 2 });
  const two = at(2, 'arrive', 1, { peer: 2 });
  at(3, 'arrive', 1, { peer: 2 });
  const handle = at(4, 'handle', 1, { cause: one });
  at(6, 'handled', 1, { cause: handle });
  at(7, 'handle', 1, { cause: two });
  at(9, 'send', 2, { peer: 1 });
  const lanes = new LaneQuestions(new Questions(recording));
  const figures = (figure: Parameters<LaneQuestions['figures']>[0]['figure']): Record<number, number> => {
    for (;;) {
      const { meta, columns } = lanes.figures({ figure });
      const { complete } = meta as { complete: boolean };
      const { process, value } = columns as { process: Uint32Array; value: Float64Array };
      if (complete) return Object.fromEntries([...process].map((id, i) => [id, value[i]!]));
    }
  };

  it('are events, messages, time, and the longest mailbox', () => {
    expect(figures('events')).toEqual({ 1: 6, 2: 1 });
    expect(figures('messages')).toEqual({ 1: 3, 2: 1 });
    expect(figures('running')).toEqual({ 1: 4_000 });
    expect(figures('mailbox')).toEqual({ 1: 3 });
    expect(figures('memory')).toEqual({});
  });
});

describe('what processes did in a long window, roughly', () => {
  /** In blocks of 65,536 events: in the first half one process runs, in the second the other. */
  const halves = (): { recording: MemoryRecording; endUs: number } => {
    const { recording, at } = recordingOf(2);
    const events = 150_000;
    for (const process of [1, 2]) {
      const from = (process - 1) * events;
      const handle = at(from, 'handle', process);
      for (let i = 1; i < events; i++) at(from + i, 'gc', process);
      at(from + events, 'handled', process, { cause: handle });
    }
    return { recording, endUs: 2 * events };
  };

  it('is as in the blocks that are looked at, a little with each turn', () => {
    const { recording, endUs } = halves();
    const window = { fromNs: 0, toNs: endUs * 1_000, bins: 10, processes: [1, 2] };
    const sample = new ActivitySample(recording, window, 10);
    for (let turns = 0; !sample.complete; turns++) {
      expect(turns).toBeLessThan(100);
      expect(sample.doneNs).toBeLessThanOrEqual(window.toNs);
      sample.advance(0);
    }
    const shares = (lane: number): number[] =>
      [...sample.runningNs.subarray(lane * 10, lane * 10 + 10)].map((ns) => Math.round((10 * ns) / sample.binNs) / 10);
    // The block in the middle holds both.
    expect([...shares(0).slice(0, 3), ...shares(1).slice(7)]).toEqual([1, 1, 1, 1, 1, 1]);
    expect([...shares(0).slice(7), ...shares(1).slice(0, 3)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...sample.waitingNs].every((ns) => ns === 0)).toBe(true);
  });

  it('is asked for by whoever looks at too much', () => {
    const { recording, endUs } = halves();
    const lanes = new LaneQuestions(new Questions(recording));
    const query = { fromNs: 0, toNs: endUs * 1_000, bins: 4, processes: [1] };
    let meta: { complete: boolean } = { complete: false };
    for (let turns = 0; !meta.complete && turns < 1_000; turns++)
      meta = lanes.activity({ ...query, roughly: true }).meta as { complete: boolean };
    expect(meta.complete).toBe(true);
  });
});
