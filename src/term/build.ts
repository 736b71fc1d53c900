/** Short ways to write terms in code. */
import type {
  AtomTerm,
  BinaryTerm,
  FloatTerm,
  IntegerTerm,
  ListTerm,
  MapTerm,
  PidTerm,
  Term,
  TupleTerm,
} from './term.js';

const utf8 = new TextEncoder();

export const atom = (name: string): AtomTerm => ({ kind: 'atom', name });

/** Takes a `bigint` of any size; one that is a safe integer becomes a `number`, as the Term type wants it. */
export function int(value: number | bigint): IntegerTerm {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
    return { kind: 'integer', value: value === 0 ? 0 : value };
  }
  const small = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return { kind: 'integer', value: small ? Number(value) : value };
}

export const float = (value: number): FloatTerm => ({ kind: 'float', value });

/** A whole binary: of these bytes, or of this text in UTF-8. */
export function binary(content: string | Uint8Array): BinaryTerm {
  const bytes = typeof content === 'string' ? utf8.encode(content) : content;
  return { kind: 'binary', bytes, size: bytes.length };
}

export const tuple = (...elements: readonly Term[]): TupleTerm => ({ kind: 'tuple', elements, size: elements.length });

export const list = (elements: readonly Term[], tail?: Term): ListTerm =>
  tail === undefined ? { kind: 'list', elements } : { kind: 'list', elements, tail };

/** A list of the text's code points. */
export const charlist = (text: string): ListTerm =>
  list([...text].map((character) => int(character.codePointAt(0) ?? 0)));

export const map = (entries: readonly (readonly [Term, Term])[]): MapTerm => ({
  kind: 'map',
  entries,
  size: entries.length,
});

/** A pid of the recorded node itself, `<0.number.serial>`. */
export const localPid = (number: number, serial = 0): PidTerm => ({ kind: 'pid', number, serial });

export const bool = (value: boolean): AtomTerm => atom(value ? 'true' : 'false');
