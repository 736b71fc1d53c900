/** Bytes and lists as text: whether they are printable, and how their characters are escaped. */
import type { ListTerm } from './term.js';

export type Syntax = 'elixir' | 'erlang';

/** The text of UTF-8 bytes, or `undefined` when they are not valid UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** How many of these bytes are left when a character that was cut in the middle is taken off the end. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < needed ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

/** As many of these bytes as can be seen where text stops after `limit` characters: a character has four bytes at most. */
export function shownBytes(bytes: Uint8Array, limit = Infinity): Uint8Array {
  return bytes.length > 4 * limit + 4 ? bytes.subarray(0, 4 * limit + 4) : bytes;
}

/** `String.printable?` of Elixir (7 to 13, 27, and DEL count) and `io_lib:printable_unicode_list` of Erlang. */
export function isPrintable(text: string, syntax: Syntax): boolean {
  for (const character of text) {
    if (!isPrintablePoint(character.codePointAt(0) as number, syntax)) return false;
  }
  return true;
}

function isPrintablePoint(point: number, syntax: Syntax): boolean {
  if (point >= 32 && point < 127) return true;
  if (point < 128) {
    return (point >= 8 && point <= 13) || point === 27 || (syntax === 'elixir' && (point === 7 || point === 127));
  }
  return point >= 0xa0 && !(point >= 0xd800 && point < 0xe000) && point !== 0xfffe && point !== 0xffff;
}

/** The text of a list that Elixir prints as a charlist (ASCII) or Erlang as a string (any printable characters), or `undefined`. */
export function listText(list: ListTerm, syntax: Syntax): string | undefined {
  if (list.elements.length === 0 || list.tail !== undefined) return undefined;
  const points: string[] = [];
  for (const element of list.elements) {
    if (element.kind !== 'integer' || typeof element.value !== 'number') return undefined;
    const point = element.value;
    if (point < 0 || point > (syntax === 'elixir' ? 126 : 0x10ffff) || !isPrintablePoint(point, syntax))
      return undefined;
    points.push(String.fromCodePoint(point));
  }
  return points.join('');
}

const NAMED: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [27, '\\e'],
  [127, '\\d'],
]);

/** Characters inside `quote`s as Elixir writes them. `careful`: from 1.15 on, characters that cannot be seen are written as escapes. */
export function escapeElixir(text: string, quote: string, careful = true): string {
  const parts: string[] = [];
  let last = '';
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    if (character === quote || character === '\\') parts.push('\\', character);
    else if (character === '{' && last === '#') parts.splice(-1, 1, '\\#{');
    else if (point < 0x80 && NAMED.has(point)) parts.push(NAMED.get(point) as string);
    else if (point === 0) parts.push('\\0');
    else if (point === 0xfeff || (careful && isUnseen(point))) parts.push(`\\u${hex(point, 4)}`);
    else if (isPrintablePoint(point, 'elixir')) parts.push(character);
    else if (point < 0x100) parts.push(`\\x${hex(point, 2)}`);
    else parts.push(`\\x{${hex(point, 4)}}`);
    last = character;
  }
  return parts.join('');
}

/** Characters inside `quote`s as `~tp` writes them. */
export function escapeErlang(text: string, quote: string): string {
  const parts: string[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    if (character === quote || character === '\\') parts.push('\\', character);
    else if (point !== 7 && point < 0x80 && NAMED.has(point)) parts.push(NAMED.get(point) as string);
    else if (point < 32) parts.push(`\\${point.toString(8).padStart(3, '0')}`);
    else if (point >= 0x80 && point < 0xa0) parts.push(`\\${point.toString(8)}`);
    else if (!isPrintablePoint(point, 'erlang')) parts.push(`\\x{${hex(point, 1)}}`);
    else parts.push(character);
  }
  return parts.join('');
}

const hex = (point: number, digits: number): string => point.toString(16).toUpperCase().padStart(digits, '0');

function isUnseen(point: number): boolean {
  return (
    point === 0xa0 ||
    point === 0x34f ||
    point === 0x61c ||
    (point >= 0x2000 && point <= 0x200f) ||
    (point >= 0x2028 && point <= 0x202e) ||
    (point >= 0x205f && point <= 0x2064) ||
    (point >= 0x2066 && point <= 0x2069) ||
    (point >= 0xfff9 && point <= 0xfffc)
  );
}
