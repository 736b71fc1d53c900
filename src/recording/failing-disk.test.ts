/** A disk that is full, does not sync, does not read, or gives back other bits than it was given: named errors, and nothing that is not so. */
import { describe, expect, it, vi } from 'vitest';
import { printTerm, type Term } from '../term/index.js';
import { RecordingError, createRecording, openRecording, repairRecording, verifyRecording } from './index.js';
import { MemoryDisk, Random, RandomRecording, SlowModel, systemError, type DiskAction } from './testing/index.js';

// Thousands of recordings are looked at: a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

const PATH = '/disk/r.escope';
const FLIPS = Number(process.env['ELIXIRSCOPE_FLIPS'] ?? 3000);

interface Scene {
  made: RandomRecording;
  /** Rows that were flushed. */
  safe: number;
  error: unknown;
}

/** Records until the disk fails. `room`: bytes that fit. */
function recordOn(disk: MemoryDisk, seed: number, close = true): Scene {
  const random = new Random(seed);
  const scene: Scene = { made: undefined as unknown as RandomRecording, safe: 0, error: undefined };
  try {
    const window = random.chance(0.3);
    const writer = createRecording({ path: PATH, startedAtMs: 0, blockEvents: 20, segmentBlocks: 2, disk, ...(window ? { keep: { ns: 30_000 } } : {}) }); // prettier-ignore
    scene.made = new RandomRecording(writer, seed, 1000);
    for (let i = 0; i < 12; i++) {
      scene.made.run(scene.made.rows.length + random.below(25));
      writer.flush();
      scene.safe = scene.made.rows.length;
    }
    if (close) writer.close();
  } catch (error) {
    scene.error = error;
  }
  return scene;
}

/** A disk on which so many bytes fit. What is removed or truncated gives its room back. */
function smallDisk(room: number): MemoryDisk {
  const disk = new MemoryDisk();
  const sizes = new Map<string, number>();
  disk.fault = (action, path, bytes) => {
    if (action !== 'write') return undefined;
    const own = disk.sizeOf(path) ?? 0;
    // What lies within a file that is there needs no room.
    if (path.endsWith('.spare') && own > bytes) return undefined;
    sizes.set(path, own);
    let used = 0;
    for (const name of [...sizes.keys()]) used += disk.sizeOf(name) ?? 0;
    const left = room - used;
    if (left <= 0) throw systemError('ENOSPC', path);
    return Math.min(bytes, left);
  };
  return disk;
}

function check(disk: MemoryDisk, scene: Scene, why: RegExp): void {
  disk.fault = undefined;
  expect(scene.error).toBeInstanceOf(RecordingError);
  expect((scene.error as Error).message).toMatch(why);
  if (disk.sizeOf(`${PATH}/recording.json`) === undefined) return expect(scene.safe).toBe(0);
  const recording = openRecording(PATH, { disk });
  const start = recording.start().seq;
  const seqs = [...recording.events({})].map(({ seq, ns }) => [seq, ns]);
  expect(seqs).toEqual(scene.made.rows.slice(start, start + seqs.length).map(({ seq, ns }) => [seq, ns]));
  expect(start + seqs.length).toBeGreaterThanOrEqual(scene.safe);
  const { brokeOff, gaps } = recording.info();
  if (scene.made.rows.length > 0) {
    expect(brokeOff?.why).toMatch(why);
    expect(gaps.at(-1)?.reason).toMatch(/recording broke off/);
  }
  recording.close();
  expect(disk.descriptors).toBe(0);
  if (scene.safe === 0) return;
  repairAndVerify(disk, seqs.length);
}

function repairAndVerify(disk: MemoryDisk, events: number): void {
  const json = JSON.parse(new TextDecoder().decode(disk.bytes(`${PATH}/recording.json`))) as Record<string, unknown>;
  const { crc: _, ...manifest } = json;
  disk.put(`${PATH}/recording.json`, new TextEncoder().encode(JSON.stringify({ ...manifest, writer: { host: 'elsewhere', pid: 1 } }))); // prettier-ignore
  repairRecording(PATH, '/disk/out.escope', disk);
  expect(verifyRecording('/disk/out.escope', disk)).toMatchObject({ sound: true, finished: true });
  const repaired = openRecording('/disk/out.escope', { disk });
  expect(repaired.info().gaps.some(({ reason }) => reason.includes('recording broke off'))).toBe(true);
  expect(repaired.info().events).toBeGreaterThanOrEqual(events);
  repaired.close();
}

describe('a recording on a disk that fails', () => {
  it('says that it broke off because the disk was full, wherever that was', () => {
    for (let seed = 0; seed < 150; seed++) {
      const disk = smallDisk(8192 + new Random(seed).below(20_000));
      const scene = recordOn(disk, seed);
      if (scene.error === undefined) continue;
      check(disk, scene, /the disk is full/);
    }
  });

  it.each<[DiskAction, string]>([
    ['sync', 'EIO'],
    ['write', 'EIO'],
    ['open', 'EMFILE'],
    ['rename', 'EIO'],
    ['syncFolder', 'EIO'],
  ])('names a failing %s', (action, code) => {
    let failed = 0;
    for (let seed = 0; seed < 40; seed++) {
      const disk = new MemoryDisk();
      let left = 3 + new Random(seed).below(30);
      let broken = false;
      disk.fault = (asked, path) => {
        // What is set aside for the last word works still.
        if (asked !== action || path.endsWith('.spare') || broken) return undefined;
        if (--left > 0) return undefined;
        broken = true;
        throw systemError(code, path);
      };
      const scene = recordOn(disk, seed);
      if (scene.error === undefined) continue;
      failed++;
      check(disk, scene, /the disk reports an error|too many files are open/);
    }
    expect(failed).toBeGreaterThan(5);
  });

  it('goes on failing, and leaves no file open', () => {
    const disk = new MemoryDisk();
    const writer = createRecording({ path: PATH, startedAtMs: 0, blockEvents: 20, disk });
    const made = new RandomRecording(writer, 1, 1000);
    made.run(30);
    writer.flush();
    disk.fault = (action, path) => {
      if (action === 'write') throw systemError('ENOSPC', path);
      return undefined;
    };
    const more = (): void => {
      made.run(made.rows.length + 5);
      writer.flush();
    };
    expect(more).toThrow(/r\.escope cannot be written: the disk is full/);
    expect(more).toThrow(/the disk is full/);
    expect(() => {
      writer.close();
    }).toThrow(/the disk is full/);
    expect(disk.descriptors).toBe(0);
  });

  it('names reads that fail, and answers when they work again', () => {
    const random = new Random(5);
    const disk = new MemoryDisk();
    recordOn(disk, 3, false);
    for (let n = 0; n < 300; n++) {
      let left = random.below(40);
      disk.fault = (action, path) => {
        if ((action === 'read' || action === 'open') && --left === 0) throw systemError('EIO', path);
        return undefined;
      };
      let failed: unknown;
      try {
        const recording = openRecording(PATH, { disk, cacheBytes: 1000 });
        try {
          for (const id of [1, 2, 3]) recording.state(id, recording.end());
          for (const { seq } of recording.events({})) if (seq === 0) break;
        } finally {
          recording.close();
        }
      } catch (error) {
        failed = error;
      }
      if (failed !== undefined) {
        expect(failed).toBeInstanceOf(RecordingError);
        expect((failed as Error).message).toMatch(/the disk reports an error \(EIO\)/);
      }
    }
    disk.fault = undefined;
    const recording = openRecording(PATH, { disk });
    expect([...recording.events({})].length).toBe(recording.info().events);
    recording.close();
  });
});

const text = (term: Term | undefined): string | undefined => term && printTerm(term, { syntax: 'erlang' });

describe('flipped bits', () => {
  /** What is asked, each answer as text; an error where that is the answer. */
  const answers = (disk: MemoryDisk): (string | undefined)[] => {
    let recording: ReturnType<typeof openRecording>;
    try {
      recording = openRecording(PATH, { disk, cacheBytes: 1 << 20 });
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      return [];
    }
    // Cut short or with a name less, the recording says so; every answer that is given then is about what is left.
    let damaged = true;
    let end = recording.end();
    let middle = end;
    try {
      damaged = recording.info().gaps.some(({ reason }) => reason.includes('damage'));
      end = recording.end();
      middle = recording.momentOf(Math.floor((recording.start().seq + end.seq) / 2));
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      damaged = true;
    }
    if (damaged) {
      recording.close();
      return [];
    }
    const asked: (() => unknown)[] = [
      () => end,
      () => [...recording.events({})].map(({ terms, ...event }) => [event, terms.map(text)]),
      () => recording.processes(),
      ...[1, 2, 3, 4].flatMap((id) =>
        [middle, end].map((at) => () => [
          text(recording.state(id, at)?.value),
          recording.links(id, at),
          recording.mailbox(id, at).messages.map(({ seq }) => seq),
        ]),
      ),
      () => recording.names(middle),
      () => recording.names(end),
      () => [...recording.history(2)].map(({ seq, cause }) => [seq, cause?.seq]),
      () => recording.timeline({ fromNs: middle.ns, toNs: end.ns + 1, bins: 9, processes: [1, 2, 3] }),
      () => [1, 2, 3].map((fn) => recording.function(fn)),
    ];
    const told = asked.map((question) => {
      try {
        return JSON.stringify(question(), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      } catch (error) {
        if (!(error instanceof RecordingError)) throw error;
        return undefined;
      }
    });
    recording.close();
    return told;
  };

  it.each([false, true])(
    'give a named error or the right answer, in every file (closed: %s)',
    (closed) => {
      const random = new Random(closed ? 1 : 2);
      const disk = new MemoryDisk();
      const writer = createRecording({ path: PATH, startedAtMs: 0, blockEvents: 25, segmentBlocks: 2, disk, ...(closed ? {} : { keep: { ns: 60_000 } }) }); // prettier-ignore
      const made = new RandomRecording(writer, 77, 1000);
      made.run(closed ? 130 : 230);
      writer.flush();
      if (closed) writer.close();
      const whole = answers(disk);
      expect(whole.length).toBeGreaterThan(10);
      const model = new SlowModel(made.rows, made.processes);
      expect(model.rows.length).toBe(made.rows.length);
      const names = disk.list(PATH).filter((name) => !name.endsWith('.spare'));
      expect(names.some((name) => name.startsWith('keyframe'))).toBe(!closed);
      let refused = 0;
      for (let n = 0; n < FLIPS / 2; n++) {
        const file = `${PATH}/${names[n % names.length]!}`;
        const bytes = disk.bytes(file);
        const flips = Array.from(
          { length: 1 + random.below(3) },
          () => [random.below(bytes.length), 1 << random.below(8)] as const,
        );
        for (const [at, bit] of flips) bytes[at]! ^= bit;
        const told = answers(disk);
        told.forEach((answer, i) => {
          // An end that is cut off is an end: a recorder may have been killed there.
          if (answer !== undefined && told[0] === whole[0]) expect(answer, `${file} ${JSON.stringify(flips)} question ${i}`).toBe(whole[i]); // prettier-ignore
        });
        if (told.length === 0 || told.includes(undefined)) refused++;
        for (const [at, bit] of flips) bytes[at]! ^= bit;
      }
      expect(refused).toBeGreaterThan(FLIPS / 8);
      expect(answers(disk)).toEqual(whole);
    },
    120_000,
  );
});
