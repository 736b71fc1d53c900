/**
 * Tells from the bytes of two recorded terms that a part of them is the same, without decoding either: for walks over thousands of states of which
 * only one path matters.
 */
import { decodeTerm, type AtomTable } from './decode.js';
import { TermError } from './error.js';
import { keyText, type Path } from './path.js';
import { skipTerm } from './skip.js';
import { Tag } from './tags.js';
import { varint, varintEnd } from './varint.js';

interface Hop {
  /** Tag and sizes of the container; of a list only its tag. */
  header: Uint8Array;
  /** So many terms stand before the part, or before its key. */
  skip: number;
  key: Uint8Array | undefined;
  list: boolean;
}

/** Where a part lies in the bytes of a term, and how one gets there. */
export interface PartPlace {
  bytes: Uint8Array;
  hops: readonly Hop[];
  start: number;
  end: number;
}

/** Where `path` leads in these bytes; undefined where it leads nowhere or this cannot be told from the bytes. Keeps a copy. */
export function locatePart(term: Uint8Array, path: Path, atoms: AtomTable): PartPlace | undefined {
  const bytes = term.slice();
  const hops: Hop[] = [];
  let at = 0;
  try {
    for (const step of path) {
      const tag = bytes[at];
      if (tag === Tag.TUPLE && step.kind === 'element') {
        const keptAt = varintEnd(bytes, at + 1);
        const from = varintEnd(bytes, keptAt);
        if (step.index >= varint(bytes, keptAt)) return undefined;
        hops.push({ header: bytes.slice(at, from), skip: step.index, key: undefined, list: false });
        at = skipSome(bytes, from, step.index);
      } else if (tag === Tag.LIST && step.kind === 'index') {
        hops.push({ header: bytes.slice(at, at + 1), skip: step.index, key: undefined, list: true });
        const found = element(bytes, at + 1, step.index);
        if (found < 0) return undefined;
        at = found;
      } else if (tag === Tag.MAP && (step.kind === 'key' || step.kind === 'index')) {
        const wanted = step.kind === 'key' ? step.key : String(step.index);
        const keptAt = varintEnd(bytes, at + 1);
        const from = varintEnd(bytes, keptAt);
        let next = from;
        let entry = 0;
        for (const kept = varint(bytes, keptAt); ; entry++) {
          if (entry >= kept) return undefined;
          const end = skipTerm(bytes, next);
          if (keyText(decodeTerm(bytes, next, atoms).term) === wanted) {
            hops.push({ header: bytes.slice(at, from), skip: entry * 2, key: bytes.slice(next, end), list: false });
            at = end;
            break;
          }
          next = skipTerm(bytes, end);
        }
      } else return undefined;
    }
    return { bytes, hops, start: at, end: skipTerm(bytes, at) };
  } catch (error) {
    if (error instanceof TermError) return undefined;
    throw error;
  }
}

/** True: the part of the term in `bytes` is the same as the one at `place`. False: it is not, or nobody knows. */
export function samePart(place: PartPlace, bytes: Uint8Array): boolean {
  const { start, end } = place;
  // Mostly nothing before it has changed either.
  if (equal(place.bytes, 0, bytes, 0, end)) return true;
  let at = 0;
  try {
    for (const { header, skip, key, list } of place.hops) {
      if (!equal(header, 0, bytes, at, header.length)) return false;
      at += header.length;
      if (list) {
        at = element(bytes, at, skip);
        if (at < 0) return false;
      } else at = skipSome(bytes, at, skip);
      if (key === undefined) continue;
      if (!equal(key, 0, bytes, at, key.length)) return false;
      at += key.length;
    }
  } catch (error) {
    if (error instanceof TermError) return false;
    throw error;
  }
  return equal(place.bytes, start, bytes, at, end - start);
}

function skipSome(bytes: Uint8Array, from: number, terms: number): number {
  let at = from;
  for (let i = 0; i < terms; i++) at = skipTerm(bytes, at);
  return at;
}

/** Where an element of the list whose first one would be at `from` lies, -1 where it has none. */
function element(bytes: Uint8Array, from: number, index: number): number {
  let at = from;
  for (let i = 0; ; i++) {
    const tag = bytes[at];
    if (tag === undefined || tag === Tag.LIST_END || tag === Tag.LIST_MORE || tag === Tag.LIST_TAIL) return -1;
    if (i === index) return at;
    at = skipTerm(bytes, at);
  }
}

function equal(a: Uint8Array, aFrom: number, b: Uint8Array, bFrom: number, length: number): boolean {
  if (aFrom + length > a.length || bFrom + length > b.length) return false;
  for (let i = 0; i < length; i++) if (a[aFrom + i] !== b[bFrom + i]) return false;
  return true;
}
