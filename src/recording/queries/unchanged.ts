/** How far back a part of a state is the same, told from the bytes of the states: few of them are decoded. */
import { locatePart, samePart, type Path } from '../../term/index.js';
import { Flags, type ProcessId, type Seq } from '../model.js';
import type { Store } from '../read/store.js';
import { statesBack } from './state.js';

/**
 * The oldest change of a process's state, at or before the one at `seq`, since which the part at `path` is the same for certain. `seq` itself where
 * that cannot be told. `goOn` is asked before each state that is passed.
 */
export function unchangedSince(store: Store, process: ProcessId, seq: Seq, path: Path, goOn: () => boolean): Seq {
  const place = store.place(seq);
  if (place === undefined) return seq;
  const atoms = store.dictionary.atoms(store.dictionary.table.nodeOf(process));
  const part = locatePart(place.block.statePayload(process, place.row), path, { name: (index) => atoms.get(index) });
  if (part === undefined) return seq;
  let oldest = seq;
  let reached = seq;
  for (const { block, row } of statesBack(store, process, seq - 1)) {
    if (!samePart(part, block.statePayload(process, row)) || !goOn()) return oldest;
    reached = block.firstSeq + row;
    if ((block.flagsAt(row) & Flags.CHANGED) !== 0) oldest = reached;
  }
  // The oldest one known counts as a change.
  return reached;
}
