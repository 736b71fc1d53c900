/**
 * Which function or point a site of a node stands for (docs/formats/wire.md). Sites lie in chunks that a module takes as a whole, anywhere below
 * 2^24, so this is a table of pages.
 */
import type { FunctionId } from '../model.js';

const PAGE = 1 << 12;
const SITES = 1 << 24;

export class Sites {
  readonly #pages: (Uint32Array | undefined)[] = new Array<undefined>(SITES / PAGE).fill(undefined);

  /** 0: nobody has told of it. */
  get(site: number): FunctionId {
    if (site >= SITES) return 0;
    const page = this.#pages[site >>> 12];
    return page === undefined ? 0 : page[site & (PAGE - 1)]!;
  }

  /** False: there is no such site. */
  set(site: number, id: FunctionId): boolean {
    if (site >= SITES) return false;
    const page = (this.#pages[site >>> 12] ??= new Uint32Array(PAGE));
    page[site & (PAGE - 1)] = id;
    return true;
  }
}
