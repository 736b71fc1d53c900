/**
 * Writes what a probe would write (docs/formats/wire.md), for tests: records into rings, rings into frames. Written from the specification, not
 * from the parser.
 */
import { AtomList, encodeTerm, type Term } from '../../src/term/index.js';

export const TEST_TOKEN = '0123456789abcdef0123456789abcdef';
export const pid64 = (number: number, serial = 0): number => number + serial * 2 ** 28;

type Field =
  | { u32: number }
  | { u64: number | bigint }
  | { term: Term | undefined }
  | { mfa: [string, string, number] }
  | { atom: string };

export class ProbeStreamBuilder {
  readonly atoms = new AtomList();
  #rings = new Map<number, { position: number; waiting: Uint8Array[] }>();
  #frames: Uint8Array[] = [];
  #told = 0;

  constructor(token = TEST_TOKEN, version = 1) {
    const preface = Buffer.alloc(40);
    preface.write('ESCW', 0, 'latin1');
    preface.writeUInt16LE(version, 4);
    preface.write(token, 8, 'latin1');
    this.#frames.push(preface);
  }

  hello(change: Record<string, unknown> = {}): this {
    const hello = {
      node: 'shop@localhost',
      creation: 1,
      otp: '25',
      erts: '13.1',
      elixir: '1.14.0',
      osPid: 1234,
      schedulers: 2,
      engine: 'nif',
      engineWhy: null,
      session: false,
      monotonicNs: '-576460751000000000',
      systemNs: '1790000000000000000',
      ringFile: null,
      ringBytes: 4096,
      rings: 4,
      mode: 'run',
      onFull: 'wait',
      selfPids: [],
      ...change,
    };
    return this.frame(1, 0, Buffer.from(JSON.stringify(hello)));
  }

  /** A record at `ns` after HELLO into a ring; atoms it needs are defined before it. */
  record(ring: number, kind: number, ns: number, subject: number, fields: Field[], flags = 0): this {
    const payload = Buffer.concat(fields.map((field) => this.#field(field)));
    this.#defineAtoms(ring, ns);
    this.#put(ring, recordBytes(kind, flags, ns, subject, payload));
    return this;
  }

  raw(ring: number, bytes: Uint8Array): this {
    this.#put(ring, bytes);
    return this;
  }

  /** Everything written so far goes out, and a watermark saying so. */
  sync(ns: number): this {
    for (const [ring, state] of this.#rings) {
      if (state.waiting.length === 0) continue;
      const bytes = Buffer.concat(state.waiting);
      const head = Buffer.alloc(8);
      head.writeBigUInt64LE(BigInt(state.position));
      state.position += bytes.length;
      state.waiting = [];
      this.frame(2, ring, Buffer.concat([head, bytes]));
    }
    const mark = Buffer.alloc(8);
    mark.writeBigInt64LE(monotonic(ns));
    return this.frame(3, 0, mark);
  }

  goodbye(reason = 'halt'): this {
    return this.frame(5, 0, Buffer.from(JSON.stringify({ reason, dropped: 0, bytes: 0 })));
  }

  frame(type: number, ring: number, body: Uint8Array): this {
    const header = Buffer.alloc(8);
    header.writeUInt8(type, 0);
    header.writeUInt16LE(ring, 2);
    header.writeUInt32LE(body.length, 4);
    this.#frames.push(header, body);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#frames);
  }

  #put(ring: number, bytes: Uint8Array): void {
    let state = this.#rings.get(ring);
    if (!state) this.#rings.set(ring, (state = { position: 0, waiting: [] }));
    state.waiting.push(bytes);
  }

  #defineAtoms(ring: number, ns: number): void {
    for (; this.#told < this.atoms.size; this.#told++) {
      const name = Buffer.from(this.atoms.name(this.#told) ?? '');
      const head = Buffer.alloc(6);
      head.writeUInt32LE(this.#told, 0);
      head.writeUInt16LE(name.length, 4);
      this.#put(ring, recordBytes(1, 0, ns, 0, Buffer.concat([head, name])));
    }
  }

  #field(field: Field): Buffer {
    if ('u32' in field) return u32(field.u32);
    if ('atom' in field) return u32(this.atoms.index(field.atom));
    if ('u64' in field) return u64(BigInt(field.u64));
    if ('mfa' in field) {
      const [module, name, arity] = field.mfa;
      return Buffer.concat([u32(this.atoms.index(module)), u32(this.atoms.index(name)), u32(arity)]);
    }
    const bytes = field.term === undefined ? new Uint8Array() : encodeTerm(field.term, this.atoms);
    return Buffer.concat([u32(bytes.length), bytes]);
  }
}

const BASE = -576460751000000000n;
const monotonic = (ns: number): bigint => BASE + BigInt(ns);

export function recordBytes(kind: number, flags: number, ns: number, subject: number, payload: Uint8Array): Buffer {
  const size = Math.ceil((24 + payload.length) / 8) * 8;
  const record = Buffer.alloc(size);
  record.writeUInt32LE(size, 0);
  record.writeUInt8(kind, 4);
  record.writeUInt8(flags, 5);
  record.writeBigInt64LE(monotonic(ns), 8);
  record.writeBigUInt64LE(BigInt(subject), 16);
  record.set(payload, 24);
  return record;
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function u64(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(value);
  return buffer;
}
