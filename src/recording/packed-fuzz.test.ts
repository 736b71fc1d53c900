/** Packed files that somebody made to hurt: ten thousand of them neither crash nor hang the reader, nor make it write more than allowed. */
import { describe, expect, it } from 'vitest';
import { RecordingError, createRecording, openRecording, verifyRecording } from './index.js';
import { crc32 } from './format/crc32.js';
import { Packer } from './format/zstd.js';
import { unpackRecording } from './files/index.js';
import { MemoryDisk, Random, RandomRecording } from './testing/index.js';

const FILES = Number(process.env['ELIXIRSCOPE_PACKS'] ?? 10_000);
const PATH = '/disk/r.escope';
const MAX_BYTES = 1 << 20;

interface Piece {
  unpacked: number;
  packed: number;
  sum: number;
  content: Uint8Array;
}
interface Entry {
  name: string;
  size: number;
  sum: number | undefined;
  pieces: Piece[];
}
interface Pack {
  magic: string;
  version: number;
  files: number;
  entries: Entry[];
  after: Uint8Array;
}

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const u64 = (value: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
const join = (parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const latin = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'utf8'));

function pieceOf(bytes: Uint8Array, packer: Packer): Piece {
  const frame = packer.pack(bytes).slice();
  const content = frame.length < bytes.length ? frame : bytes;
  return { unpacked: bytes.length, packed: content.length, sum: crc32(bytes), content };
}

/** As docs/formats/pack.md says, whatever stands in it. */
function write(pack: Pack): Uint8Array {
  const parts = [latin(pack.magic), u32(pack.version), u32(pack.files)];
  for (const { name, size, sum, pieces } of pack.entries) {
    const text = latin(name);
    const entry = join([Uint8Array.of(text.length & 0x7f), text, u64(size)]);
    parts.push(u32(entry.length), u32(sum ?? crc32(entry)), entry);
    for (const piece of pieces) parts.push(u32(piece.unpacked), u32(piece.packed), u32(piece.sum), piece.content);
  }
  return join([...parts, pack.after]);
}

const NAMES = ['../evil', '/etc/passwd', 'recording.json', 'a/b', '..', '', 'tail-000000000.log', 'segment-000001.seg', 'segment-999999999.seg', 'recording.json\0', 'con', 'x'.repeat(80), 'keyframe-000001.seg', 'RECORDING.JSON']; // prettier-ignore
const SIZES = [0, 1, 0xffff_ffff, 0x7fff_ffff, 1 << 20, (1 << 20) + 1, 2 ** 40, Number.MAX_SAFE_INTEGER];

/** Spoils a packed file in one to three places that mean something. */
function mutate(pack: Pack, random: Random, packer: Packer): Pack {
  const copy: Pack = { ...pack, entries: pack.entries.map((one) => ({ ...one, pieces: one.pieces.map((piece) => ({ ...piece })) })) }; // prettier-ignore
  const entry = (): Entry => copy.entries[random.below(copy.entries.length)]!;
  const size = (): number => SIZES[random.below(SIZES.length)]!;
  for (let n = random.below(3); n >= 0; n--) {
    const one = entry();
    const piece = one.pieces[random.below(one.pieces.length)];
    switch (random.below(14)) {
      case 0:
        one.name = NAMES[random.below(NAMES.length)]!;
        break;
      case 1:
        one.size = size();
        break;
      case 2:
        copy.version = random.below(4);
        break;
      case 3:
        copy.files = size() % 2 ** 32;
        break;
      case 4:
        if (piece) piece.unpacked = size() % 2 ** 32;
        break;
      case 5:
        if (piece) piece.packed = size() % 2 ** 32;
        break;
      case 6:
        one.sum = random.below(2 ** 32);
        break;
      case 7:
        copy.entries.splice(random.below(copy.entries.length), 1);
        copy.files = copy.entries.length;
        if (copy.entries.length === 0) return copy;
        break;
      case 8:
        copy.entries.push({ ...one });
        copy.files = copy.entries.length;
        break;
      case 9: {
        // A bomb: a frame that unpacks to far more than it says.
        const bomb = packer.pack(new Uint8Array(4 << 20)).slice();
        one.pieces = [{ unpacked: random.chance(0.5) ? 1 << 20 : 4 << 20, packed: bomb.length, sum: 0, content: bomb }];
        one.size = random.chance(0.5) ? 4 << 20 : 2 ** 45;
        break;
      }
      case 10:
        copy.after = new Uint8Array(random.below(40));
        break;
      default: {
        // Content that is well packed and wrong: the reader of recordings gets it.
        const bytes = Uint8Array.from({ length: random.below(600) + 1 }, () => random.below(256));
        const at = one.pieces[0];
        if (at === undefined) break;
        const spoiled = random.chance(0.4) ? bytes : spoil(at, random);
        one.pieces = [pieceOf(spoiled, packer)];
        one.size = spoiled.length;
      }
    }
  }
  return copy;
}

/** The content of a piece with some bytes changed, or cut. */
function spoil(piece: Piece, random: Random): Uint8Array {
  const bytes = piece.content.slice();
  for (let n = random.below(4); n >= 0; n--) bytes[random.below(bytes.length)] = random.below(256);
  return random.chance(0.2) ? bytes.subarray(0, 1 + random.below(bytes.length)) : bytes;
}

/** Only a RecordingError may come of it. */
function guarded(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    return false;
  }
}

function take(bytes: Uint8Array): 'refused' | 'taken' {
  const disk = new MemoryDisk();
  disk.put('/in.pack', bytes);
  let written = 0;
  disk.fault = (action, path, count) => {
    if (action === 'write') written += count;
    // Nothing is ever made but in the new folder.
    if (action === 'open' && path !== '/in.pack') expect(path).toMatch(/^\/disk\/\.?out[^/]*\/[a-z]+[-.][0-9a-z]+(\.(log|seg))?$/); // prettier-ignore
    return undefined;
  };
  const unpacked = guarded(() => void unpackRecording('/in.pack', '/disk/out', { maxBytes: MAX_BYTES, disk }));
  expect(written).toBeLessThanOrEqual(MAX_BYTES + (1 << 20));
  disk.fault = undefined;
  expect(disk.descriptors).toBe(0);
  if (!unpacked) {
    // Nothing is left of it.
    expect(disk.sizeOf('/disk/out')).toBeUndefined();
    expect(disk.list('/disk').filter((name) => name.includes('out'))).toEqual([]);
    return 'refused';
  }
  guarded(() => {
    const recording = openRecording('/disk/out', { disk, cacheBytes: 1 << 16 });
    try {
      const questions: (() => unknown)[] = [
        () => recording.info(),
        () => [...recording.events({})].length,
        () => recording.processesAt(recording.end()),
        () => recording.names(recording.end()),
        () => [1, 2, 3].map((id) => [recording.state(id, recording.end()), recording.mailbox(id, recording.end())]),
        () => recording.timeline({ fromNs: 0, toNs: 1e9, bins: 5, processes: [1, 2] }),
      ];
      for (const question of questions) guarded(question);
    } finally {
      recording.close();
    }
  });
  guarded(() => void verifyRecording('/disk/out', disk));
  return 'taken';
}

describe('a hostile packed file', () => {
  const source = new MemoryDisk();
  const writer = createRecording({ path: PATH, startedAtMs: 0, blockEvents: 20, segmentBlocks: 2, disk: source });
  new RandomRecording(writer, 9, 1000).run(70);
  writer.close();
  const packer = new Packer();
  const good: Pack = {
    magic: 'ESCOPEPK',
    version: 1,
    files: 0,
    entries: source.list(PATH).map((name) => {
      const bytes = source.bytes(`${PATH}/${name}`).slice();
      return { name, size: bytes.length, sum: undefined, pieces: [pieceOf(bytes, packer)] };
    }),
    after: new Uint8Array(0),
  };
  good.files = good.entries.length;
  // Pieces as they are, so that changing a byte changes the content.
  const plain: Pack = {
    ...good,
    entries: source.list(PATH).map((name) => {
      const content = source.bytes(`${PATH}/${name}`).slice();
      const piece = { unpacked: content.length, packed: content.length, sum: crc32(content), content };
      return { name, size: content.length, sum: undefined, pieces: [piece] };
    }),
  };

  it('is taken while it is a good one', () => {
    expect(take(write(good))).toBe('taken');
    expect(take(write(plain))).toBe('taken');
  });

  it.each(Array.from({ length: 4 }, (_, i) => i))(
    'neither crashes nor hangs the reader (part %i)',
    (part) => {
      const random = new Random(part + 40);
      const counts = { refused: 0, taken: 0 };
      for (let n = 0; n < FILES / 4; n++) {
        const bytes = write(random.chance(0.7) ? mutate(plain, random, packer) : good);
        // Whatever else may happen to a file.
        if (random.chance(0.3))
          for (let k = random.below(6); k >= 0; k--) bytes[random.below(bytes.length)] = random.below(256);
        const cut = random.chance(0.05) ? bytes.subarray(0, random.below(bytes.length)) : bytes;
        counts[take(random.chance(0.02) ? Uint8Array.from({ length: random.below(400) }, () => random.below(256)) : cut)]++; // prettier-ignore
      }
      expect(counts.refused).toBeGreaterThan(FILES / 20);
      expect(counts.taken).toBeGreaterThan(FILES / 40);
    },
    300_000,
  );
});
