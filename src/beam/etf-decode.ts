/** External Term Format → terms. The bytes come from a node and are hostile until decoded. */
import { inflateSync } from 'node:zlib';
import { TermError, int, type Term } from '../term/index.js';
import { encodeFun } from './etf-encode.js';
import { DEFAULT_LIMITS, Ext, MAX_INTEGER_BYTES, MAX_NESTED_FUNS, VERSION, type EtfLimits } from './etf-tags.js';

/**
 * The term in `bytes`, which begin with the version byte 131. Identities keep their node's name. Throws a TermError for anything
 * that is not one whole term within the limits.
 */
export function decodeEtf(bytes: Uint8Array, limits: EtfLimits = DEFAULT_LIMITS): Term {
  const { term, end } = decodeEtfAt(bytes, 0, limits);
  if (end !== bytes.length) throw new TermError(`${bytes.length - end} bytes after the term`, end);
  return term;
}

/** The same for a term at `offset`, with where it ends. */
export function decodeEtfAt(
  bytes: Uint8Array,
  offset: number,
  limits: EtfLimits = DEFAULT_LIMITS,
): { term: Term; end: number } {
  if (bytes[offset] !== VERSION)
    throw new TermError('not the External Term Format (the first byte is not 131)', offset);
  if (bytes[offset + 1] === Ext.COMPRESSED) return decompress(bytes, offset + 2, limits);
  const reader = new Reader(bytes, offset + 1, limits);
  return { term: reader.term(0), end: reader.at };
}

/** A term without version byte, behind a distribution header that lists these atoms. */
export function decodeBareEtfAt(
  bytes: Uint8Array,
  offset: number,
  atoms: readonly string[],
  limits: EtfLimits = DEFAULT_LIMITS,
): { term: Term; end: number } {
  const reader = new Reader(bytes, offset, limits, atoms);
  return { term: reader.term(0), end: reader.at };
}

function decompress(bytes: Uint8Array, offset: number, limits: EtfLimits): { term: Term; end: number } {
  const size = new Reader(bytes, offset, limits).u32();
  if (size > limits.unpacked) throw new TermError(`a compressed term of ${size} bytes is too large`, offset);
  let unpacked: { buffer: Uint8Array; engine: { bytesWritten: number } };
  try {
    // With `info`, zlib also gives the engine, and that tells how many bytes it took in.
    unpacked = inflateSync(bytes.subarray(offset + 4), {
      maxOutputLength: Math.max(size, 1),
      info: true,
    }) as unknown as typeof unpacked;
  } catch {
    throw new TermError('a compressed term cannot be unpacked', offset);
  }
  if (unpacked.buffer.length !== size) throw new TermError('a compressed term has not the size it announces', offset);
  const reader = new Reader(unpacked.buffer, 0, limits);
  const term = reader.term(0);
  if (reader.at !== size) throw new TermError('bytes after a compressed term', offset);
  return { term, end: offset + 4 + unpacked.engine.bytesWritten };
}

class Reader {
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  #terms = 0;
  /** Funs around where we are. */
  #funs = 0;
  /** Bytes of atoms that stood as references inside funs. */
  #expanded = 0;

  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
    private readonly limits: EtfLimits,
    /** Those that the distribution header lists. */
    private readonly atoms: readonly string[] = [],
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  term(depth: number): Term {
    const start = this.at;
    if (depth > this.limits.depth) throw new TermError(`nested deeper than ${this.limits.depth}`, start);
    if (++this.#terms > this.limits.terms) throw new TermError(`more than ${this.limits.terms} terms`, start);
    const tag = this.u8();
    switch (tag) {
      case Ext.SMALL_INTEGER:
        return { kind: 'integer', value: this.u8() };
      case Ext.INTEGER:
        return { kind: 'integer', value: this.#view.getInt32(this.#advance(4)) };
      case Ext.SMALL_BIG:
        return this.#big(this.u8());
      case Ext.LARGE_BIG:
        return this.#big(this.u32());
      case Ext.NEW_FLOAT:
        return this.#float(this.#view.getFloat64(this.#advance(8)), start);
      case Ext.FLOAT:
        return this.#float(Number(this.#latin1(31).split('\0')[0]), start);
      case Ext.ATOM:
      case Ext.ATOM_UTF8:
      case Ext.SMALL_ATOM:
      case Ext.SMALL_ATOM_UTF8:
      case Ext.ATOM_CACHE_REF:
        return { kind: 'atom', name: this.#atomOf(tag) };
      case Ext.SMALL_TUPLE:
        return this.#tuple(this.u8(), depth);
      case Ext.LARGE_TUPLE:
        return this.#tuple(this.u32(), depth);
      case Ext.NIL:
        return { kind: 'list', elements: [] };
      case Ext.STRING: {
        const elements = Array.from(this.#take(this.u16()), (value): Term => ({ kind: 'integer', value }));
        return { kind: 'list', elements };
      }
      case Ext.LIST:
        return this.#list(depth);
      case Ext.BINARY: {
        const bytes = new Uint8Array(this.#take(this.u32()));
        return { kind: 'binary', bytes, size: bytes.length };
      }
      case Ext.BIT_BINARY:
        return this.#bits(start);
      case Ext.MAP:
        return this.#map(depth);
      case Ext.EXPORT:
        return this.#export(start);
      case Ext.NEW_FUN:
        return this.#fun(start, depth);
      case Ext.FUN:
        throw new TermError('a fun in a format that no node of today sends', start);
      case Ext.LOCAL:
        throw new TermError('a term that only its own node can read (LOCAL_EXT)', start);
      case Ext.COMPRESSED:
        throw new TermError('a compressed term inside another', start);
      default:
        return this.#identity(tag, start);
    }
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }
  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** Moves over `size` bytes that must be there; gives where they began. */
  #advance(size: number): number {
    const start = this.at;
    if (size > this.bytes.length - start) throw new TermError('the term is cut off', start);
    this.at += size;
    return start;
  }

  #take(size: number): Uint8Array {
    const start = this.#advance(size);
    return this.bytes.subarray(start, start + size);
  }

  #latin1(size: number): string {
    const start = this.#advance(size);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, size).toString('latin1');
  }

  #atom(): string {
    return this.#atomOf(this.u8());
  }

  #atomOf(tag: number): string {
    switch (tag) {
      case Ext.ATOM:
        return this.#latin1(this.u16());
      case Ext.SMALL_ATOM:
        return this.#latin1(this.u8());
      case Ext.ATOM_UTF8:
        return this.#utf8.decode(this.#take(this.u16()));
      case Ext.SMALL_ATOM_UTF8:
        return this.#utf8.decode(this.#take(this.u8()));
      case Ext.ATOM_CACHE_REF: {
        const name = this.atoms[this.u8()];
        if (name === undefined) throw new TermError('an atom that the header does not list', this.at - 1);
        if (this.#funs > 0) {
          this.#expanded += 3 + name.length;
          if (this.#expanded > this.limits.unpacked) throw new TermError('a fun that is too large', this.at);
        }
        return name;
      }
      default:
        throw new TermError(`tag ${tag} where an atom must stand`, this.at - 1);
    }
  }

  #float(value: number, start: number): Term {
    if (!Number.isFinite(value)) throw new TermError('a float that is not finite', start);
    return { kind: 'float', value };
  }

  #big(size: number): Term {
    const sign = this.u8();
    if (size > MAX_INTEGER_BYTES) throw new TermError(`an integer of ${size} bytes`, this.at);
    const hex = Buffer.from(this.#take(size)).reverse().toString('hex');
    const magnitude = hex === '' ? 0n : BigInt(`0x${hex}`);
    return int(sign === 0 ? magnitude : -magnitude);
  }

  /** `count` terms follow, so at least as many bytes must be there. */
  #announced(count: number): void {
    if (count > this.bytes.length - this.at)
      throw new TermError(`${count} elements announced, ${this.bytes.length - this.at} bytes there`, this.at);
  }

  #tuple(size: number, depth: number): Term {
    this.#announced(size);
    const elements: Term[] = [];
    for (let i = 0; i < size; i++) elements.push(this.term(depth + 1));
    return { kind: 'tuple', elements, size };
  }

  #list(depth: number): Term {
    const size = this.u32();
    this.#announced(size);
    const elements: Term[] = [];
    for (let i = 0; i < size; i++) elements.push(this.term(depth + 1));
    const tail = this.term(depth + 1);
    if (tail.kind !== 'list') return { kind: 'list', elements, tail };
    // A tail that is itself a list only continues this one.
    for (const element of tail.elements) elements.push(element);
    return tail.tail === undefined ? { kind: 'list', elements } : { kind: 'list', elements, tail: tail.tail };
  }

  #map(depth: number): Term {
    const size = this.u32();
    this.#announced(size * 2);
    const entries: [Term, Term][] = [];
    for (let i = 0; i < size; i++) {
      const key = this.term(depth + 1);
      entries.push([key, this.term(depth + 1)]);
    }
    return { kind: 'map', entries, size };
  }

  #bits(start: number): Term {
    const length = this.u32();
    const last = this.u8();
    const bytes = new Uint8Array(this.#take(length));
    if (last > 8 || (length === 0) !== (last === 0))
      throw new TermError(`a bitstring whose last byte has ${last} bits`, start);
    if (last === 8 || length === 0) return { kind: 'binary', bytes, size: length };
    bytes[length - 1] = (bytes[length - 1] as number) & (0xff << (8 - last));
    return { kind: 'bitstring', bytes, bits: (length - 1) * 8 + last };
  }

  #export(start: number): Term {
    const module = this.#atom();
    const name = this.#atom();
    const arity = this.term(0);
    if (arity.kind !== 'integer' || typeof arity.value !== 'number')
      throw new TermError('an external fun without arity', start);
    return { kind: 'export', module, name, arity: arity.value };
  }

  /** Size u32, arity u8, uniq 16 bytes, index u32, free variables u32, module, old index, old uniq, pid, the variables. */
  #fun(start: number, depth: number): Term {
    const end = this.at + this.u32();
    if (end > this.bytes.length) throw new TermError('the term is cut off', start);
    if (++this.#funs > MAX_NESTED_FUNS) throw new TermError(`funs nested deeper than ${MAX_NESTED_FUNS}`, start);
    const expandedBefore = this.#expanded;
    const fixed = this.#advance(1 + 16);
    const index = this.u32();
    const free = this.u32();
    const fixedBytes = this.bytes.subarray(fixed, this.at);
    const module = this.#atom();
    const oldIndex = this.term(depth + 1);
    const unique = this.term(depth + 1);
    const terms = [oldIndex, unique, this.term(depth + 1)];
    this.#announced(free);
    for (let i = 0; i < free; i++) terms.push(this.term(depth + 1));
    if (this.at !== end || oldIndex.kind !== 'integer' || unique.kind !== 'integer')
      throw new TermError('a broken fun', start);
    this.#funs--;
    // References to the cache mean nothing outside their message: a fun with some is written anew.
    const external =
      this.#expanded === expandedBefore
        ? new Uint8Array(this.bytes.subarray(start, end))
        : encodeFun({ fixed: fixedBytes, module, terms });
    return { kind: 'function', text: `#Fun<${module}.${index}.${unique.value}>`, external };
  }

  #identity(tag: number, start: number): Term {
    switch (tag) {
      case Ext.NEW_PID:
      case Ext.PID: {
        const node = this.#atom();
        const number = this.u32();
        const serial = this.u32();
        return { kind: 'pid', node, number, serial, creation: tag === Ext.PID ? this.u8() & 3 : this.u32() };
      }
      case Ext.V4_PORT: {
        const node = this.#atom();
        const number = int(this.#view.getBigUint64(this.#advance(8))).value;
        return { kind: 'port', node, number, creation: this.u32() };
      }
      case Ext.NEW_PORT:
      case Ext.PORT: {
        const node = this.#atom();
        const number = this.u32();
        return { kind: 'port', node, number, creation: tag === Ext.PORT ? this.u8() & 3 : this.u32() };
      }
      case Ext.NEWER_REFERENCE:
      case Ext.NEW_REFERENCE: {
        const count = this.u16();
        if (count < 1 || count > 5) throw new TermError(`a reference of ${count} words`, start);
        const node = this.#atom();
        const creation = tag === Ext.NEW_REFERENCE ? this.u8() & 3 : this.u32();
        return { kind: 'reference', node, creation, words: Array.from({ length: count }, () => this.u32()) };
      }
      case Ext.REFERENCE: {
        const node = this.#atom();
        const word = this.u32();
        return { kind: 'reference', node, creation: this.u8() & 3, words: [word] };
      }
      default:
        throw new TermError(`no term begins with tag ${tag}`, start);
    }
  }
}
