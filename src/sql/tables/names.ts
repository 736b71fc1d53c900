/** `processes`, `functions` and `gaps`: the small tables. */
import { printTerm } from '../../term/index.js';
import type { BulkRecording, EventBlock, FunctionInfo, Gap, ProcessInfo, Seq } from '../../recording/index.js';
import { rowTable, type Source, type Table } from '../table.js';

export function processes({ recording, names }: Source): Table {
  const nodes = recording.info().nodes;
  const seqs = (which: 'spawnSeq' | 'exitSeq'): Seq[] => recording.processes().map((process) => process[which]);
  const ns = (block: EventBlock, row: number): number => block.ns()[row]!;
  const spawned = once(() => look(recording, seqs('spawnSeq'), ns));
  const exited = once(() => look(recording, seqs('exitSeq'), ns));
  const reasons = once(() =>
    look(recording, seqs('exitSeq'), (block, row) => {
      const term = block.terms(row)[0];
      return term && printTerm(term, { syntax: names.syntax });
    }),
  );
  return rowTable<ProcessInfo>(
    'processes',
    [
      { name: 'process', type: 'id', get: ({ id }) => id },
      { name: 'pid', type: names.pids, get: ({ id }) => id },
      { name: 'name', type: names.names, get: ({ id }) => id },
      { name: 'node', type: 'text', get: ({ node }) => nodes[node]?.name },
      { name: 'behaviour', type: 'text', get: ({ behaviour }) => behaviour },
      { name: 'function', type: names.functions, get: ({ fn }) => fn },
      { name: 'parent', type: 'id', get: ({ parent }) => parent },
      { name: 'parent_pid', type: names.pids, get: ({ parent }) => parent },
      { name: 'spawn_seq', type: 'seq', get: ({ spawnSeq }) => spawnSeq },
      { name: 'spawn_ns', type: 'bigint', get: ({ spawnSeq }) => spawned().get(spawnSeq) },
      { name: 'exit_seq', type: 'seq', get: ({ exitSeq }) => exitSeq },
      { name: 'exit_ns', type: 'bigint', get: ({ exitSeq }) => exited().get(exitSeq) },
      { name: 'exit_reason', type: 'text', get: ({ exitSeq }) => reasons().get(exitSeq) },
    ],
    [],
    () => recording.processes(),
  );
}

export function functions({ recording, names }: Source): Table {
  const nodes = recording.info().nodes;
  return rowTable<FunctionInfo>(
    'functions',
    [
      { name: 'function', type: names.functions, get: ({ id }) => id },
      { name: 'node', type: 'text', get: ({ node }) => nodes[node]?.name },
      { name: 'module', type: 'text', get: ({ module }) => names.atom(module) },
      { name: 'name', type: 'text', get: ({ name }) => name },
      { name: 'arity', type: 'byte', get: ({ arity }) => arity },
      { name: 'line', type: 'bigint', get: ({ line }) => line },
      { name: 'depth', type: 'text', get: ({ depth }) => depth },
    ],
    [],
    function* () {
      for (let id = 1; ; id++) {
        const fn = recording.function(id);
        if (fn === undefined) return;
        // Places inside of functions have numbers too.
        if (!('point' in fn)) yield fn;
      }
    },
  );
}

export function gaps({ recording }: Source): Table {
  return rowTable<Gap>(
    'gaps',
    [
      { name: 'reason', type: 'text', get: ({ reason }) => reason },
      { name: 'count', type: 'bigint', get: ({ count }) => count },
      { name: 'from_ns', type: 'bigint', get: ({ fromNs }) => fromNs },
      { name: 'to_ns', type: 'bigint', get: ({ toNs }) => toNs },
    ],
    [],
    () => recording.info().gaps,
  );
}

/** Something about many single events, block by block. */
function look<T>(
  recording: BulkRecording,
  seqs: readonly Seq[],
  read: (block: EventBlock, row: number) => T,
): Map<Seq, T> {
  const found = new Map<Seq, T>();
  let block: EventBlock | undefined;
  for (const seq of seqs.filter((one) => one > 0).sort((a, b) => a - b)) {
    if (block === undefined || seq >= block.firstSeq + block.count) block = recording.blockAt(seq);
    if (block === undefined) break;
    found.set(seq, read(block, seq - block.firstSeq));
  }
  return found;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
