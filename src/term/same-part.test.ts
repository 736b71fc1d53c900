import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AtomList, encodeTerm } from './encode.js';
import { childrenOf, resolvePath, type Path } from './path.js';
import { termKey } from './compare.js';
import { locatePart, samePart } from './same-part.js';
import { arbitraryRecordedTerm } from '../../test/support/arbitrary-term.js';
import type { Term } from './term.js';

/** A way into a term, chosen by the numbers. */
function someway(term: Term, choices: readonly number[]): Path {
  const path: Path[number][] = [];
  let here = term;
  for (const choice of choices) {
    const { children } = childrenOf(here);
    const child = children[choice % Math.max(1, children.length)];
    if (child === undefined) break;
    path.push(child.step);
    here = child.value;
  }
  return path;
}

describe('a part of two terms', () => {
  it('is never taken for the same when it is not', () => {
    fc.assert(
      fc.property(
        arbitraryRecordedTerm,
        arbitraryRecordedTerm,
        fc.array(fc.nat(20), { maxLength: 3 }),
        fc.boolean(),
        (a, b, choices, swap) => {
          const atoms = new AtomList();
          const path = someway(a, choices);
          // Half of the time a term that differs elsewhere.
          const other: Term = swap && a.kind === 'tuple' ? { ...a, elements: [...a.elements.slice(0, -1), b] } : b;
          const bytes = encodeTerm(a, atoms);
          const place = locatePart(bytes, path, { name: (index) => atoms.name(index) });
          if (place === undefined) return;
          expect(samePart(place, bytes)).toBe(true);
          if (!samePart(place, encodeTerm(other, atoms))) return;
          const [one, two] = [resolvePath(a, path), resolvePath(other, path)];
          expect('term' in one && termKey(one.term)).toBe('term' in two && termKey(two.term));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
