/** Looking for something inside a term, and the path to it. */
import { keyText, keywordPairs, type Path, type Step } from './path.js';
import { matchTerm, type Pattern } from './pattern.js';
import type { ListTerm, Term } from './term.js';

export interface Hit {
  /** Of a map's key: the path of its value. */
  readonly path: Path;
  readonly value: Term;
}

/**
 * The parts of a term that satisfy a test, outermost first, at most `limit`; parts of a part that does are not looked at. Keys count as parts:
 * the answer then has the path of their value.
 */
export function searchTerm(term: Term, test: (part: Term) => boolean, limit = Infinity): Hit[] {
  const hits: Hit[] = [];
  visit(term, [], test, hits, limit);
  return hits;
}

interface Parent {
  readonly term: Term;
  readonly index: number;
}

function visit(term: Term, parents: Parent[], test: (part: Term) => boolean, hits: Hit[], limit: number): void {
  if (hits.length >= limit) return;
  if (test(term)) {
    hits.push({ path: pathOf(parents), value: term });
    return;
  }
  const child = (part: Term, index: number): void => {
    parents.push({ term, index });
    visit(part, parents, test, hits, limit);
    parents.pop();
  };
  switch (term.kind) {
    case 'tuple':
      term.elements.forEach(child);
      break;
    case 'list':
      term.elements.forEach(child);
      if (term.tail !== undefined) child(term.tail, term.elements.length);
      break;
    case 'map':
      term.entries.forEach(([key, value], index) => {
        const before = hits.length;
        child(key, index);
        // What was found in a key has the same path as what is found in its value: once is enough.
        if (hits.length > before) hits.length = before + 1;
        else child(value, index);
      });
      break;
    default:
  }
}

/** Paths are made only for what was found. What lies inside a key has the path of the key's value. */
function pathOf(parents: readonly Parent[]): Step[] {
  const steps: Step[] = [];
  for (let i = 0; i < parents.length; i++) {
    const { term, index } = parents[i]!;
    const below = parents[i + 1];
    if (term.kind === 'map') {
      const [key] = term.entries[index]!;
      steps.push({ kind: 'key', key: keyText(key) });
      if (below?.term === key) break;
    } else if (term.kind === 'list') {
      if (index === term.elements.length) steps.push({ kind: 'tail' });
      else if (below?.index === 1 && keyed(term)) {
        steps.push({ kind: 'key', key: keyText(keywordPairs(term)![index]![0]) });
        i++;
      } else steps.push({ kind: 'index', index });
    } else steps.push({ kind: 'element', index });
  }
  return steps;
}

const keyed = (term: ListTerm): boolean => keywordPairs(term) !== undefined;

/** A test for `searchTerm`: the pattern matches, for certain. */
export const matching =
  (pattern: Pattern) =>
  (part: Term): boolean =>
    matchTerm(pattern, part) === 'yes';

/** A test for `searchTerm`: binaries, atoms, charlists and what else is text in which `text` occurs, case and all. */
export function containing(text: string): (part: Term) => boolean {
  const bytes = new TextEncoder().encode(text);
  return (part) => {
    switch (part.kind) {
      case 'binary':
      case 'bitstring':
        return indexOfBytes(part.bytes, bytes) >= 0;
      case 'atom':
        return part.name.includes(text);
      case 'list':
        return part.elements.length > 0 && charactersOf(part).includes(text);
      case 'function':
      case 'opaque':
        return part.text.includes(text);
      case 'export':
        return part.module.includes(text) || part.name.includes(text);
      default:
        return false;
    }
  };
}

/** The characters of a list, with a noncharacter for what is none: no text goes across it. */
function charactersOf(list: ListTerm): string {
  if (!list.elements.some((element) => element.kind === 'integer')) return '';
  return list.elements
    .map((element) => {
      const point = element.kind === 'integer' ? element.value : -1;
      const valid =
        typeof point === 'number' && point >= 0 && point <= 0x10ffff && !(point >= 0xd800 && point < 0xe000);
      return valid ? String.fromCodePoint(point) : '\uffff';
    })
    .join('');
}

export function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  const last = bytes.length - wanted.length;
  if (wanted.length === 0) return 0;
  const first = wanted[0]!;
  for (let at = bytes.indexOf(first); at >= 0 && at <= last; at = bytes.indexOf(first, at + 1)) {
    let i = 1;
    while (i < wanted.length && bytes[at + i] === wanted[i]) i++;
    if (i === wanted.length) return at;
  }
  return -1;
}
