/** Small looks into the terms that code consists of. */
import type { Term } from '../../term/index.js';

export type Node = Term | undefined;

export const atomOf = (term: Node): string | undefined => (term?.kind === 'atom' ? term.name : undefined);

export const numberOf = (term: Node): number | undefined =>
  term?.kind === 'integer' && typeof term.value === 'number' ? term.value : undefined;

export const textOf = (term: Node): string | undefined => {
  if (term?.kind === 'binary') return Buffer.from(term.bytes).toString('utf8');
  if (term?.kind !== 'list') return undefined;
  const codes = term.elements.map(numberOf);
  return codes.every((code) => code !== undefined && code <= 0x10ffff)
    ? String.fromCodePoint(...(codes as number[]))
    : undefined;
};

/** Elements of a tuple with so many, or undefined. */
export const tupleOf = (term: Node, size: number): readonly Term[] | undefined =>
  term?.kind === 'tuple' && term.elements.length === size ? term.elements : undefined;

export const listOf = (term: Node): readonly Term[] | undefined => (term?.kind === 'list' ? term.elements : undefined);

/** The value of a key in a keyword list. */
export function keyOf(term: Node, key: string): Node {
  for (const pair of listOf(term) ?? []) {
    const two = tupleOf(pair, 2);
    if (two && atomOf(two[0]) === key) return two[1];
  }
  return undefined;
}

/** The value of an atom key in a map. */
export function entryOf(term: Node, key: string): Node {
  if (term?.kind !== 'map') return undefined;
  return term.entries.find(([name]) => atomOf(name) === key)?.[1];
}
