/** Which atoms recorded terms name, without decoding them: for whoever copies terms together with the names they need. */
import { TermError } from './error.js';
import { skipTerm, within } from './skip.js';
import { MAX_DEPTH, Tag } from './tags.js';
import { varint, varintEnd } from './varint.js';

/** Visits the index of every atom in the terms that lie back to back in `bytes`. Throws a TermError when they are no whole terms. */
export function atomsIn(bytes: Uint8Array, visit: (index: number) => void): void {
  for (let at = 0; at < bytes.length;) at = walk(bytes, at, 0, visit);
}

function walk(bytes: Uint8Array, offset: number, depth: number, visit: (index: number) => void): number {
  if (depth > MAX_DEPTH) throw new TermError(`nested deeper than ${MAX_DEPTH}`, offset);
  const at = offset + 1;
  switch (bytes[offset]) {
    case Tag.ATOM:
    case Tag.REMOTE_PID:
    case Tag.REMOTE_PORT:
    case Tag.REMOTE_REFERENCE:
      visit(varint(bytes, at));
      return skipTerm(bytes, offset);
    case Tag.EXPORT:
      visit(varint(bytes, at));
      visit(varint(bytes, varintEnd(bytes, at)));
      return skipTerm(bytes, offset);
    case Tag.TUPLE:
    case Tag.MAP: {
      const keptAt = varintEnd(bytes, at);
      const terms = varint(bytes, keptAt) * (bytes[offset] === Tag.MAP ? 2 : 1);
      let next = varintEnd(bytes, keptAt);
      within(bytes, next, terms);
      for (let i = 0; i < terms; i++) next = walk(bytes, next, depth + 1, visit);
      return next;
    }
    case Tag.LIST:
      for (let next = at; ;) {
        const mark = bytes[next];
        if (mark === Tag.LIST_END || mark === Tag.LIST_MORE) return next + 1;
        if (mark === Tag.LIST_TAIL) return walk(bytes, next + 1, depth + 1, visit);
        next = walk(bytes, next, depth + 1, visit);
      }
    default:
      return skipTerm(bytes, offset);
  }
}
