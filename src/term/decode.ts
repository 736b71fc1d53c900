/** Recorded terms (docs/formats/term.md) → terms. The bytes are hostile until decoded: every size is checked against what is there. */
import { int } from './build.js';
import { TermError } from './error.js';
import { within } from './skip.js';
import { MAX_DEPTH, MAX_INTEGER_BYTES, MAX_REFERENCE_WORDS, Tag } from './tags.js';
import type { CutTerm, ListTerm, MapTerm, Term } from './term.js';
import { varint, varintBig, varintEnd } from './varint.js';

/** The atoms of a stream or a recording by index. */
export interface AtomTable {
  /** `undefined` where the index is not known (yet). */
  name(index: number): string | undefined;
}

/** Decodes the term at `offset`; `end` is where it ends. Bytes are copied, so the buffer may be used again. Throws a TermError. */
export function decodeTerm(bytes: Uint8Array, offset: number, atoms: AtomTable): { term: Term; end: number } {
  const decoder = new Decoder(bytes, offset, atoms);
  return { term: decoder.term(0), end: decoder.at };
}

/** Decodes terms that lie back to back up to the end of `bytes`. Throws a TermError. */
export function decodeTerms(bytes: Uint8Array, atoms: AtomTable): Term[] {
  const decoder = new Decoder(bytes, 0, atoms);
  const terms: Term[] = [];
  while (decoder.at < bytes.length) terms.push(decoder.term(0));
  return terms;
}

class Decoder {
  readonly #utf8 = new TextDecoder();

  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
    private readonly atoms: AtomTable,
  ) {}

  term(depth: number): Term {
    const start = this.at;
    if (depth > MAX_DEPTH) throw new TermError(`nested deeper than ${MAX_DEPTH}`, start);
    const tag = this.#byte();
    if (tag < 0x80) return { kind: 'integer', value: tag };
    switch (tag) {
      case Tag.EMPTY_LIST:
        return { kind: 'list', elements: [] };
      case Tag.INTEGER:
        return this.#integer();
      case Tag.BIG_INTEGER:
        return this.#bigInteger();
      case Tag.FLOAT:
        return this.#float();
      case Tag.ATOM:
        return { kind: 'atom', name: this.#atom() };
      case Tag.LOCAL_PID:
        return { kind: 'pid', number: this.#number(), serial: this.#number() };
      case Tag.REMOTE_PID:
        return {
          kind: 'pid',
          node: this.#atom(),
          number: this.#number(),
          serial: this.#number(),
          creation: this.#number(),
        };
      case Tag.LOCAL_PORT:
        return { kind: 'port', number: this.#wide() };
      case Tag.REMOTE_PORT:
        return { kind: 'port', node: this.#atom(), number: this.#wide(), creation: this.#number() };
      case Tag.LOCAL_REFERENCE:
        return { kind: 'reference', words: this.#words() };
      case Tag.REMOTE_REFERENCE: {
        const node = this.#atom();
        const creation = this.#number();
        return { kind: 'reference', node, creation, words: this.#words() };
      }
      case Tag.BINARY: {
        const size = this.#number();
        return { kind: 'binary', size, bytes: this.#kept(size) };
      }
      case Tag.BITSTRING: {
        const bits = this.#number();
        return { kind: 'bitstring', bits, bytes: this.#kept(Math.ceil(bits / 8)) };
      }
      case Tag.TUPLE:
        return this.#tuple(depth);
      case Tag.LIST:
        return this.#list(depth);
      case Tag.MAP:
        return this.#map(depth);
      case Tag.FUNCTION:
        return { kind: 'function', text: this.#text() };
      case Tag.EXPORT:
        return { kind: 'export', module: this.#atom(), name: this.#atom(), arity: this.#number() };
      case Tag.CUT_BYTES:
        return { kind: 'cut', why: 'bytes' };
      case Tag.CUT_DEPTH:
        return this.#cut();
      case Tag.REDACTED:
        return { kind: 'redacted' };
      case Tag.STATE_MARK:
        return { kind: 'stateMark' };
      case Tag.OPAQUE:
        return { kind: 'opaque', text: this.#text() };
      default:
        throw new TermError(`no term begins with byte 0x${tag.toString(16)}`, start);
    }
  }

  #byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new TermError('the term is cut off', this.at);
    this.at++;
    return byte;
  }

  #number(): number {
    const value = varint(this.bytes, this.at);
    this.at = varintEnd(this.bytes, this.at);
    return value;
  }

  /** A varint of up to 64 bits. */
  #wide(): number | bigint {
    const value = varintBig(this.bytes, this.at);
    this.at = varintEnd(this.bytes, this.at);
    return int(value).value;
  }

  #integer(): Term {
    const end = varintEnd(this.bytes, this.at);
    if (end - this.at <= 7) {
      const zigzag = this.#number();
      return { kind: 'integer', value: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2 };
    }
    const zigzag = varintBig(this.bytes, this.at);
    this.at = end;
    return int((zigzag >> 1n) ^ -(zigzag & 1n));
  }

  #bigInteger(): Term {
    const sign = this.#byte();
    if (sign > 1) throw new TermError(`the sign of an integer is ${sign}`, this.at - 1);
    const size = this.#number();
    if (size > MAX_INTEGER_BYTES) throw new TermError(`an integer of ${size} bytes`, this.at);
    const magnitude = magnitudeOf(this.#take(size));
    return int(sign === 1 ? -magnitude : magnitude);
  }

  #float(): Term {
    const start = this.at;
    this.at = within(this.bytes, start, 8);
    const value = new DataView(this.bytes.buffer, this.bytes.byteOffset + start, 8).getFloat64(0, true);
    if (!Number.isFinite(value)) throw new TermError('a float that is not finite', start);
    return { kind: 'float', value };
  }

  #atom(): string {
    const index = this.#number();
    return this.atoms.name(index) ?? `atom#${index}`;
  }

  #words(): number[] {
    const start = this.at;
    const count = this.#byte();
    if (count < 1 || count > MAX_REFERENCE_WORDS) throw new TermError(`a reference of ${count} words`, start);
    const at = this.at;
    this.at = within(this.bytes, at, count * 4);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + at, count * 4);
    return Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true));
  }

  /** The bytes that were kept of `size`. */
  #kept(size: number): Uint8Array {
    const at = this.at;
    const kept = this.#number();
    if (kept > size) throw new TermError(`${kept} bytes kept of ${size}`, at);
    return this.#take(kept);
  }

  #take(size: number): Uint8Array {
    const start = this.at;
    this.at = within(this.bytes, start, size);
    return new Uint8Array(this.bytes.subarray(start, this.at));
  }

  #text(): string {
    const size = this.#number();
    const start = this.at;
    this.at = within(this.bytes, start, size);
    return this.#utf8.decode(this.bytes.subarray(start, this.at));
  }

  /** Size and kept elements of a tuple or map; `each` terms an element. */
  #sizes(each: number): { size: number; kept: number } {
    const at = this.at;
    const size = this.#number();
    const kept = this.#number();
    if (kept > size) throw new TermError(`${kept} elements kept of ${size}`, at);
    within(this.bytes, this.at, kept * each);
    return { size, kept };
  }

  #tuple(depth: number): Term {
    const { size, kept } = this.#sizes(1);
    const elements: Term[] = [];
    for (let i = 0; i < kept; i++) elements.push(this.term(depth + 1));
    return { kind: 'tuple', elements, size };
  }

  #map(depth: number): MapTerm {
    const { size, kept } = this.#sizes(2);
    const entries: [Term, Term][] = [];
    for (let i = 0; i < kept; i++) {
      const key = this.term(depth + 1);
      entries.push([key, this.term(depth + 1)]);
    }
    return { kind: 'map', entries, size };
  }

  #list(depth: number): ListTerm {
    const elements: Term[] = [];
    for (;;) {
      const start = this.at;
      const mark = this.bytes[start];
      if (mark === Tag.LIST_END || mark === Tag.LIST_MORE || mark === Tag.LIST_TAIL) {
        this.at++;
        if (mark === Tag.LIST_END) return { kind: 'list', elements };
        if (mark === Tag.LIST_MORE) return { kind: 'list', elements, more: true };
        if (elements.length === 0) throw new TermError('an improper list without elements', start);
        return { kind: 'list', elements, tail: this.term(depth + 1) };
      }
      elements.push(this.term(depth + 1));
    }
  }

  #cut(): CutTerm {
    const tag = this.#byte();
    const size = this.#number();
    const of =
      tag === Tag.TUPLE
        ? 'tuple'
        : tag === Tag.LIST || tag === Tag.EMPTY_LIST
          ? 'list'
          : tag === Tag.MAP
            ? 'map'
            : 'other';
    return size === 0 ? { kind: 'cut', why: 'depth', of } : { kind: 'cut', why: 'depth', of, size };
  }
}

/** The integer whose bytes these are, least significant first. */
export function magnitudeOf(bytes: Uint8Array): bigint {
  const digits: string[] = [];
  for (let i = bytes.length - 1; i >= 0; i--) digits.push((bytes[i] as number).toString(16).padStart(2, '0'));
  return digits.length === 0 ? 0n : BigInt(`0x${digits.join('')}`);
}

/** The bytes of an integer's magnitude, least significant first; none for 0. */
export function magnitudeBytes(value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value : value;
  if (magnitude === 0n) return new Uint8Array(0);
  const hex = magnitude.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = new Uint8Array(even.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[bytes.length - 1 - i] = Number.parseInt(even.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}
