import {
  copyFileSync,
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordingError } from '../errors.js';
import { crc32 } from '../format/crc32.js';
import { BLOCK_HEADER_BYTES, COLUMNS } from '../format/layout.js';
import { SEGMENT_HEAD_BYTES } from '../format/segment-file.js';
import { Packer, Unpacker } from '../format/zstd.js';
import { EVENT_KINDS } from '../model.js';
import type { Recording } from '../query.js';
import { createRecording } from '../write/writer.js';
import { openRecording } from './open.js';
import { Random, RandomRecording, type ModelRow, withTempDir } from '../testing/index.js';

/** Asks a bit of everything, each question through `guard`. */
function askEverything(
  recording: ReturnType<typeof openRecording>,
  guard: (question: () => unknown) => void = onlyRecordingError,
): void {
  const end = recording.end();
  const processes = [1, 2, 3, 900];
  const questions: (() => unknown)[] = [
    () => recording.info(),
    () => [...recording.events({})],
    () => [...recording.events({ processes: [1], functions: [1, 2] }, { reverse: true })],
    () => processes.map((p) => [recording.state(p, end), recording.mailbox(p, end), recording.links(p, end)]),
    () => processes.map((p) => [...recording.stateChanges(p, end)]),
    () => recording.processesAt(recording.momentAt(end.ns / 2)),
    () => recording.timeline({ fromNs: 0, toNs: end.ns + 1, bins: 7, processes }),
    () => recording.timeline({ fromNs: 0, toNs: 1e12, bins: 7, processes }),
    () => [...recording.blocks()].map((block) => [block.ns(), block.causes(), block.peers(), block.functions()]),
    () => recording.slices({ fromNs: 0, toNs: end.ns, processes, limit: 50 }),
    () => recording.arrows({ fromNs: 0, toNs: end.ns, processes, limit: 50 }),
    () => [recording.function(1), recording.findProcess('name1'), recording.findProcess('<0.11.0>')],
  ];
  for (const question of questions) guard(question);
}

/** Whatever is wrong with the files may only show as a RecordingError. */
function onlyRecordingError(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
  }
}

/** The events of a recording, which must be the first ones of the model. */
function expectPrefix(recording: Recording, rows: readonly ModelRow[]): number {
  const events = [...recording.events({})];
  expect(events.length).toBeLessThanOrEqual(rows.length);
  events.forEach((event, i) => {
    const row = rows[i]!;
    expect([event.seq, event.ns, event.kind, event.process, event.cause]).toEqual([
      row.seq,
      row.ns,
      EVENT_KINDS[row.kind],
      row.process,
      row.cause,
    ]);
  });
  return events.length;
}

/** Reads, changes and writes a file. */
function change(file: string, edit: (bytes: Buffer) => Uint8Array): void {
  writeFileSync(file, edit(readFileSync(file)));
}

describe('a recording whose recorder was killed', () => {
  it.each(Array.from({ length: 12 }, (_, i) => i))(
    'has all that was flushed, wherever a file ends (seed %i)',
    (seed) => {
      withTempDir((dir) => {
        const random = new Random(seed + 5000);
        const path = join(dir, 'r.escope');
        const writer = createRecording({ path, startedAtMs: 0, blockEvents: 50, segmentBlocks: 3 });
        const made = new RandomRecording(writer, seed, 1000);
        // After each flush: how long each file was, and how many events were safe.
        const flushes: { sizes: Map<string, number>; events: number }[] = [];
        for (let i = 0; i < 12; i++) {
          made.run(made.rows.length + random.below(40));
          writer.flush();
          const sizes = new Map(readdirSync(path).map((name) => [name, statSync(join(path, name)).size]));
          flushes.push({ sizes, events: made.rows.length });
        }
        // A copy is what a kill leaves behind. The manifest is replaced as a whole, so it is never cut.
        const killed = join(dir, 'killed.escope');
        const names = readdirSync(path).filter((name) => name !== 'recording.json');
        for (const name of names) {
          for (let n = 0; n < 6; n++) {
            rmSync(killed, { recursive: true, force: true });
            cpSync(path, killed, { recursive: true });
            const size = statSync(join(killed, name)).size;
            const cut = n === 0 ? size : random.below(size + 1);
            truncateSync(join(killed, name), cut);
            const safe = flushes.filter(({ sizes }) =>
              [...sizes].every(([file, bytes]) => file === 'recording.json' || sizeOf(join(killed, file)) >= bytes),
            );
            const recording = openRecording(killed);
            expect(expectPrefix(recording, made.rows)).toBeGreaterThanOrEqual(safe.at(-1)?.events ?? 0);
            askEverything(recording);
            recording.close();
          }
        }
        writer.close();
      });
    },
  );

  it('goes on with the tail when its last block was cut while it was sealed', () => {
    withTempDir((dir) => {
      const path = join(dir, 'r.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: 100, segmentBlocks: 3 });
      const made = new RandomRecording(writer, 4, 1000);
      made.run(90);
      writer.flush();
      const events = made.rows.length;
      const tail = 'tail-000000000.log';
      copyFileSync(join(path, tail), join(dir, tail));
      made.run(120);
      expect(existsSync(join(path, tail))).toBe(false);
      copyFileSync(join(dir, tail), join(path, tail));
      const segment = join(path, 'segment-000001.seg');
      truncateSync(segment, statSync(segment).size - 10);
      const recording = openRecording(path);
      expect(expectPrefix(recording, made.rows)).toBe(events);
      recording.close();
      writer.close();
    });
  });

  it('says that a segment in the middle is cut or gone', () => {
    withTempDir((dir) => {
      const path = join(dir, 'r.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: 10, segmentBlocks: 2 });
      const made = new RandomRecording(writer, 4, 1000);
      made.run(100);
      writer.close();
      const second = join(path, 'segment-000002.seg');
      truncateSync(second, statSync(second).size >> 1);
      const cut = openRecording(path);
      expect(expectPrefix(cut, made.rows)).toBeLessThan(40);
      expect(cut.info().gaps.at(-1)?.reason).toContain('segment 2 is cut off');
      cut.close();
      rmSync(second);
      const gone = openRecording(path);
      expect(expectPrefix(gone, made.rows)).toBe(20);
      expect(gone.info().gaps.at(-1)?.reason).toContain('segment 2 is missing');
      gone.close();
    });
  });
});

describe('hostile files', () => {
  const scene = (dir: string, seed: number): { path: string; made: RandomRecording } => {
    const path = join(dir, 'r.escope');
    const writer = createRecording({ path, startedAtMs: 0, blockEvents: 120, segmentBlocks: 2 });
    const made = new RandomRecording(writer, seed, 1000);
    made.run(400);
    writer.flush();
    // Left open on purpose: sealed and unsealed segments and a tail are there.
    return { path, made };
  };

  it('never end in anything but an answer or a RecordingError, whatever bytes change', () => {
    withTempDir((dir) => {
      const { path } = scene(dir, 1);
      const random = new Random(99);
      const copy = join(dir, 'copy.escope');
      for (let n = 0; n < 120; n++) {
        rmSync(copy, { recursive: true, force: true });
        cpSync(path, copy, { recursive: true });
        const names = readdirSync(copy);
        change(join(copy, names[random.below(names.length)]!), (bytes) => {
          for (let k = 0; k <= random.below(4); k++) bytes[random.below(bytes.length)] = random.below(256);
          return bytes;
        });
        onlyRecordingError(() => {
          const recording = openRecording(copy);
          askEverything(recording);
          recording.close();
        });
      }
    });
  });

  it('do so too when their checksums are right', () => {
    withTempDir((dir) => {
      const { path } = scene(dir, 2);
      const random = new Random(7);
      const copy = join(dir, 'copy.escope');
      const poke = (bytes: Uint8Array, from: number, to: number): void => {
        for (let k = 0; k <= random.below(3); k++)
          bytes[from + random.below(to - from)] = random.chance(0.3) ? 255 : random.below(256);
      };
      const edits: Record<string, (bytes: Buffer) => Uint8Array> = {
        'segment-000002.seg': (bytes) => {
          const at = SEGMENT_HEAD_BYTES;
          poke(bytes, at + 8, at + BLOCK_HEADER_BYTES);
          bytes.writeUInt32LE(crc32(bytes, at + 8, at + BLOCK_HEADER_BYTES), at + 4);
          return bytes;
        },
        'dictionary.log': (bytes) => {
          const length = bytes.readUInt32LE(0);
          poke(bytes, 8, 8 + length);
          bytes.writeUInt32LE(crc32(bytes, 8, 8 + length), 4);
          return bytes;
        },
        'tail-000000003.log': (bytes) => {
          const unpacked = bytes.readUInt32LE(20);
          const body = new Unpacker().unpack(bytes.subarray(32, 32 + bytes.readUInt32LE(24)), unpacked);
          poke(body, 0, Math.min(body.length, 2000));
          const frame = new Packer().pack(body);
          const out = Buffer.concat([bytes.subarray(0, 32), frame]);
          out.writeUInt32LE(frame.length, 24);
          if (random.chance(0.3)) poke(out, 8, 32);
          out.writeUInt32LE(crc32(out, 8, 32), 4);
          return out;
        },
      };
      for (let n = 0; n < 150; n++) {
        rmSync(copy, { recursive: true, force: true });
        cpSync(path, copy, { recursive: true });
        const [name, edit] = Object.entries(edits)[n % 3]!;
        change(join(copy, name), edit);
        onlyRecordingError(() => {
          const recording = openRecording(copy);
          askEverything(recording);
          recording.close();
        });
      }
    });
  });

  it('do so too when a column holds anything', () => {
    withTempDir((dir) => {
      const path = join(dir, 'r.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: 120 });
      const made = new RandomRecording(writer, 3, 1000);
      made.run(125);
      writer.flush();
      const random = new Random(11);
      const original = readFileSync(join(path, 'segment-000001.seg'));
      const at = SEGMENT_HEAD_BYTES;
      const table = at + 48;
      for (let n = 0; n < 260; n++) {
        const column = n % COLUMNS;
        const sizes = Array.from({ length: COLUMNS }, (_, c) => original.readUInt32LE(table + c * 8));
        const from = at + BLOCK_HEADER_BYTES + sizes.slice(0, column).reduce((sum, size) => sum + size, 0);
        const unpacked = original.readUInt32LE(table + column * 8 + 4);
        const body = new Unpacker().unpack(original.subarray(from, from + sizes[column]!), unpacked);
        for (let k = 0; k <= random.below(3) && body.length > 0; k++)
          body[random.below(body.length)] = random.below(256);
        const frame = new Packer().pack(body);
        const bytes = Buffer.concat([original.subarray(0, from), frame, original.subarray(from + sizes[column]!)]);
        bytes.writeUInt32LE(frame.length, table + column * 8);
        bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at + 32) + BigInt(frame.length - sizes[column]!), at + 32);
        bytes.writeUInt32LE(crc32(bytes, at + 8, at + BLOCK_HEADER_BYTES), at + 4);
        writeFileSync(join(path, 'segment-000001.seg'), bytes);
        onlyRecordingError(() => {
          const recording = openRecording(path);
          askEverything(recording);
          recording.close();
        });
      }
      writer.close();
    });
  });

  it('say what is wrong and what to do', () => {
    withTempDir((dir) => {
      expect(() => openRecording(join(dir, 'nothing'))).toThrow(/not a recording.*NAME\.escope/);
      const { path } = scene(dir, 3);
      const manifest = join(path, 'recording.json');
      change(manifest, (bytes) => Buffer.from(bytes.toString().replace('"format": 1', '"format": 2')));
      expect(() => openRecording(path)).toThrow(/newer ElixirScope \(format 2\); update/);
      writeFileSync(manifest, '{"format": 1}');
      expect(() => openRecording(path)).toThrow(/recording\.json is damaged: startedAtMs/);
      writeFileSync(manifest, 'nonsense');
      expect(() => openRecording(path)).toThrow(RecordingError);
    });
  });
});

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? -1;
}
