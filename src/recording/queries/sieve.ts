/**
 * Decides from the bytes of a payload alone that it cannot hold what is looked for, so that few payloads are decoded. It may let through what
 * does not match and never holds back what does.
 */
import { AtomList, charlist, encodeTerm, indexOfBytes, needsOf, type Pattern } from '../../term/index.js';
import type { Dictionary } from '../format/dictionary.js';

const ATOM = 0x84;
const EXPORT = 0x94;

/** False: nothing in these bytes of this node can match. They are only read where the node's atoms do not say so already. */
export type Sieve = (read: () => Uint8Array, node: number) => boolean;

/** For a text inside binaries, atoms, charlists and what was recorded as text. */
export function textSieve(text: string, dictionary: Dictionary): Sieve {
  const utf8 = new TextEncoder().encode(text);
  // ASCII has the same bytes in a charlist; other characters are integers there.
  const list = /^[\x00-\x7f]*$/.test(text) ? undefined : encodeTerm(charlist(text), new AtomList()).slice(1, -1);
  const atoms = atomsOfNodes(dictionary, (name) => name.includes(text));
  return (read, node) => {
    const payload = read();
    if (indexOfBytes(payload, utf8) >= 0 || (list !== undefined && indexOfBytes(payload, list) >= 0)) return true;
    return namesOneOf(payload, atoms(node));
  };
}

/** For a value that matches a pattern. */
export function patternSieve(pattern: Pattern, dictionary: Dictionary): Sieve {
  const needs = needsOf(pattern);
  const atoms = needs.atoms.map((wanted) => atomsOfNodes(dictionary, (name) => name === wanted));
  return (read, node) => {
    if (atoms.some((indexes) => indexes(node).size === 0)) return false;
    const payload = read();
    return (
      atoms.every((indexes) => namesOneOf(payload, indexes(node))) &&
      needs.bytes.every((bytes) => indexOfBytes(payload, bytes) >= 0)
    );
  };
}

/** The indexes of the atoms wanted, by node; made anew when the dictionary has grown. */
function atomsOfNodes(
  dictionary: Dictionary,
  wanted: (name: string) => boolean,
): (node: number) => ReadonlySet<number> {
  const known = new Map<number, { size: number; indexes: Set<number> }>();
  return (node) => {
    const table = dictionary.atoms(node);
    let entry = known.get(node);
    if (entry?.size !== table.size) {
      entry = { size: table.size, indexes: new Set() };
      for (const [index, name] of table) if (wanted(name)) entry.indexes.add(index);
      known.set(node, entry);
    }
    return entry.indexes;
  };
}

/** Whether an atom of the set may stand in the bytes. */
function namesOneOf(payload: Uint8Array, indexes: ReadonlySet<number>): boolean {
  if (indexes.size === 0) return false;
  for (let at = payload.indexOf(ATOM); at >= 0; at = payload.indexOf(ATOM, at + 1))
    if (indexes.has(number(payload, at + 1))) return true;
  for (let at = payload.indexOf(EXPORT); at >= 0; at = payload.indexOf(EXPORT, at + 1)) {
    if (indexes.has(number(payload, at + 1))) return true;
    let second = at + 1;
    while (second < payload.length && payload[second]! >= 0x80) second++;
    if (indexes.has(number(payload, second + 1))) return true;
  }
  return false;
}

/** The varint at an offset, -1 where there is none: these bytes may be something else altogether. */
function number(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let at = from, scale = 1; at < bytes.length && at < from + 7; at++, scale *= 128) {
    value += (bytes[at]! & 0x7f) * scale;
    if (bytes[at]! < 0x80) return value;
  }
  return -1;
}
