/** Patterns: terms with holes, as one writes them left of `=`. A term matches them as far as it was recorded. */
import { both, compareEqual, termKey, isWhole, type Equality } from './compare.js';
import type { ListTerm, MapTerm, Term } from './term.js';

export type Pattern =
  | { readonly kind: 'any' }
  | { readonly kind: 'literal'; readonly term: Term }
  /** `open`: more elements may follow (`{:reserve, ...}`). */
  | { readonly kind: 'tuple'; readonly elements: readonly Pattern[]; readonly open: boolean }
  /** `tail`: what follows the elements (`[_ | _]`); without one the list ends there. */
  | { readonly kind: 'list'; readonly elements: readonly Pattern[]; readonly tail?: Pattern }
  /** The map has these keys at least, as in a match. */
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Term, Pattern])[] }
  /** A binary that begins with these bytes (`"GET " <> _`). */
  | { readonly kind: 'prefix'; readonly bytes: Uint8Array };

/** Whether a term matches: `unknown` when what was recorded of it does but a part that counts was left out. */
export type Match = 'yes' | 'no' | 'unknown';

export function matchTerm(pattern: Pattern, term: Term): Match {
  return VERDICT[agree(pattern, term)];
}

const VERDICT = { equal: 'yes', different: 'no', unknown: 'unknown' } as const satisfies Record<Equality, Match>;

function agree(pattern: Pattern, term: Term): Equality {
  if (pattern.kind === 'any') return 'equal';
  if (pattern.kind === 'literal') return compareEqual(pattern.term, term);
  if (term.kind === 'redacted' || term.kind === 'stateMark') return 'unknown';
  if (term.kind === 'cut') return agreeWithCut(pattern, term);
  switch (pattern.kind) {
    case 'tuple': {
      if (term.kind !== 'tuple') return 'different';
      const wanted = pattern.elements.length;
      if (pattern.open ? term.size < wanted : term.size !== wanted) return 'different';
      const kept = Math.min(wanted, term.elements.length);
      return agreeAll(pattern.elements, term.elements, kept, kept === wanted ? 'equal' : 'unknown');
    }
    case 'list':
      return term.kind === 'list' ? agreeList(pattern.elements, pattern.tail, term) : 'different';
    case 'map':
      return term.kind === 'map' ? agreeMap(pattern.entries, term) : 'different';
    case 'prefix': {
      if (term.kind !== 'binary' || term.size < pattern.bytes.length) return 'different';
      const kept = Math.min(term.bytes.length, pattern.bytes.length);
      for (let i = 0; i < kept; i++) if (term.bytes[i] !== pattern.bytes[i]) return 'different';
      return kept === pattern.bytes.length ? 'equal' : 'unknown';
    }
  }
}

function agreeWithCut(pattern: Pattern, cut: Term & { kind: 'cut' }): Equality {
  if (cut.of === undefined) return 'unknown';
  return cut.of === (pattern.kind === 'prefix' ? 'other' : pattern.kind) ? 'unknown' : 'different';
}

function agreeAll(patterns: readonly Pattern[], terms: readonly Term[], count: number, start: Equality): Equality {
  let all = start;
  for (let i = 0; i < count && all !== 'different'; i++) all = both(all, agree(patterns[i]!, terms[i]!));
  return all;
}

function agreeList(patterns: readonly Pattern[], tail: Pattern | undefined, term: ListTerm): Equality {
  const kept = Math.min(patterns.length, term.elements.length);
  if (kept < patterns.length && term.more !== true) return 'different';
  const all = agreeAll(patterns, term.elements, kept, kept < patterns.length ? 'unknown' : 'equal');
  if (all === 'different' || kept < patterns.length) return all;
  if (tail?.kind === 'any') return all;
  const rest: ListTerm = { ...term, elements: term.elements.slice(kept) };
  // An improper tail with nothing left before it is the tail itself.
  const after: Term = rest.elements.length === 0 && rest.tail !== undefined ? rest.tail : rest;
  if (tail !== undefined) return both(all, agree(tail, after));
  if (after !== rest || rest.elements.length > 0) return 'different';
  return rest.more === true ? 'different' : all;
}

function agreeMap(entries: readonly (readonly [Term, Pattern])[], map: MapTerm): Equality {
  if (entries.length > map.size) return 'different';
  const values = new Map(map.entries.filter(([key]) => isWhole(key)).map(([key, value]) => [termKey(key), value]));
  const complete = values.size === map.size;
  let all: Equality = 'equal';
  for (const [key, pattern] of entries) {
    const value = values.get(termKey(key));
    if (value === undefined) {
      if (complete) return 'different';
      all = 'unknown';
    } else if ((all = both(all, agree(pattern, value))) === 'different') return all;
  }
  return all;
}

/** Atoms without which nothing can match, and bytes that every match holds: for sieving recorded bytes before they are decoded. */
export function needsOf(pattern: Pattern): { atoms: string[]; bytes: Uint8Array[] } {
  const atoms = new Set<string>();
  const bytes: Uint8Array[] = [];
  const ofTerm = (term: Term): void => {
    switch (term.kind) {
      case 'atom':
        atoms.add(term.name);
        break;
      case 'binary':
        if (term.bytes.length > 0) bytes.push(term.bytes);
        break;
      case 'tuple':
      case 'list':
        term.elements.forEach(ofTerm);
        break;
      case 'map':
        for (const [key, value] of term.entries) {
          ofTerm(key);
          ofTerm(value);
        }
        break;
      default:
    }
  };
  const visit = (part: Pattern): void => {
    switch (part.kind) {
      case 'literal':
        ofTerm(part.term);
        break;
      case 'tuple':
      case 'list':
        part.elements.forEach(visit);
        if (part.kind === 'list' && part.tail !== undefined) visit(part.tail);
        break;
      case 'map':
        for (const [key, value] of part.entries) {
          ofTerm(key);
          visit(value);
        }
        break;
      case 'prefix':
        if (part.bytes.length > 0) bytes.push(part.bytes);
        break;
      default:
    }
  };
  visit(pattern);
  return { atoms: [...atoms], bytes };
}
