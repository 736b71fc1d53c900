/**
 * Ways of calls, put together as a tree: each node is a function called in the functions above it.
 *
 *     all ─┬─ handle_call ─┬─ reserve ── subtract
 *          │               └─ add
 *          └─ init
 *
 * Bounded: where there are too many ways, or they are too deep, those that are new lie in a node for all others (function 0).
 */
import type { FunctionId } from '../recording/index.js';
import { PlaceTable } from './area-table.js';

const MAX_NODES = 20_000;
const MAX_DEPTH = 160;

export const ROOT = 0;

export class Flames {
  readonly fns: FunctionId[] = [0];
  readonly parents: number[] = [-1];
  readonly ownNs: number[] = [0];
  readonly calls: number[] = [0];
  readonly #depths: number[] = [0];
  readonly #children = new PlaceTable();
  readonly #others = new Set<number>();

  /** The node of a function that is called in another node. */
  child(parent: number, fn: FunctionId): number {
    const known = this.#children.find(parent, fn);
    if (known >= 0) return known;
    if (this.#others.has(parent)) return parent;
    const crowded = this.fns.length >= MAX_NODES || this.#depths[parent]! >= MAX_DEPTH;
    return crowded && fn !== 0 ? this.#other(parent) : this.#add(parent, fn);
  }

  find(path: readonly FunctionId[]): number | undefined {
    let node = ROOT;
    for (const fn of path) {
      node = this.#children.find(node, fn);
      if (node < 0) return undefined;
    }
    return node;
  }

  /** Of each node with all that it calls. */
  totals(): Float64Array {
    const totals = Float64Array.from(this.ownNs);
    for (let node = totals.length - 1; node > 0; node--)
      totals[this.parents[node]!] = totals[this.parents[node]!]! + totals[node]!;
    return totals;
  }

  #other(parent: number): number {
    const known = this.#children.find(parent, 0);
    if (known >= 0) return known;
    // The nodes for others are bounded too: beyond, what is above stands for them.
    if (this.fns.length >= 2 * MAX_NODES) return parent;
    const node = this.#add(parent, 0);
    this.#others.add(node);
    return node;
  }

  #add(parent: number, fn: FunctionId): number {
    const node = this.fns.length;
    this.fns.push(fn);
    this.parents.push(parent);
    this.ownNs.push(0);
    this.calls.push(0);
    this.#depths.push(this.#depths[parent]! + 1);
    this.#children.add(parent, fn, node);
    return node;
  }
}
