/** Dense numbers for functions, without making a string of each that is asked for. */
import type { FunctionId } from '../model.js';

const HALF = 2 ** 26;

export class FunctionInterner {
  size = 0;
  readonly #byArity = new Map<number, Map<number, number>>();
  readonly #odd = new Map<string, number>();

  /** The number of this function; a new one when it is larger than `size` was before. */
  id(node: number, module: number, name: number, arity: number): FunctionId {
    // A VM has at most 2^26 atoms, so that two indexes fit one safe integer. Names that the recorder adds lie above.
    if (module >= HALF || name >= HALF || arity > 255) {
      const key = `${node} ${module} ${name} ${arity}`;
      return this.#odd.get(key) ?? this.#add(this.#odd, key);
    }
    const group = node * 256 + arity;
    let functions = this.#byArity.get(group);
    if (functions === undefined) this.#byArity.set(group, (functions = new Map()));
    const key = module * HALF + name;
    return functions.get(key) ?? this.#add(functions, key);
  }

  /** The next number, for something that has no name of its own. */
  next(): FunctionId {
    return ++this.size;
  }

  #add<K>(functions: Map<K, number>, key: K): FunctionId {
    functions.set(key, ++this.size);
    return this.size;
  }
}
