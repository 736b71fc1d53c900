/**
 * Walking over recorded terms without decoding them: where one ends, what kind it is, where an element of a tuple lies.
 * Nothing here allocates, apart from the range that `element` returns.
 */
import { TermError } from './error.js';
import { MAX_DEPTH, MAX_REFERENCE_WORDS, Tag } from './tags.js';
import { varint, varintEnd } from './varint.js';

/** A range of bytes, `end` excluded. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where the term at `offset` ends. Throws a TermError when the bytes are not a whole term. */
export function skipTerm(bytes: Uint8Array, offset: number): number {
  return skip(bytes, offset, 0);
}

/** The size of the tuple at `offset` (its true one, cut or not), or `undefined` when something else is there. */
export function tupleSize(bytes: Uint8Array, offset: number): number | undefined {
  return bytes[offset] === Tag.TUPLE ? varint(bytes, offset + 1) : undefined;
}

/** Where element `index` (from 0) of the tuple at `offset` lies; `undefined` when there is no tuple or the element was cut. */
export function element(bytes: Uint8Array, offset: number, index: number): ByteRange | undefined {
  if (bytes[offset] !== Tag.TUPLE) return undefined;
  const keptAt = varintEnd(bytes, offset + 1);
  if (index < 0 || index >= varint(bytes, keptAt)) return undefined;
  let start = varintEnd(bytes, keptAt);
  for (let i = 0; i < index; i++) start = skip(bytes, start, 1);
  return { start, end: skip(bytes, start, 1) };
}

/** Where the first element of the list at `offset` lies; `undefined` when there is no list or it is empty. */
export function firstOfList(bytes: Uint8Array, offset: number): ByteRange | undefined {
  if (bytes[offset] !== Tag.LIST) return undefined;
  const next = bytes[offset + 1];
  if (next === Tag.LIST_END || next === Tag.LIST_MORE || next === Tag.LIST_TAIL) return undefined;
  return { start: offset + 1, end: skip(bytes, offset + 1, 1) };
}

/** The index of the atom at `offset` in the stream's atom table, or `undefined` when something else is there. */
export function atomIndex(bytes: Uint8Array, offset: number): number | undefined {
  return bytes[offset] === Tag.ATOM ? varint(bytes, offset + 1) : undefined;
}

/** The pid of the recorded node at `offset` as a pid64 (docs/formats/wire.md), or `undefined` when something else is there. */
export function localPid64(bytes: Uint8Array, offset: number): number | undefined {
  if (bytes[offset] !== Tag.LOCAL_PID) return undefined;
  const number = varint(bytes, offset + 1);
  return number + varint(bytes, varintEnd(bytes, offset + 1)) * 2 ** 28;
}

/** `offset + size`, if there are as many bytes. */
export function within(bytes: Uint8Array, offset: number, size: number): number {
  if (size > bytes.length - offset)
    throw new TermError(`${size} bytes announced, ${Math.max(0, bytes.length - offset)} there`, offset);
  return offset + size;
}

function skip(bytes: Uint8Array, offset: number, depth: number): number {
  const tag = bytes[offset];
  if (tag === undefined || offset < 0) throw new TermError('the term is cut off', offset);
  if (depth > MAX_DEPTH) throw new TermError(`nested deeper than ${MAX_DEPTH}`, offset);
  const at = offset + 1;
  if (tag < 0x80) return at;
  switch (tag) {
    case Tag.EMPTY_LIST:
    case Tag.CUT_BYTES:
    case Tag.REDACTED:
    case Tag.STATE_MARK:
      return at;
    case Tag.INTEGER:
    case Tag.ATOM:
    case Tag.LOCAL_PORT:
      return varintEnd(bytes, at);
    case Tag.BIG_INTEGER: {
      const sizeAt = within(bytes, at, 1);
      return within(bytes, varintEnd(bytes, sizeAt), varint(bytes, sizeAt));
    }
    case Tag.FLOAT:
      return within(bytes, at, 8);
    case Tag.LOCAL_PID:
      return varintEnd(bytes, varintEnd(bytes, at));
    case Tag.REMOTE_PID:
      return varintEnd(bytes, varintEnd(bytes, varintEnd(bytes, varintEnd(bytes, at))));
    case Tag.REMOTE_PORT:
    case Tag.EXPORT:
      return varintEnd(bytes, varintEnd(bytes, varintEnd(bytes, at)));
    case Tag.LOCAL_REFERENCE:
      return skipWords(bytes, at);
    case Tag.REMOTE_REFERENCE:
      return skipWords(bytes, varintEnd(bytes, varintEnd(bytes, at)));
    case Tag.BINARY:
    case Tag.BITSTRING: {
      const keptAt = varintEnd(bytes, at);
      return within(bytes, varintEnd(bytes, keptAt), varint(bytes, keptAt));
    }
    case Tag.FUNCTION:
    case Tag.OPAQUE:
      return within(bytes, varintEnd(bytes, at), varint(bytes, at));
    case Tag.CUT_DEPTH:
      return varintEnd(bytes, within(bytes, at, 1));
    case Tag.TUPLE:
    case Tag.MAP: {
      const keptAt = varintEnd(bytes, at);
      const terms = varint(bytes, keptAt) * (tag === Tag.MAP ? 2 : 1);
      let next = varintEnd(bytes, keptAt);
      within(bytes, next, terms);
      for (let i = 0; i < terms; i++) next = skip(bytes, next, depth + 1);
      return next;
    }
    case Tag.LIST: {
      let next = at;
      for (;;) {
        const mark = bytes[next];
        if (mark === Tag.LIST_END || mark === Tag.LIST_MORE) return next + 1;
        if (mark === Tag.LIST_TAIL) return skip(bytes, next + 1, depth + 1);
        next = skip(bytes, next, depth + 1);
      }
    }
    default:
      throw new TermError(`no term begins with byte 0x${tag.toString(16)}`, offset);
  }
}

function skipWords(bytes: Uint8Array, offset: number): number {
  const words = bytes[offset] ?? 0;
  if (words < 1 || words > MAX_REFERENCE_WORDS) throw new TermError(`a reference of ${words} words`, offset);
  return within(bytes, offset + 1, words * 4);
}
