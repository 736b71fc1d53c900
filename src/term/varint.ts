/**
 * Unsigned LEB128 integers of at most ten bytes. Value and end are asked for separately, so that walking over terms
 * allocates nothing.
 */
import { TermError } from './error.js';

const MAX_BYTES = 10;

/** Where the varint at `offset` ends. Throws when it is longer than ten bytes or cut off. */
export function varintEnd(bytes: Uint8Array, offset: number): number {
  const limit = Math.min(bytes.length, offset + MAX_BYTES);
  for (let at = offset; at < limit; at++) {
    if ((bytes[at] as number) < 0x80) return at + 1;
  }
  throw new TermError(limit === bytes.length ? 'a number is cut off' : 'a number is longer than ten bytes', offset);
}

/** The varint at `offset` as a safe integer. */
export function varint(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset];
  if (first !== undefined && first < 0x80) return first;
  const end = varintEnd(bytes, offset);
  if (end - offset > 8) {
    const value = varintBig(bytes, offset);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new TermError(`a number is too large: ${value}`, offset);
    return Number(value);
  }
  let value = 0;
  for (let at = end - 1; at >= offset; at--) value = value * 128 + ((bytes[at] as number) & 0x7f);
  if (value > Number.MAX_SAFE_INTEGER) throw new TermError('a number is too large', offset);
  return value;
}

/** The varint at `offset`, of up to 64 bits. */
export function varintBig(bytes: Uint8Array, offset: number): bigint {
  const end = varintEnd(bytes, offset);
  let value = 0n;
  for (let at = end - 1; at >= offset; at--) value = (value << 7n) | BigInt((bytes[at] as number) & 0x7f);
  if (value >> 64n !== 0n) throw new TermError('a number has more than 64 bits', offset);
  return value;
}
