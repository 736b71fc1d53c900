import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordingError } from '../errors.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { crc32 } from './crc32.js';
import { Localizer } from './localizer.js';
import { readPostings, summarize, writePostings } from './segment-summary.js';
import { Packer, Unpacker } from './zstd.js';

const ids = fc.uniqueArray(fc.nat({ max: 5000 }), { maxLength: 30 }).map((list) => Uint32Array.from(list).sort());

describe('the bytes of a recording', () => {
  it('numbers come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER })), (numbers) => {
        const writer = new ByteWriter(1);
        for (const number of numbers) writer.varint(number);
        for (const number of numbers) writer.u64(number);
        const reader = new ByteReader(writer.bytes());
        expect(numbers.map(() => reader.varint())).toEqual(numbers);
        expect(numbers.map(() => reader.u64())).toEqual(numbers);
        expect(reader.left).toBe(0);
        expect(() => reader.varint()).toThrow(RecordingError);
      }),
    );
  });

  it('numbers that are too large are refused', () => {
    const long = new Uint8Array(9).fill(0xff);
    expect(() => new ByteReader(long).varint()).toThrow(RecordingError);
    expect(() => new ByteReader(long).u64()).toThrow(RecordingError);
  });

  it('the checksum is CRC-32', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('frames unpack to what was packed, and to nothing else', () => {
    const packer = new Packer();
    const unpacker = new Unpacker();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), fc.nat(), (bytes, at) => {
        const frame = packer.pack(bytes).slice();
        expect(unpacker.unpack(frame, bytes.length)).toEqual(bytes);
        expect(() => unpacker.unpack(frame, bytes.length + 1)).toThrow(RecordingError);
        expect(() => unpacker.unpack(frame, bytes.length - 1)).toThrow(RecordingError);
        frame[frame.length - 1 - (at % 4)]! ^= 1;
        expect(() => unpacker.unpack(frame, bytes.length)).toThrow(RecordingError);
      }),
    );
  });

  it('local numbers lead back to the ids, more than 65,536 of them too', () => {
    const localizer = new Localizer();
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 200_000 }), { minLength: 1 }), (column) => {
        const local = localizer.run(Uint32Array.from(column), column.length);
        expect(column.map((_, row) => local.ids[local.local[row]!])).toEqual(column);
        const rows = [...local.rows(column.length)];
        const sorted = column.map((_, row) => row).sort((a, b) => column[a]! - column[b]! || a - b);
        expect(rows).toEqual(sorted);
      }),
    );
  });

  it('a summary says in which blocks an id occurs', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(ids, ids), { minLength: 1, maxLength: 20 }), (blocks) => {
        const summary = summarize(
          blocks.map(([processes, functions]) => ({
            processes,
            masks: processes.map((id) => id * 3),
            functions,
            calls: functions.map((id) => id + 1),
          })),
        );
        const pages = [...writePostings(summary.processes)].map(({ bytes }) =>
          readPostings(bytes.slice(), blocks.length),
        );
        const found = pages.flatMap(({ keys, starts, values, blocks: places }) =>
          [...keys].flatMap((key, k) =>
            [...places.subarray(starts[k], starts[k + 1])].map((block, i) => [key, block, values[starts[k]! + i]]),
          ),
        );
        const expected = blocks.flatMap(([processes], block) => [...processes].map((id) => [id, block, id * 3]));
        expected.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
        expect(found).toEqual(expected);
        expect(summary.functions.keys.length).toBe(new Set(blocks.flatMap(([, functions]) => [...functions])).size);
      }),
    );
  });
});
