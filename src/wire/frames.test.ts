import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { pid64, ProbeStreamBuilder, recordBytes, TEST_TOKEN } from '../../test/support/probe-stream.js';
import {
  clockBase,
  FrameParser,
  pidNumber,
  pidSerial,
  readRingFile,
  RecordCursor,
  WireError,
  type Frame,
} from './index.js';

function frames(bytes: Uint8Array, chunk: number): { token: string; frames: Frame[] } {
  const result = { token: '', frames: [] as Frame[] };
  const parser = new FrameParser({
    token: (token) => (result.token = token),
    frame: (frame) => result.frames.push(frame),
  });
  for (let at = 0; at < bytes.length; at += chunk) parser.push(bytes.subarray(at, at + chunk));
  expect(parser.atBoundary).toBe(true);
  return result;
}

describe('frames', () => {
  it('come out the same whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(2, 3, 4), fc.nat(65535), fc.uint8Array({ maxLength: 300 }))),
        fc.integer({ min: 1, max: 400 }),
        (list, chunk) => {
          const builder = new ProbeStreamBuilder();
          for (const [type, ring, body] of list) builder.frame(type, ring, body);
          const parsed = frames(builder.bytes(), chunk);
          expect(parsed.token).toBe(TEST_TOKEN);
          expect(parsed.frames.map((f) => [f.type, f.ring, Buffer.from(f.body).toString('hex')])).toEqual(
            list.map(([type, ring, body]) => [type, ring, Buffer.from(body).toString('hex')]),
          );
        },
      ),
    );
  });

  it('of a size beyond the limit are refused before their body is waited for', () => {
    const header = Buffer.from([2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    const parser = new FrameParser({ token: () => undefined, frame: () => undefined });
    parser.push(new ProbeStreamBuilder().bytes());
    expect(() => parser.push(header)).toThrow('over the limit');
  });

  it('random bytes end in a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 41, maxLength: 2000 }), (bytes) => {
        const parser = new FrameParser({ token: () => undefined, frame: () => undefined });
        expect(() => parser.push(bytes)).toThrow(WireError);
      }),
    );
  });
});

describe('records', () => {
  it('tell times of a clock far below zero exactly', () => {
    const cursor = new RecordCursor(
      recordBytes(10, 1, 123_456_789, pid64(7, 3), new Uint8Array()),
      clockBase('-576460751000000000'),
    );
    expect(cursor.advance()).toBe(true);
    expect([cursor.ns, pidNumber(cursor.subject), pidSerial(cursor.subject), cursor.flags]).toEqual([
      123_456_789, 7, 3, 1,
    ]);
    expect(cursor.advance()).toBe(false);
  });

  it('shorter than what they announce are refused', () => {
    const record = recordBytes(10, 0, 1, 1, Buffer.from([255, 255, 255, 255]));
    const cursor = new RecordCursor(record, clockBase('0'));
    cursor.advance();
    expect(() => cursor.term()).toThrow(WireError);
    expect(() => new RecordCursor(record.subarray(0, 16), clockBase('0')).advance()).toThrow(WireError);
  });
});

describe('a ring file', () => {
  /** Two rings of 128 bytes; ring 0 wraps: records 3, 4 (at its end) and 5 (at its start) are there. */
  function ringFile(): Buffer {
    const file = Buffer.alloc(4096 + 256);
    file.write('ESCR', 0, 'latin1');
    file.writeUInt16LE(1, 4);
    file.writeUInt16LE(2, 6);
    file.writeUInt32LE(128, 8);
    file.writeUInt32LE(4096, 12);
    file.writeBigUInt64LE(160n, 64);
    file.writeBigUInt64LE(64n, 128);
    for (const n of [2, 3]) recordBytes(10, 0, n, n, Buffer.alloc(8)).copy(file, 4096 + n * 32);
    recordBytes(10, 0, 4, 4, Buffer.alloc(8)).copy(file, 4096);
    return file;
  }

  function subjects(file: Uint8Array, received: (ring: number) => number): number[] {
    const directory = mkdtempSync(join(tmpdir(), 'elixirscope-test-'));
    try {
      const path = join(directory, 'ring');
      writeFileSync(path, file);
      return readRingFile(path, received).flatMap((rest) => {
        const cursor = new RecordCursor(rest.bytes, clockBase('0'));
        const found: number[] = [];
        while (cursor.advance()) found.push(cursor.subject);
        return found;
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  it('gives what was not sent, across its end', () => {
    expect(subjects(ringFile(), () => 0)).toEqual([2, 3, 4]);
  });

  it('leaves out what had arrived already', () => {
    expect(subjects(ringFile(), (ring) => (ring === 0 ? 96 : 0))).toEqual([3, 4]);
  });

  it('that lies about its size is refused', () => {
    const file = ringFile();
    file.writeUInt16LE(4000, 6);
    expect(() => subjects(file, () => 0)).toThrow(WireError);
    expect(() => subjects(Buffer.alloc(20), () => 0)).toThrow(WireError);
  });
});
