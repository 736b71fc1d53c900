import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { termKey, type Term } from '../../term/index.js';
import { RecordingError } from '../errors.js';
import { redactRecording, repairRecording, sliceRecording, verifyRecording } from '../files/index.js';
import type { Recording } from '../query.js';
import { openRecording } from '../read/open.js';
import { Random, RandomCode, SlowCode, withTempDir } from '../testing/index.js';
import { createRecording } from '../write/writer.js';

/** Asks about random moments and compares with the model. */
function compare(recording: Recording, made: RandomCode, random: Random, moments: number, from = 0): void {
  const model = new SlowCode(made.rows, made.functions);
  const events = made.rows.length;
  for (let n = 0; n < moments; n++) {
    const seq = n === 0 ? from : from + random.below(events + 1 - from);
    const at = recording.momentOf(seq);
    const process = 1 + random.below(made.processes);
    const expected = model.stack(process, seq);
    const limit = random.chance(0.3) ? random.below(3) : 1000;
    const stack = recording.stack(process, at, limit);
    expect(stack.frames).toEqual(expected.slice(0, limit));
    expect(stack.more).toBe(Math.max(0, expected.length - limit));
    const frame = expected[random.below(expected.length)];
    const answer = recording.variables(process, at, frame && random.chance(0.7) ? frame.seq : undefined);
    const asked = expected.find((one) => one.seq === answer?.frame.seq);
    expect(answer?.frame).toEqual(asked ?? expected[0]);
    if (answer) expect(answer.variables).toEqual(model.variables(process, seq, answer.frame.seq));
    expect(recording.variables(process, at, seq + 1)).toBeUndefined();
    const module = `m${random.below(2)}`;
    if (from > 0) continue;
    expect(recording.lineValues(module, process, at)).toEqual(model.lineValues(module, process, seq));
    const to = recording.momentOf(seq + random.below(events + 1 - seq));
    expect(recording.lines(module, { from: at, to })).toEqual(model.lines(module, seq, to.seq));
    expect(recording.lines(module, { to, process })).toEqual(model.lines(module, 1, to.seq, process));
    expect(recording.lines(module)).toEqual(model.lines(module, 1, events));
    const line = 1 + random.below(48);
    for (const direction of [1, -1] as const) {
      const next = model.nextLine(module, line, seq, direction);
      expect(recording.nextLine({ module, line, from: at, direction })).toBe(next);
      const own = model.nextLine(module, line, seq, direction, process);
      expect(recording.nextLine({ module, line, from: at, direction, process })).toBe(own);
    }
    for (const name of made.tables.keys()) compareTable(recording, made, name, seq);
  }
}

/** What is said of a table is so; where it says that this is all, it is all. */
function compareTable(recording: Recording, made: RandomCode, name: string, seq: number): void {
  const { rows, complete } = recording.tableRows(name, recording.momentOf(seq));
  const really = made.tables.get(name)!.findLast((then) => then.seq <= seq)?.rows;
  const key = (term: Term): number => (term.kind === 'integer' ? Number(term.value) : NaN);
  for (const row of rows) {
    const value = really?.get(key(row.key));
    expect(row.value && termKey(row.value)).toBe(value && termKey(value));
    expect(row.seq).toBeLessThanOrEqual(seq);
  }
  if (complete) expect(rows.map((row) => key(row.key)).sort()).toEqual([...(really ?? []).keys()].sort());
}

describe('questions about functions from inside', () => {
  it.each(Array.from({ length: 12 }, (_, i) => i))('say what a slow model says (seed %i)', (seed) => {
    withTempDir((dir) => {
      const random = new Random(seed * 911 + 17);
      const path = join(dir, 'r.escope');
      const blockEvents = [3, 16, 100, 1000][seed % 4]!;
      const writer = createRecording({ path, startedAtMs: 0, blockEvents, segmentBlocks: 1 + random.below(6) });
      const made = new RandomCode(writer, seed);
      made.run(700);
      writer.close();
      const recording = openRecording(path, { cacheBytes: seed % 2 === 0 ? 2000 : 1 << 24 });
      compare(recording, made, random, 15);
      recording.close();
    });
  });

  it.each([0, 1, 2, 3])('say it while the recording grows (seed %i)', (seed) => {
    withTempDir((dir) => {
      const random = new Random(seed * 31 + 5);
      const path = join(dir, 'r.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: [7, 40, 300][seed % 3]!, segmentBlocks: 3 });
      const made = new RandomCode(writer, seed + 100);
      writer.flush();
      const recording = openRecording(path);
      for (let stage = 0; stage < 8; stage++) {
        made.run(made.rows.length + 1 + random.below(90));
        writer.flush();
        recording.refresh();
        compare(recording, made, random, 6);
      }
      writer.close();
      recording.close();
    });
  });
});

/** Stack and variables without the numbers of events, which are others in a copy. */
function seen(recording: Recording, process: number, seq: number): unknown {
  const at = recording.momentOf(seq);
  const { frames } = recording.stack(process, at);
  return frames.map((frame) => ({
    fn: functionText(recording, frame.fn),
    ns: frame.ns,
    args: frame.args && termKey(frame.args),
    line: frame.line,
    variables: recording
      .variables(process, at, frame.seq)
      ?.variables.map(({ name, line, value }) => `${name}:${line} ${termKey(value)}`),
  }));
}
function functionText(recording: Recording, fn: number): string {
  const { module, name, arity, line, depth } = recording.function(fn)!;
  return `${module}.${name}/${arity} ${line} ${depth}`;
}

describe('what stands when a window begins', () => {
  it.each([0, 1, 2, 3])('has calls and their variables (--keep, seed %i)', (seed) => {
    withTempDir((dir) => {
      const options = { startedAtMs: 0, blockEvents: [15, 40][seed % 2]!, segmentBlocks: 3 };
      const all = createRecording({ path: join(dir, 'all.escope'), ...options });
      const kept = createRecording({ path: join(dir, 'kept.escope'), ...options, keep: { ns: 40_000 } });
      const made = [all, kept].map((writer) => new RandomCode(writer, seed + 40));
      for (const one of made) one.run(900);
      for (const writer of [all, kept]) {
        writer.flush();
        writer.close();
      }
      const [whole, window] = ['all', 'kept'].map((name) => openRecording(join(dir, `${name}.escope`)));
      const from = window!.start().seq;
      expect(from).toBeGreaterThan(300);
      for (let seq = from; seq <= 900; seq += 11)
        for (let process = 1; process <= 4; process++)
          expect(seen(window!, process, seq)).toEqual(seen(whole!, process, seq));
      const seqs = { from: whole!.momentOf(from + 1) };
      for (const module of ['m0', 'm1']) {
        expect(window!.lines(module)).toEqual(whole!.lines(module, seqs));
        const lines = new Set(whole!.points(module).map(({ point }) => point?.line ?? 0));
        for (const line of lines) {
          const query = { module, line, from: window!.start(), direction: 1 as const };
          expect(window!.nextLine(query)).toBe(whole!.nextLine({ ...query, from: whole!.momentOf(from) }));
        }
      }
      for (const recording of [whole!, window!]) recording.close();
    });
  });
});

describe('a copy', () => {
  const source = { node: 0, module: 'm0', file: 'src/m0.erl', language: 'erlang' as const, text: 'f0(A) ->\n  secret = 1,\n  A.\n', why: undefined }; // prettier-ignore
  const scene = (dir: string, seed: number): { path: string; made: RandomCode } => {
    const path = join(dir, 'r.escope');
    const writer = createRecording({ path, startedAtMs: 0, blockEvents: 50, segmentBlocks: 3 });
    const made = new RandomCode(writer, seed);
    writer.addSource(source);
    writer.addSource({ ...source, module: 'elsewhere', text: undefined, why: 'no such file' });
    made.run(500);
    writer.close();
    writeFileSync(join(path, 'plan.json'), '{"functions": []}');
    return { path, made };
  };
  const sources = (recording: Recording): unknown[] =>
    recording.sources().map(({ module, text, why }) => ({ module, text, why }));

  it('of a part answers the same, and takes the sources along that it needs', () => {
    withTempDir((dir) => {
      const { path } = scene(dir, 3);
      const whole = openRecording(path);
      const out = join(dir, 'part.escope');
      sliceRecording(path, out, { from: whole.momentOf(200), to: whole.momentOf(400) });
      const part = openRecording(out);
      const keyframe = part.start().seq;
      for (let seq = 200; seq <= 400; seq += 5)
        for (const { id, number } of part.processes())
          expect(seen(part, id, keyframe + seq - 200)).toEqual(seen(whole, number - 9, seq));
      expect(sources(part)).toEqual([{ module: 'm0', text: source.text, why: undefined }]);
      expect(readFileSync(join(out, 'plan.json'), 'utf8')).toBe('{"functions": []}');
      expect(verifyRecording(out).problems).toEqual([]);
      for (const recording of [whole, part]) recording.close();
    });
  });

  it('without values has the shape of the code, but not its text', () => {
    withTempDir((dir) => {
      const { path } = scene(dir, 4);
      const out = join(dir, 'bare.escope');
      redactRecording(path, out, { values: true });
      const bare = openRecording(out);
      expect(sources(bare)).toEqual([
        { module: 'm0', text: undefined, why: 'taken out of this recording' },
        { module: 'elsewhere', text: undefined, why: 'no such file' },
      ]);
      expect(
        bare
          .points('m0')
          .filter(({ point }) => point)
          .every(({ point }) => point?.label === ''),
      ).toBe(true);
      expect(bare.lines('m0').length).toBeGreaterThan(3);
      expect([...bare.events({ kinds: ['line', 'call', 'table'] })].every(({ terms }) => terms.every(({ kind }) => kind === 'redacted'))).toBe(true); // prettier-ignore
      bare.close();
    });
  });

  it('without the values of a name has neither its variables nor the lines of source that set it', () => {
    withTempDir((dir) => {
      const { path } = scene(dir, 5);
      const out = join(dir, 'clean.escope');
      // `b` is a variable of every function with lines; `secret` is set in the source.
      redactRecording(path, out, { keys: ['b', 'secret'] });
      const clean = openRecording(out);
      expect(sources(clean)[0]).toMatchObject({ text: 'f0(A) ->\n‹redacted›\n  A.\n' });
      let values = 0;
      for (const event of clean.events({ kinds: ['line'] })) {
        const { names } = clean.function(event.fn)!.point!;
        const list = event.terms[0];
        if (list?.kind !== 'list') continue;
        list.elements.forEach((value, i) => expect(value.kind === 'redacted').toBe(names[i]?.name === 'b'));
        values += list.elements.length;
      }
      expect(values).toBeGreaterThan(20);
      clean.close();
    });
  });

  it('with any byte of its sources changed says so, or what they were', () => {
    withTempDir((dir) => {
      const { path } = scene(dir, 8);
      const whole = openRecording(path);
      const right = sources(whole);
      whole.close();
      const file = join(path, 'sources.log');
      const bytes = readFileSync(file);
      for (let at = 0; at < bytes.length; at++) {
        const harmed = Buffer.from(bytes);
        harmed[at]! ^= 1 << (at % 8);
        writeFileSync(file, harmed);
        const recording = openRecording(path);
        try {
          expect(sources(recording)).toEqual(right);
        } catch (error) {
          expect(error, `byte ${at}`).toBeInstanceOf(RecordingError);
        }
        recording.close();
      }
    });
  });

  it('after damage keeps the sources and points that are whole', () => {
    withTempDir((dir) => {
      const { path, made } = scene(dir, 6);
      const file = join(path, 'sources.log');
      const bytes = readFileSync(file);
      bytes[bytes.length - 3]! ^= 1;
      writeFileSync(file, bytes);
      expect(verifyRecording(path).problems).toMatchObject([{ file: 'sources.log' }]);
      const recording = openRecording(path);
      expect(() => recording.sources()).toThrow('sources.log is damaged');
      recording.close();
      const out = join(dir, 'whole.escope');
      repairRecording(path, out);
      const repaired = openRecording(out);
      expect(sources(repaired)).toEqual([{ module: 'm0', text: source.text, why: undefined }]);
      compare(repaired, made, new Random(1), 10);
      expect(verifyRecording(out).problems).toEqual([]);
      repaired.close();
    });
  });
});
