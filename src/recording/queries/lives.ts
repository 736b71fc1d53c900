/** Who lives when. */
import type { Moment, ProcessId, ProcessInfo } from '../model.js';
import type { Store } from '../read/store.js';

/** Whether a process of the table lives after event `at.seq`. One that the recording does not know does not. */
export function alive(store: Store, process: ProcessId, at: Moment): boolean {
  return store.dictionary.table.livesAt(process, at.seq);
}

export function livesAt(info: ProcessInfo, seq: number): boolean {
  return info.spawnSeq <= seq && (info.exitSeq === 0 || info.exitSeq > seq);
}
