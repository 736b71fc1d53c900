/**
 * What is typed into the filter: words that must all hold. `app:shop`, `node:a@host`, `alive`, `ended`, `crashed`, `pinned`; every other word, and
 * whatever stands in quotes, is looked for in the process's names, pid, code and behaviour.
 */
import type { ProcessView } from '../../server/index.js';

export interface FilterFacts {
  nodes: readonly string[];
  crashed: ReadonlySet<number>;
  pinned: ReadonlySet<number>;
}

export type ProcessFilter = (process: ProcessView) => boolean;

/** Undefined: everything is wanted. */
export function parseFilter(text: string, facts: FilterFacts): ProcessFilter | undefined {
  const words = text.toLowerCase().match(/\w+:"[^"]*"?|"[^"]*"?|\S+/g) ?? [];
  const tests = words.map((word) => testOf(word, facts)).filter((test) => test !== undefined);
  if (tests.length === 0) return undefined;
  return (process) => tests.every((test) => test(process));
}

/** Whether the filter's answer depends on who crashed. */
export const asksForCrashes = (text: string): boolean => /(?:^|\s)crashed(?:\s|$)/i.test(text);

function testOf(word: string, { nodes, crashed, pinned }: FilterFacts): ProcessFilter | undefined {
  const [, key, quoted] = /^(app|node):(.*)$/.exec(word) ?? [];
  const value = quoted?.replaceAll('"', '');
  if (key !== undefined && value !== undefined) {
    // Half a word, as it is being typed.
    if (value === '') return undefined;
    if (key === 'app') return (process) => process.application?.toLowerCase().startsWith(value) === true;
    return (process) => nodes[process.node]?.toLowerCase().includes(value) === true;
  }
  switch (word) {
    case 'alive':
      return (process) => process.exitNs < 0;
    case 'ended':
      return (process) => process.exitNs >= 0;
    case 'crashed':
      return (process) => crashed.has(process.id);
    case 'pinned':
      return (process) => pinned.has(process.id);
    default: {
      const wanted = word.replaceAll('"', '');
      if (wanted === '') return undefined;
      return ({ name, label, runs, pid, behaviour }) =>
        has(name, wanted) || has(label, wanted) || has(runs, wanted) || has(pid, wanted) || has(behaviour, wanted);
    }
  }
}

const has = (text: string | undefined, wanted: string): boolean => text?.toLowerCase().includes(wanted) === true;
