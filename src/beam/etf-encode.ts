/** Terms → External Term Format, as a node of OTP 25 or later reads it. */
import { TermError, type ListTerm, type Term } from '../term/index.js';
import { Ext, VERSION } from './etf-tags.js';

const MAX_DEPTH = 1024;

/** The bytes of a term, version byte first. Throws a TermError for a term with cuts or marks, or an identity without its node. */
export function encodeEtf(term: Term): Uint8Array {
  return encodeEtfAll([term]);
}

/** Several terms, each with its version byte: a control message and its payload. */
export function encodeEtfAll(terms: readonly Term[]): Uint8Array {
  const writer = new Writer();
  for (const term of terms) {
    writer.u8(VERSION);
    writer.term(term, 0);
  }
  return writer.bytes();
}

/** A term without version byte, as it stands behind a distribution header. */
export function encodeBareEtf(term: Term): Uint8Array {
  const writer = new Writer();
  writer.term(term, 0);
  return writer.bytes();
}

/** A fun's parts → its bytes, tag included. */
export function encodeFun(parts: FunParts): Uint8Array {
  const writer = new Writer();
  writer.fun(parts);
  return writer.bytes();
}

export interface FunParts {
  /** Arity, unique, index and number of free variables, as they came. */
  readonly fixed: Uint8Array;
  readonly module: string;
  /** Old index, old unique, pid, the free variables. */
  readonly terms: readonly Term[];
}

class Writer {
  readonly #utf8 = new TextEncoder();
  #buffer = Buffer.allocUnsafe(512);
  #size = 0;

  bytes(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(0, this.#size));
  }

  fun({ fixed, module, terms }: FunParts): void {
    const start = this.#size;
    this.u8(Ext.NEW_FUN);
    this.#u32(0);
    this.#raw(fixed);
    this.#atom(module);
    for (const term of terms) this.term(term, 0);
    this.#buffer.writeUInt32BE(this.#size - start - 1, start + 1);
  }

  term(term: Term, depth: number): void {
    if (depth > MAX_DEPTH) throw new TermError(`a term nested deeper than ${MAX_DEPTH} cannot be sent`);
    switch (term.kind) {
      case 'integer':
        return this.#integer(term.value);
      case 'float':
        this.u8(Ext.NEW_FLOAT);
        this.#size = this.#room(8).writeDoubleBE(term.value, this.#size);
        return;
      case 'atom':
        return this.#atom(term.name);
      case 'binary':
        whole(term.bytes.length === term.size);
        this.u8(Ext.BINARY);
        this.#u32(term.size);
        return this.#raw(term.bytes);
      case 'bitstring':
        whole(term.bytes.length === Math.ceil(term.bits / 8));
        this.u8(Ext.BIT_BINARY);
        this.#u32(term.bytes.length);
        this.u8(term.bits % 8);
        return this.#raw(term.bytes);
      case 'tuple':
        whole(term.size === term.elements.length);
        this.u8(term.size < 256 ? Ext.SMALL_TUPLE : Ext.LARGE_TUPLE);
        if (term.size < 256) this.u8(term.size);
        else this.#u32(term.size);
        for (const element of term.elements) this.term(element, depth + 1);
        return;
      case 'list':
        return this.#list(term, depth);
      case 'map':
        whole(term.size === term.entries.length);
        this.u8(Ext.MAP);
        this.#u32(term.size);
        for (const [key, value] of term.entries) {
          this.term(key, depth + 1);
          this.term(value, depth + 1);
        }
        return;
      case 'pid':
        this.u8(Ext.NEW_PID);
        this.#atom(nodeOf(term));
        this.#u32(term.number);
        this.#u32(term.serial);
        return this.#u32(term.creation ?? 0);
      case 'port':
        this.u8(Ext.V4_PORT);
        this.#atom(nodeOf(term));
        this.#size = this.#room(8).writeBigUInt64BE(BigInt(term.number), this.#size);
        return this.#u32(term.creation ?? 0);
      case 'reference':
        this.u8(Ext.NEWER_REFERENCE);
        this.#u16(term.words.length);
        this.#atom(nodeOf(term));
        this.#u32(term.creation ?? 0);
        for (const word of term.words) this.#u32(word);
        return;
      case 'export':
        this.u8(Ext.EXPORT);
        this.#atom(term.module);
        this.#atom(term.name);
        return this.#integer(term.arity);
      case 'function':
        if (term.external === undefined) throw new TermError(`${term.text} comes from a recording and cannot be sent`);
        return this.#raw(term.external);
      case 'cut':
      case 'redacted':
      case 'stateMark':
      case 'opaque':
        return whole(false);
    }
  }

  u8(value: number): void {
    this.#size = this.#room(1).writeUInt8(value, this.#size);
  }
  #u16(value: number): void {
    this.#size = this.#room(2).writeUInt16BE(value, this.#size);
  }
  #u32(value: number): void {
    this.#size = this.#room(4).writeUInt32BE(value, this.#size);
  }

  #list(term: ListTerm, depth: number): void {
    whole(term.more === undefined);
    if (term.elements.length > 0) {
      this.u8(Ext.LIST);
      this.#u32(term.elements.length);
      for (const element of term.elements) this.term(element, depth + 1);
    }
    if (term.tail === undefined) this.u8(Ext.NIL);
    else this.term(term.tail, depth + 1);
  }

  #integer(value: number | bigint): void {
    if (value >= 0 && value < 256) {
      this.u8(Ext.SMALL_INTEGER);
      return this.u8(Number(value));
    }
    if (value >= -(2 ** 31) && value < 2 ** 31) {
      this.u8(Ext.INTEGER);
      this.#size = this.#room(4).writeInt32BE(Number(value), this.#size);
      return;
    }
    const big = BigInt(value);
    const hex = (big < 0n ? -big : big).toString(16);
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').reverse();
    this.u8(bytes.length < 256 ? Ext.SMALL_BIG : Ext.LARGE_BIG);
    if (bytes.length < 256) this.u8(bytes.length);
    else this.#u32(bytes.length);
    this.u8(big < 0n ? 1 : 0);
    this.#raw(bytes);
  }

  #atom(name: string): void {
    const bytes = this.#utf8.encode(name);
    if ([...name].length > 255) throw new TermError('an atom of more than 255 characters');
    this.u8(bytes.length < 256 ? Ext.SMALL_ATOM_UTF8 : Ext.ATOM_UTF8);
    if (bytes.length < 256) this.u8(bytes.length);
    else this.#u16(bytes.length);
    this.#raw(bytes);
  }

  #raw(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.#size);
    this.#size += bytes.length;
  }

  #room(size: number): Buffer {
    if (this.#size + size > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#size + size));
      this.#buffer.copy(larger, 0, 0, this.#size);
      this.#buffer = larger;
    }
    return this.#buffer;
  }
}

function whole(isWhole: boolean): void {
  if (!isWhole) throw new TermError('a term of which a part was left out cannot be sent');
}

function nodeOf(identity: { readonly kind: string; readonly node?: string }): string {
  if (identity.node === undefined)
    throw new TermError(`a ${identity.kind} without the name of its node cannot be sent`);
  return identity.node;
}
