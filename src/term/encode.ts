/**
 * Terms → recorded terms (docs/formats/term.md), whole and unbounded. The probe has its own, bounded encoder; this one serves
 * tests, recordings written as drawings, and marks that the recorder itself adds.
 */
import type { AtomTable } from './decode.js';
import { magnitudeBytes } from './decode.js';
import { TermError } from './error.js';
import { MAX_DEPTH, Tag } from './tags.js';
import type { ListTerm, Term } from './term.js';

/** Gives every atom its index. */
export interface AtomInterner {
  index(name: string): number;
}

/** Atoms by index and back, in memory. */
export class AtomList implements AtomTable, AtomInterner {
  readonly #names: string[] = [];
  readonly #indexes = new Map<string, number>();

  name(index: number): string | undefined {
    return this.#names[index];
  }

  index(name: string): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.#names.length;
    this.#names.push(name);
    this.#indexes.set(name, index);
    return index;
  }

  get size(): number {
    return this.#names.length;
  }
}

/** The bytes of one recorded term. Throws a TermError when it is nested too deep. */
export function encodeTerm(term: Term, atoms: AtomInterner): Uint8Array {
  const encoder = new Encoder(atoms);
  encoder.term(term, 0);
  return encoder.bytes();
}

/** Several terms back to back. */
export function encodeTerms(terms: readonly Term[], atoms: AtomInterner): Uint8Array {
  const encoder = new Encoder(atoms);
  for (const term of terms) encoder.term(term, 0);
  return encoder.bytes();
}

class Encoder {
  readonly #utf8 = new TextEncoder();
  #buffer = new Uint8Array(256);
  #size = 0;

  constructor(private readonly atoms: AtomInterner) {}

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#size);
  }

  term(term: Term, depth: number): void {
    if (depth > MAX_DEPTH) throw new TermError(`a term nested deeper than ${MAX_DEPTH} cannot be recorded`);
    switch (term.kind) {
      case 'integer':
        return this.#integer(term.value);
      case 'float':
        return this.#float(term.value);
      case 'atom':
        this.#byte(Tag.ATOM);
        return this.#varint(this.atoms.index(term.name));
      case 'pid':
        this.#node(term.node, Tag.LOCAL_PID, Tag.REMOTE_PID);
        this.#varint(term.number);
        this.#varint(term.serial);
        if (term.node !== undefined) this.#varint(term.creation ?? 0);
        return;
      case 'port':
        this.#node(term.node, Tag.LOCAL_PORT, Tag.REMOTE_PORT);
        this.#varint(term.number);
        if (term.node !== undefined) this.#varint(term.creation ?? 0);
        return;
      case 'reference':
        this.#node(term.node, Tag.LOCAL_REFERENCE, Tag.REMOTE_REFERENCE);
        if (term.node !== undefined) this.#varint(term.creation ?? 0);
        this.#byte(term.words.length);
        for (const word of term.words) this.#word(word);
        return;
      case 'binary':
        this.#byte(Tag.BINARY);
        this.#varint(term.size);
        return this.#sized(term.bytes);
      case 'bitstring':
        this.#byte(Tag.BITSTRING);
        this.#varint(term.bits);
        return this.#sized(term.bytes);
      case 'tuple':
        this.#byte(Tag.TUPLE);
        this.#varint(term.size);
        this.#varint(term.elements.length);
        for (const element of term.elements) this.term(element, depth + 1);
        return;
      case 'list':
        return this.#list(term, depth);
      case 'map':
        this.#byte(Tag.MAP);
        this.#varint(term.size);
        this.#varint(term.entries.length);
        for (const [key, value] of term.entries) {
          this.term(key, depth + 1);
          this.term(value, depth + 1);
        }
        return;
      case 'function':
        this.#byte(Tag.FUNCTION);
        return this.#sized(this.#utf8.encode(term.text));
      case 'export':
        this.#byte(Tag.EXPORT);
        this.#varint(this.atoms.index(term.module));
        this.#varint(this.atoms.index(term.name));
        return this.#varint(term.arity);
      case 'cut':
        if (term.why === 'bytes') return this.#byte(Tag.CUT_BYTES);
        this.#byte(Tag.CUT_DEPTH);
        this.#byte(
          term.of === 'tuple' ? Tag.TUPLE : term.of === 'list' ? Tag.LIST : term.of === 'map' ? Tag.MAP : Tag.OPAQUE,
        );
        return this.#varint(term.size ?? 0);
      case 'redacted':
        return this.#byte(Tag.REDACTED);
      case 'stateMark':
        return this.#byte(Tag.STATE_MARK);
      case 'opaque':
        this.#byte(Tag.OPAQUE);
        return this.#sized(this.#utf8.encode(term.text));
    }
  }

  #list(term: ListTerm, depth: number): void {
    if (term.elements.length === 0 && term.more === undefined) return this.#byte(Tag.EMPTY_LIST);
    this.#byte(Tag.LIST);
    for (const element of term.elements) this.term(element, depth + 1);
    if (term.more === true) return this.#byte(Tag.LIST_MORE);
    if (term.tail === undefined) return this.#byte(Tag.LIST_END);
    this.#byte(Tag.LIST_TAIL);
    this.term(term.tail, depth + 1);
  }

  #integer(value: number | bigint): void {
    if (value >= 0 && value < 0x80) return this.#byte(Number(value));
    const big = BigInt(value);
    if (big >= -(1n << 63n) && big < 1n << 63n) {
      this.#byte(Tag.INTEGER);
      return this.#varint(BigInt.asUintN(64, (big << 1n) ^ (big >> 63n)));
    }
    this.#byte(Tag.BIG_INTEGER);
    this.#byte(big < 0n ? 1 : 0);
    this.#sized(magnitudeBytes(big));
  }

  #float(value: number): void {
    this.#byte(Tag.FLOAT);
    this.#room(8);
    new DataView(this.#buffer.buffer).setFloat64(this.#size, value, true);
    this.#size += 8;
  }

  #node(node: string | undefined, local: number, remote: number): void {
    this.#byte(node === undefined ? local : remote);
    if (node !== undefined) this.#varint(this.atoms.index(node));
  }

  #sized(bytes: Uint8Array): void {
    this.#varint(bytes.length);
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  #word(value: number): void {
    this.#room(4);
    new DataView(this.#buffer.buffer).setUint32(this.#size, value, true);
    this.#size += 4;
  }

  #varint(value: number | bigint): void {
    let rest = BigInt(value);
    while (rest >= 0x80n) {
      this.#byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#byte(Number(rest));
  }

  #byte(value: number): void {
    this.#room(1);
    this.#buffer[this.#size++] = value;
  }

  #room(bytes: number): void {
    if (this.#size + bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#size + bytes));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
