/**
 * Nothing lost: recordings whose recorder was killed, or whose machine lost its power, at ten thousand random places (docs/formats/recording.md,
 * "What survives"). The disk is one in memory that knows each of its pasts; ELIXIRSCOPE_KILLS sets how many are looked at.
 */
import { describe, expect, it } from 'vitest';
import { printTerm, type Term } from '../term/index.js';
import type { Disk } from './disk.js';
import { RecordingError, createRecording, openRecording, repairRecording, verifyRecording } from './index.js';
import { EVENT_KINDS } from './model.js';
import type { Recording } from './query.js';
import { MemoryDisk, Random, RandomRecording, SlowModel, type DiskStep, type ModelRow } from './testing/index.js';

const KILLS = Number(process.env['ELIXIRSCOPE_KILLS'] ?? 10_000);
const POWER_LOSSES = KILLS / 10;
/** Places at which one recording is broken off. */
const EACH = 25;
const PATH = '/disk/r.escope';

interface Run {
  steps: readonly DiskStep[];
  made: RandomRecording;
  window: boolean;
  /** So many steps in, so many rows were safe: from a kill, and from a loss of power. */
  flushed: { step: number; rows: number }[];
  sealed: { step: number; rows: number }[];
}

/** A recording of some hundred events with what its recorder promised when. */
function record(seed: number): Run {
  const random = new Random(seed);
  const disk = new MemoryDisk({ log: true });
  const window = random.chance(0.25);
  const blockEvents = [6, 20, 50][random.below(3)]!;
  const segmentBlocks = 1 + random.below(3);
  const writer = createRecording({
    path: PATH,
    startedAtMs: 0,
    blockEvents,
    segmentBlocks,
    disk,
    ...(window ? { keep: { ns: 20_000 } } : {}),
  });
  const steps = disk.steps!;
  const flushed: Run['flushed'] = [];
  const sealed: Run['sealed'] = [];
  const made = new RandomRecording(writer, seed, 1000);
  for (let stage = 2 + random.below(6); stage >= 0; stage--) {
    for (let n = random.below(30); n > 0; n--) {
      const before = steps.length;
      made.run(made.rows.length + 1);
      // The last thing that is done when a segment is full. Without a window all of them have as many rows.
      const full = blockEvents * segmentBlocks;
      if (steps.length > before && !window) sealed.push({ step: steps.length, rows: made.rows.length - (made.rows.length % full) }); // prettier-ignore
    }
    if (stage === 0 && random.chance(0.4)) {
      writer.close();
      sealed.push({ step: steps.length, rows: made.rows.length });
    } else if (random.chance(0.8)) writer.flush();
    else continue;
    flushed.push({ step: steps.length, rows: made.rows.length });
  }
  return { steps, made, window, flushed, sealed };
}

const promised = (marks: Run['flushed'], step: number): number =>
  marks.findLast((mark) => mark.step <= step)?.rows ?? 0;

/** The recorder is gone: another process may have its number. */
function leave(disk: MemoryDisk): boolean {
  const file = `${PATH}/recording.json`;
  if (disk.sizeOf(file) === undefined) return false;
  try {
    const { crc: _, ...manifest } = JSON.parse(new TextDecoder().decode(disk.bytes(file))) as Record<string, unknown>;
    disk.put(file, new TextEncoder().encode(JSON.stringify({ ...manifest, writer: { host: 'elsewhere', pid: 1 } })));
    return true;
  } catch {
    return false;
  }
}

const text = (term: Term | undefined): string | undefined => term && printTerm(term, { syntax: 'erlang' });
/** Causes before a window stand elsewhere or are not known any more. */
const within = (cause: number, start: number): number => (cause > start ? cause : 0);
const ofRow =
  (start: number) =>
  ({ seq, ns, kind, flags, process, peer, fn, cause, terms }: ModelRow): string =>
    JSON.stringify([seq, ns, EVENT_KINDS[kind], flags, process, process === 0 ? 0 : peer, fn, within(cause, start), terms.map(text)]); // prettier-ignore

/** Events as text, as far as they can be read. */
function told(recording: Recording): { events: string[]; broken: boolean } {
  const events: string[] = [];
  const start = recording.start().seq;
  try {
    for (const { seq, ns, kind, flags, process, peer, fn, cause, terms } of recording.events({}))
      events.push(JSON.stringify([seq, ns, kind, flags, process, peer, fn, within(cause, start), terms.map(text)]));
    return { events, broken: false };
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    return { events, broken: true };
  }
}

/** Some questions about what is there, each answered as looking at all rows answers it. */
function compare(recording: Recording, run: Run, random: Random): void {
  const end = recording.end().seq;
  const start = recording.start().seq;
  const model = new SlowModel(run.made.rows.slice(0, end), run.made.processes);
  const at = recording.momentOf(start + random.below(end - start + 1));
  const count = recording.processes().length;
  if (count === 0) return;
  const process = 1 + random.below(Math.min(count, run.made.processes.length));
  expect(recording.alive(process, at)).toBe(model.alive(process, at.seq));
  // A window keeps nothing of the dead.
  if (run.window && !model.alive(process, at.seq)) return;
  const state = recording.state(process, at);
  const expected = model.state(process, at);
  expect([state?.ns, text(state?.value)]).toEqual([expected?.ns, text(expected?.value)]);
  expect(recording.links(process, at)).toEqual(model.links(process, at.seq));
  if (run.window) return;
  expect(state).toEqual(expected);
  expect(recording.mailbox(process, at)).toMatchObject(model.mailbox(process, at));
  expect([...recording.stateChanges(process, at)]).toEqual(model.stateChanges(process, at.seq));
}

/** After `verify` and `repair` everything is whole, and nothing that could be read before is gone. */
function repaired(disk: Disk, window: boolean, known: readonly string[], killed: boolean): void {
  const before = verifyRecording(PATH, disk);
  if (killed) expect(before.problems.filter(({ unfinished }) => !unfinished)).toEqual([]);
  const repair = repairRecording(PATH, '/disk/out.escope', disk);
  const path = repair.problems.length === 0 ? PATH : '/disk/out.escope';
  expect(verifyRecording(path, disk)).toMatchObject({ sound: true, finished: true, problems: [] });
  const recording = openRecording(path, { disk });
  const after = told(recording);
  expect(after.broken).toBe(false);
  // What stands before a window may take other numbers, and then all after it does.
  const plain = (event: string): string => (window ? event.replace(/^\[\d+,|\d+,(?=\[)/g, '') : event);
  expect(after.events.slice(0, known.length).map(plain)).toEqual(known.map(plain));
  recording.close();
}

function kill(run: Run, random: Random, repair: boolean): void {
  const step = random.below(run.steps.length + 1);
  const next = run.steps[step];
  const torn = next?.do === 'write' && random.chance(0.7) ? random.below(next.bytes.length) : 0;
  const disk = MemoryDisk.killed(run.steps, step, torn);
  const safe = promised(run.flushed, step);
  if (!leave(disk)) {
    // Not even the first manifest was written.
    expect(safe).toBe(0);
    expect(() => openRecording(PATH, { disk })).toThrow(RecordingError);
    return;
  }
  const recording = openRecording(PATH, { disk });
  const { events, broken } = told(recording);
  const start = recording.start().seq;
  expect(broken).toBe(false);
  expect(events).toEqual(run.made.rows.slice(start, start + events.length).map(ofRow(start)));
  expect(start + events.length).toBeGreaterThanOrEqual(safe);
  expect(recording.info().gaps.filter(({ reason }) => reason.includes('damaged'))).toEqual([]);
  compare(recording, run, random);
  recording.close();
  expect(disk.descriptors).toBe(0);
  if (repair) repaired(disk, run.window, events, true);
}

function cutPower(run: Run, random: Random): void {
  const step = random.below(run.steps.length + 1);
  const disk = MemoryDisk.unpowered(run.steps, step, random);
  const safe = promised(run.sealed, step);
  const readable = leave(disk);
  if (!readable && safe === 0) return;
  expect(readable).toBe(true);
  let events: string[] = [];
  try {
    const recording = openRecording(PATH, { disk });
    try {
      const start = recording.start().seq;
      ({ events } = told(recording));
      // Names may be lost where nothing was sealed; they are shown as what they are: `'atom#14'`.
      const nameless = events.map((event) => event.includes("'atom#"));
      const sure = (event: string, i: number): boolean => !nameless[i] && event !== '';
      const rows = run.made.rows.slice(start, start + events.length).map(ofRow(start));
      expect(events.filter(sure)).toEqual(rows.filter(sure));
      expect(nameless.slice(0, Math.max(0, safe - start))).not.toContain(true);
      expect(start + events.length).toBeGreaterThanOrEqual(safe);
      if (recording.info().gaps.every(({ reason }) => !reason.includes('damaged')) && !nameless.includes(true))
        compare(recording, run, random);
    } finally {
      recording.close();
    }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
  }
  expect(disk.descriptors).toBe(0);
  repaired(disk, run.window, run.window ? [] : run.made.rows.slice(0, safe).map(ofRow(0)), false);
}

describe('a recording whose recorder was killed', () => {
  const groups = 10;
  it.each(Array.from({ length: groups }, (_, i) => i))(
    'has all that was flushed, tells no lie, and can be repaired (part %i)',
    (group) => {
      const recordings = Math.ceil(KILLS / EACH / groups);
      for (let n = 0; n < recordings; n++) {
        const seed = group * recordings + n;
        const run = record(seed);
        const random = new Random(seed + 1e6);
        for (let k = 0; k < EACH; k++) kill(run, random, k % 3 === 0);
      }
    },
    600_000,
  );
});

describe('a recording whose machine lost its power', () => {
  it('has all segments that were sealed, and tells no lie about the rest', () => {
    for (let seed = 0; seed < POWER_LOSSES / EACH; seed++) {
      const run = record(seed + 5e5);
      const random = new Random(seed + 2e6);
      for (let k = 0; k < EACH; k++) cutPower(run, random);
    }
  }, 600_000);
});
