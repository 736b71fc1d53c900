import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atom, binary, int, list, printTerm, TermError, tuple, type Term } from '../../term/index.js';
import { BeamError } from '../beam-error.js';
import { decodeEtf } from '../etf-decode.js';
import { encodeBareEtf, encodeEtf } from '../etf-encode.js';
import { OWN_FLAGS } from './flags.js';
import { MessageReader, type Message } from './message-reader.js';
import { MessageWriter } from './message-writer.js';

const MAX = 1024 * 1024;
const erlang = (term: Term | undefined): string => (term ? printTerm(term, { syntax: 'erlang' }) : 'nothing');
const CONTROL = tuple(int(2), atom(''), atom('to'));
const long = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const fragment = (kind: 69 | 70, sequence: bigint, number: bigint, ...rest: Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.from([131, kind]), long(sequence), long(number), ...rest]);
const NO_ATOMS = Buffer.from([0]);

/** A header that tells or repeats atoms: `[place in the cache, text unless it was told before]`. */
function atomList(entries: readonly (readonly [number, string?])[], longAtoms = false): Buffer {
  if (entries.length === 0) return NO_ATOMS;
  const flags = Buffer.alloc((entries.length >> 1) + 1);
  const half = (index: number, value: number): void => {
    flags[index >> 1] = (flags[index >> 1] as number) | (value << (index % 2 === 0 ? 0 : 4));
  };
  const bodies = entries.map(([place, text], index) => {
    half(index, (place >> 8) | (text === undefined ? 0 : 8));
    if (text === undefined) return Buffer.from([place & 255]);
    const bytes = Buffer.from(text);
    const length = longAtoms ? [bytes.length >> 8, bytes.length & 255] : [bytes.length];
    return Buffer.concat([Buffer.from([place & 255, ...length]), bytes]);
  });
  half(entries.length, longAtoms ? 1 : 0);
  return Buffer.concat([Buffer.from([entries.length]), flags, ...bodies]);
}
const reference = (index: number): Buffer => Buffer.from([82, index]);

describe('messages behind a distribution header', () => {
  it('name their atoms by a list, whose atoms a later message can repeat', () => {
    const reader = new MessageReader(MAX);
    const control = Buffer.concat([Buffer.from([104, 2, 97, 2]), reference(2)]);
    const told = [
      [5, 'ok'],
      [2047, 'hållo'],
      [300, 'shop@host'],
    ] as const;
    for (const longAtoms of [false, true]) {
      const packet = Buffer.concat([Buffer.from([131, 68]), atomList(told, longAtoms), control, reference(1)]);
      const message = reader.packet(packet);
      expect(message?.fields.map(erlang)).toEqual(['2', 'shop@host']);
      expect(erlang(message?.payload)).toBe('hållo');
    }
    const again = Buffer.concat([Buffer.from([131, 68]), atomList([[300], [2047]]), Buffer.from([104, 2, 97, 2])]);
    const message = reader.packet(Buffer.concat([again, reference(0), reference(1)]));
    expect(erlang(message?.payload)).toBe('hållo');
  });

  it('with an atom that was never told, or not listed, are an error', () => {
    const packet = (entries: [number][], payload: Buffer): Buffer =>
      Buffer.concat([Buffer.from([131, 68]), atomList(entries), encodeBareEtf(CONTROL), payload]);
    expect(() => new MessageReader(MAX).packet(packet([[7]], NO_ATOMS))).toThrow(/never told/);
    expect(() => new MessageReader(MAX).packet(packet([], reference(0)))).toThrow(/does not list/);
  });

  it('keep a fun whole: it can be sent on without the list', () => {
    const parts = (module: Buffer, variable: Buffer): Buffer => {
      const body = Buffer.concat([
        Buffer.from([1]),
        Buffer.alloc(16, 9),
        Buffer.from([0, 0, 0, 3, 0, 0, 0, 1]),
        module,
        Buffer.from([97, 3, 97, 77]),
        encodeBareEtf({ kind: 'pid', node: 'n@h', number: 1, serial: 2, creation: 3 }),
        variable,
      ]);
      const size = Buffer.alloc(4);
      size.writeUInt32BE(body.length + 4);
      return Buffer.concat([Buffer.from([112]), size, body]);
    };
    const list = atomList([
      [1, 'shop'],
      [2, 'free'],
    ]);
    const packet = Buffer.concat([Buffer.from([131, 68]), list, encodeBareEtf(CONTROL)]);
    const payload = new MessageReader(MAX).packet(Buffer.concat([packet, parts(reference(0), reference(1))]))?.payload;
    const plain = Buffer.concat([
      Buffer.from([131]),
      parts(Buffer.from(encodeBareEtf(atom('shop'))), Buffer.from(encodeBareEtf(atom('free')))),
    ]);
    expect(Buffer.from(encodeEtf(payload as Term))).toEqual(plain);
    expect(decodeEtf(plain)).toEqual(payload);
  });
});

describe('what the writer sends', () => {
  const read = (reader: MessageReader, packets: readonly Uint8Array[]): (Message | undefined)[] =>
    packets.map((packet) => reader.packet(Buffer.from(packet)));

  it('is whole, and in packets of at most 64 KiB, whatever was agreed on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400_000 }), fc.boolean(), (size, agreed) => {
        const payload = list([binary(Buffer.alloc(size, 'some bytes')), atom('x')]);
        const packets = new MessageWriter(agreed ? OWN_FLAGS : 0n).packets(CONTROL, payload);
        if (agreed) expect(Math.max(...packets.map((packet) => packet.length))).toBeLessThanOrEqual(65_536);
        else expect(packets).toHaveLength(1);
        const messages = read(new MessageReader(MAX), packets);
        expect(messages.slice(0, -1).every((message) => message === undefined)).toBe(true);
        expect(Buffer.compare(encodeEtf(messages.at(-1)?.payload as Term), encodeEtf(payload))).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});

describe('fragmented messages', () => {
  it('of many senders come whole however they are mixed', () => {
    const messages = fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 3000 }), cuts: fc.integer({ min: 1, max: 12 }) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(messages, fc.infiniteStream(fc.nat()), (specs, choices) => {
        const queues = specs.map(({ size, cuts }, sender) => {
          const body = Buffer.concat([
            encodeBareEtf(CONTROL),
            encodeBareEtf(binary(new Uint8Array(size).fill(sender))),
          ]);
          const head = encodeBareEtf(CONTROL).length;
          const rest = body.subarray(head);
          const step = Math.ceil(rest.length / cuts);
          const pieces = [body.subarray(0, head)];
          for (let at = 0; at < rest.length; at += step) pieces.push(rest.subarray(at, at + step));
          return pieces.map((piece, i) => {
            const number = BigInt(pieces.length - i);
            return i === 0
              ? fragment(69, BigInt(sender), number, NO_ATOMS, piece)
              : fragment(70, BigInt(sender), number, piece);
          });
        });
        const reader = new MessageReader(MAX);
        const came: string[] = [];
        for (let left = queues.filter((q) => q.length > 0); left.length > 0; left = left.filter((q) => q.length > 0)) {
          const queue = left[(choices.next().value as number) % left.length] as Buffer[];
          const message = reader.packet(queue.shift() as Buffer);
          if (message?.payload?.kind === 'binary') came.push(`${message.payload.bytes[0]} ${message.payload.size}`);
        }
        expect(came.sort()).toEqual(specs.map(({ size }, sender) => `${sender} ${size}`).sort());
        expect(reader.heldBytes).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['goes on but never began', [fragment(70, 1n, 1n)]],
    ['begins twice', [fragment(69, 1n, 2n, NO_ATOMS), fragment(69, 1n, 2n, NO_ATOMS)]],
    ['has fragment 3 where 1 must come', [fragment(69, 1n, 2n, NO_ATOMS), fragment(70, 1n, 3n)]],
    ['announces 0 fragments', [fragment(69, 1n, 0n, NO_ATOMS)]],
    ['announces 18446744073709551615 fragments', [fragment(69, 1n, 2n ** 64n - 1n, NO_ATOMS)]],
    ['cut off', [Buffer.from([131, 69, 1, 2, 3])]],
    ['not agreed on', [Buffer.from([131, 80, 0, 0])]],
  ])('end in an error: %s', (text, packets) => {
    const reader = new MessageReader(MAX);
    expect(() => packets.forEach((packet) => reader.packet(packet))).toThrow(text);
  });

  it('are bounded: one that grows, many that never end, and a flood of empty ones', () => {
    const grows = new MessageReader(10_000);
    expect(() => {
      grows.packet(fragment(69, 1n, 70n, NO_ATOMS));
      for (let i = 69n; i > 0n; i--) grows.packet(fragment(70, 1n, i, Buffer.alloc(1000)));
    }).toThrow(/larger than 10000 bytes/);
    const many = new MessageReader(10_000);
    expect(() => {
      for (let i = 0n; i < 100n; i++) many.packet(fragment(69, i, 2n, NO_ATOMS, Buffer.alloc(1000)));
    }).toThrow(/more than 20000 bytes/);
    const empty = new MessageReader(1024 * 1024);
    expect(() => {
      for (let i = 0n; i < 3000n; i++) empty.packet(fragment(69, i, 2n, NO_ATOMS));
    }).toThrow(/more than 1024 fragmented messages/);
  });

  it('made of anything end in a message, nothing yet, or a clear error, and never hold more than they may', () => {
    const packet = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(
          fc.constantFrom(68, 69, 70),
          fc.bigInt({ min: 0n, max: 2n }),
          fc.bigInt({ min: 0n, max: 4n }),
          fc.array(
            fc.tuple(fc.integer({ min: 0, max: 2047 }), fc.option(fc.string({ maxLength: 9 }), { nil: undefined })),
          ),
          fc.uint8Array({ maxLength: 2000 }),
        )
        .map(([kind, sequence, number, atoms, rest]) => {
          const head = kind === 68 ? Buffer.from([131, 68]) : fragment(kind as 69, sequence, number);
          const entries = atoms.map(([place, text]) =>
            text === undefined ? ([place] as const) : ([place, text] as const),
          );
          return Buffer.concat([head, kind === 70 ? Buffer.alloc(0) : atomList(entries), encodeBareEtf(CONTROL), rest]);
        }),
    );
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 30 }), (packets) => {
        const reader = new MessageReader(20_000);
        try {
          for (const one of packets) {
            reader.packet(one);
            expect(reader.heldBytes).toBeLessThanOrEqual(40_000);
          }
        } catch (error) {
          expect(error instanceof BeamError || error instanceof TermError).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
