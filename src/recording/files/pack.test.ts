import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordingError } from '../errors.js';
import { ByteWriter } from '../format/bytes.js';
import { crc32 } from '../format/crc32.js';
import { Packer } from '../format/zstd.js';
import { Random, RandomRecording, withTempDir } from '../testing/index.js';
import { createRecording } from '../write/writer.js';
import { packRecording } from './pack.js';
import { isPacked, unpackRecording } from './unpack.js';

function scene(dir: string): string {
  const path = join(dir, 'r.escope');
  const writer = createRecording({ path, startedAtMs: 0, blockEvents: 100, segmentBlocks: 2 });
  new RandomRecording(writer, 1, 1000).run(700);
  writer.close();
  return path;
}

/** A packed file by hand. */
function forge(
  files: { name: string; size: number; pieces: { bytes: number; content: Uint8Array; sum: number }[] }[],
  version = 1,
): Uint8Array {
  // prettier-ignore
  const out = new ByteWriter();
  out.raw(new TextEncoder().encode('ESCOPEPK'));
  out.u32(version);
  out.u32(files.length);
  for (const { name, size, pieces } of files) {
    const entry = new ByteWriter();
    entry.text(name);
    entry.u64(size);
    out.u32(entry.size);
    out.u32(crc32(entry.bytes()));
    out.raw(entry.bytes());
    for (const { bytes, content, sum } of pieces) {
      out.u32(bytes);
      out.u32(content.length);
      out.u32(sum);
      out.raw(content);
    }
  }
  return out.bytes();
}
const plain = (text: string): { bytes: number; content: Uint8Array; sum: number }[] => {
  const content = new TextEncoder().encode(text);
  return [{ bytes: content.length, content, sum: crc32(content) }];
};

describe('a packed recording', () => {
  it('unpacks to the same files', () => {
    withTempDir((dir) => {
      const path = scene(dir);
      const file = join(dir, 'r.escope.pack');
      expect(packRecording(path, file).files).toBe(readdirSync(path).length);
      expect(isPacked(file)).toBe(true);
      expect(isPacked(path)).toBe(false);
      const out = join(dir, 'sub', 'again.escope');
      unpackRecording(file, out);
      expect(readdirSync(out)).toEqual(readdirSync(path));
      for (const name of readdirSync(path))
        expect(readFileSync(join(out, name))).toEqual(readFileSync(join(path, name)));
      expect(() => packRecording(path, file)).toThrow(/exists already/);
      expect(() => unpackRecording(file, path)).toThrow(/not empty/);
      expect(() => unpackRecording(file, join(dir, 'small'), { maxBytes: 100 })).toThrow(/--max/);
      expect(readdirSync(dir).sort()).toEqual(['r.escope', 'r.escope.pack', 'sub']);
    });
  });

  it('is refused with a reason when it is hostile', () => {
    withTempDir((dir) => {
      const file = join(dir, 'x.pack');
      const out = join(dir, 'out');
      const refused = (bytes: Uint8Array, why: RegExp): void => {
        writeFileSync(file, bytes);
        expect(() => unpackRecording(file, out)).toThrow(why);
        expect(() => unpackRecording(file, out)).toThrow(RecordingError);
        expect(existsSync(out)).toBe(false);
        expect(readdirSync(dir)).toEqual(['x.pack']);
      };
      for (const name of [
        '../evil',
        '/etc/passwd',
        'a/recording.json',
        'segment-000001.seg/../x',
        '..',
        '',
        'recording.json\0',
        'tail-1.log',
        'link',
        'segment-000001.seg\n',
      ])
        // prettier-ignore
        refused(forge([{ name, size: 1, pieces: plain('x') }]), /which no recording has|too long/);
      const manifest = { name: 'recording.json', size: 1, pieces: plain('x') };
      refused(forge([manifest, manifest]), /twice/);
      refused(forge([manifest], 2), /newer ElixirScope/);
      refused(forge([manifest], 0), /no version 0/);
      refused(forge([]), /0 files/);
      refused(forge([{ ...manifest, name: 'dictionary.log' }]), /no recording\.json/);
      refused(forge([manifest]), /recording\.json/);
      refused(forge([{ ...manifest, size: 2 ** 50 }]), /--max/);
      refused(forge([{ ...manifest, size: 9 }]), /ends inside/);
      refused(Buffer.concat([forge([manifest]), Buffer.from('more')]), /after its last file/);
      refused(forge([{ ...manifest, pieces: [{ ...plain('y')[0]!, sum: 1 }] }]), /checksum/);
      // A bomb: 100 MiB of zeros in a few kilobytes, announced as one byte, as a mebibyte, and honestly.
      const zeros = new Uint8Array(100 << 20);
      const bomb = Uint8Array.from(new Packer().pack(zeros));
      refused(forge([{ ...manifest, pieces: [{ bytes: 1, content: bomb, sum: 0 }] }]), /says that it has/);
      const announced = { ...manifest, size: zeros.length };
      refused(
        forge([{ ...announced, pieces: [{ bytes: 1 << 20, content: bomb, sum: 0 }] }]),
        /packed column|ends inside/,
      );
      refused(forge([{ ...announced, pieces: [{ bytes: zeros.length, content: bomb, sum: 0 }] }]), /says that it has/);
    });
  });

  it('follows no link that stands where it unpacks', () => {
    withTempDir((dir) => {
      const path = scene(dir);
      const file = join(dir, 'p');
      packRecording(path, file);
      mkdirSync(join(dir, 'elsewhere'));
      symlinkSync(join(dir, 'nowhere'), join(dir, 'link'));
      expect(() => unpackRecording(file, join(dir, 'link'))).toThrow();
      expect(existsSync(join(dir, 'nowhere'))).toBe(false);
    });
  });

  it('never crashes nor hangs the reader, whatever its bytes (10,000 of them)', () => {
    withTempDir((dir) => {
      const path = join(dir, 'tiny.escope');
      const writer = createRecording({ path, startedAtMs: 0, blockEvents: 20 });
      new RandomRecording(writer, 2, 1000).run(30);
      writer.close();
      const file = join(dir, 'p');
      packRecording(path, file);
      const good = readFileSync(file);
      const random = new Random(3);
      let refused = 0;
      for (let n = 0; n < 10_000; n++) {
        let bytes: Buffer = Buffer.from(good);
        const way = random.below(10);
        if (way === 0) bytes = Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)));
        else if (way === 1) bytes = bytes.subarray(0, random.below(bytes.length));
        else if (way === 2) bytes = Buffer.concat([bytes.subarray(0, random.below(bytes.length)), bytes]);
        else
          for (let k = 0; k <= random.below(4); k++)
            bytes[random.below(way < 6 ? 120 : bytes.length)] = random.below(256);
        writeFileSync(file, bytes);
        const out = join(dir, 'out');
        try {
          unpackRecording(file, out, { maxBytes: 1 << 20 });
          // What comes through is what went in: a changed byte was set to what it was.
          for (const name of readdirSync(path)) expect(readFileSync(join(out, name))).toEqual(readFileSync(join(path, name))); // prettier-ignore
        } catch (error) {
          if (!(error instanceof RecordingError)) throw error;
          refused++;
        }
        if (existsSync(out)) for (const name of readdirSync(out)) rm(join(out, name));
      }
      expect(refused).toBeGreaterThan(9_000);
    });
  }, 120_000);
});

const rm = (path: string): void => rmSync(path, { recursive: true });
