/** How parts that a recording left out show in printed terms, in either syntax. */
import type { CutTerm, OpaqueTerm, RedactedTerm, StateMarkTerm } from './term.js';

/** After a binary of which `missing` bytes were cut. */
export const cutBytes = (missing: number): string => (missing > 0 ? `…(+${missing} bytes)` : '');

/** In place of `missing` elements of a tuple or pairs of a map. */
export const cutCount = (missing: number): string[] => (missing > 0 ? [`…(+${missing})`] : []);

export function markText(term: CutTerm | RedactedTerm | StateMarkTerm | OpaqueTerm): string {
  switch (term.kind) {
    case 'cut':
      if (term.why === 'bytes') return '‹cut: too large›';
      if (term.of === undefined || term.of === 'other') return '‹cut: deeper›';
      return term.size === undefined ? `‹cut: deeper, a ${term.of}›` : `‹cut: deeper, a ${term.of} of ${term.size}›`;
    case 'redacted':
      return '‹redacted›';
    case 'stateMark':
      return '‹state›';
    case 'opaque':
      return term.text;
  }
}
