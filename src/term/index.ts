export type * from './term.js';
export { atom, binary, bool, charlist, float, int, list, localPid, map, tuple } from './build.js';
export { TermError } from './error.js';
export { decodeTerm, decodeTerms, type AtomTable } from './decode.js';
export { atomsIn } from './atoms-in.js';
export { AtomList, encodeTerm, encodeTerms, type AtomInterner } from './encode.js';
export { atomIndex, element, firstOfList, localPid64, skipTerm, tupleSize, type ByteRange } from './skip.js';
export { printTerm, type PrintOptions } from './print.js';
export { elixirAtom, erlangAtom } from './atom-text.js';
export { erlangFloat } from './float-text.js';
export { utf8Text } from './text.js';
export { compareEqual, compareOrder, isWhole, termKey, type Equality } from './compare.js';
export {
  childrenOf,
  keyText,
  parsePath,
  printPath,
  resolvePath,
  type Child,
  type Path,
  type Resolved,
  type Step,
} from './path.js';
export { locatePart, samePart, type PartPlace } from './same-part.js';
export { diffTerms, renderDiff, type Change } from './diff.js';
export { matchTerm, needsOf, type Match, type Pattern } from './pattern.js';
export { parsePattern } from './parse-pattern.js';
export { containing, indexOfBytes, matching, searchTerm, type Hit } from './search.js';
export { termFromJson, termToJson, type JsonValue, type TermJson } from './json.js';
