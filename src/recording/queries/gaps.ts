/** Known holes: what the recorder noted, and what is missing from the files. */
import type { Gap } from '../model.js';
import type { Store } from '../read/store.js';
import type { Term } from '../../term/index.js';
import { Kind, bit } from './kinds.js';

/** A gap and whom it concerns: 0 for everybody. */
export interface PlacedGap extends Gap {
  process: number;
}

export class Gaps {
  #found: PlacedGap[] = [];
  /** Blocks before this one were read; the one that still grows is read anew. */
  #blocks = 0;
  #kept = 0;

  constructor(private readonly store: Store) {}

  all(): PlacedGap[] {
    const { store } = this;
    this.#found.length = this.#kept;
    for (let i = this.#blocks; i < store.blocks.length; i++) {
      const block = store.blocks[i]!;
      if ((block.kindMask & bit(Kind.GAP)) !== 0) {
        const kinds = block.kinds();
        for (let row = 0; row < block.count; row++) {
          if (kinds[row] !== Kind.GAP) continue;
          const at = block.nsAt(row);
          this.#found.push({ ...gapOf(store.termsAt(block, row), at), process: block.processAt(row) });
        }
      }
      if (i < store.sealedBlocks) {
        this.#blocks = i + 1;
        this.#kept = this.#found.length;
      }
    }
    const lost = [...store.damage].map((reason) => ({
      reason: `damaged file: ${reason}`,
      count: 0,
      fromNs: store.lastNs,
      toNs: store.lastNs,
      process: 0,
    }));
    const { brokeOff } = store.manifest;
    const at = store.lastNs;
    if (brokeOff)
      lost.push({ reason: `recording broke off: ${brokeOff.why}`, count: brokeOff.lost, fromNs: at, toNs: at, process: 0 }); // prettier-ignore
    return [...this.#found, ...lost];
  }

  /** Gaps that touch a span of time and concern a process (all of them when it is not given). */
  touching(fromNs: number, toNs: number, process?: number): Gap[] {
    return this.all()
      .filter((gap) => gap.fromNs <= toNs && gap.toNs >= fromNs)
      .filter((gap) => process === undefined || gap.process === 0 || gap.process === process)
      .map(({ reason, count, fromNs: from, toNs: to }) => ({ reason, count, fromNs: from, toNs: to }));
  }
}

/** From `{reason, count, fromNs, toNs}`; what cannot be read is said as far as it is known. */
function gapOf(terms: readonly Term[], at: number): Gap {
  const term = terms[0];
  const parts = term?.kind === 'tuple' ? term.elements : [];
  const reason = parts[0]?.kind === 'atom' ? parts[0].name : 'unknown';
  const number = (part: Term | undefined, otherwise: number): number =>
    part?.kind === 'integer' && typeof part.value === 'number' ? part.value : otherwise;
  return { reason, count: number(parts[1], 0), fromNs: number(parts[2], at), toNs: number(parts[3], at) };
}
