export type * from './term.js';
export { atom, binary, bool, charlist, float, int, list, localPid, map, tuple } from './build.js';
export { TermError } from './error.js';
export { decodeTerm, decodeTerms, type AtomTable } from './decode.js';
export { AtomList, encodeTerm, encodeTerms, type AtomInterner } from './encode.js';
export { atomIndex, element, firstOfList, localPid64, skipTerm, tupleSize, type ByteRange } from './skip.js';
export { printTerm, type PrintOptions } from './print.js';
export { elixirAtom, erlangAtom } from './atom-text.js';
export { erlangFloat } from './float-text.js';
