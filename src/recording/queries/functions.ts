/** What the dictionary knows of functions and points. */
import type { FunctionId, FunctionInfo } from '../model.js';
import type { Store } from '../read/store.js';

export function functionInfo(store: Store, id: FunctionId): FunctionInfo | undefined {
  const entry = store.dictionary.functions[id - 1];
  if (entry === undefined) return undefined;
  const { node, arity, line, depth } = entry;
  const atoms = store.dictionary.atoms(node);
  const name = (index: number): string => atoms.get(index) ?? `atom ${index}`;
  const info: FunctionInfo = {
    id,
    node,
    module: name(entry.module),
    name: name(entry.name),
    arity,
    ...(line === undefined || line === 0 ? {} : { line }),
    ...(depth === undefined ? {} : { depth }),
  };
  // Who walks over all functions most often only wants their names.
  if (entry.point !== undefined)
    Object.defineProperty(info, 'point', { enumerable: true, get: () => store.dictionary.point(id) });
  return info;
}

/** Functions and points of a module, by their numbers. */
export function modulePoints(store: Store, module: string, node?: number): readonly FunctionId[] {
  const found: FunctionId[] = [];
  // A name may have an index of the node and one of the recorder.
  for (const { node: own, index, ids } of store.dictionary.modules())
    if ((node === undefined || node === own) && store.dictionary.atoms(own).get(index) === module) found.push(...ids);
  return found;
}
