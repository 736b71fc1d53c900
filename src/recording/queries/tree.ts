/** Who started whom, as a tree. */
import type { ProcessId } from '../model.js';
import type { ProcessAt } from '../query.js';

export interface ProcessNode {
  process: ProcessAt;
  /** In order of birth. */
  children: ProcessNode[];
}

/** The processes of a moment under their parents. One whose parent is not among them is a root. */
export function processTree(processes: readonly ProcessAt[]): ProcessNode[] {
  const nodes = new Map<ProcessId, ProcessNode>(processes.map((process) => [process.id, { process, children: [] }]));
  const parentOf = (node: ProcessNode): ProcessNode | undefined => nodes.get(node.process.parent);
  const roots: ProcessNode[] = [];
  const placed = new Set<ProcessNode>();
  for (const node of nodes.values()) {
    const way = new Set<ProcessNode>();
    let here: ProcessNode | undefined = node;
    while (here !== undefined && !placed.has(here) && !way.has(here)) {
      way.add(here);
      here = parentOf(here);
    }
    // A circle of parents, as a damaged file may have it, is cut where it was entered.
    for (const each of way) {
      placed.add(each);
      const above = each === here ? undefined : parentOf(each);
      if (above) above.children.push(each);
      else roots.push(each);
    }
  }
  return roots;
}
