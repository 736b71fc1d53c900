/** The state of a process at a moment, and where it came from. */
import { Flags, type Moment, type ProcessId } from '../model.js';
import type { StateAnswer } from '../query.js';
import { upperBound, type Block } from '../read/block.js';
import type { Store } from '../read/store.js';
import type { Gaps } from './gaps.js';
import { Kind, bit } from './kinds.js';

interface StateRow {
  block: Block;
  row: number;
}

/** States of a process with seq ≤ `to`, newest first. */
export function* statesBack(store: Store, process: ProcessId, to: number): IterableIterator<StateRow> {
  const top = Math.min(to, store.events);
  const mask = bit(Kind.STATE);
  let i = store.nextBlock(process, mask, store.blockOf(top), -1);
  for (; i >= 0; i = store.nextBlock(process, mask, i - 1, -1)) {
    const block = store.blocks[i]!;
    const rows = block.stateRows(process);
    for (let r = upperBound(rows, top - block.firstSeq) - 1; r >= 0; r--) yield { block, row: rows[r]! };
  }
}

/** The state in force: only the index is read. */
export function lastState(store: Store, process: ProcessId, to: number): StateRow | undefined {
  for (const found of statesBack(store, process, to)) return found;
  return undefined;
}

/** Newest first. The oldest one known counts as a change: the state begins there, as far as anybody knows. */
export function* stateChanges(
  store: Store,
  process: ProcessId,
  to: number,
): IterableIterator<{ seq: number; ns: number }> {
  let unchanged: StateRow | undefined;
  for (const state of statesBack(store, process, to)) {
    const changed = (state.block.flagsAt(state.row) & Flags.CHANGED) !== 0;
    unchanged = changed ? undefined : state;
    if (changed) yield placeInTime(state);
  }
  if (unchanged) yield placeInTime(unchanged);
}

function placeInTime({ block, row }: StateRow): { seq: number; ns: number } {
  return { seq: block.firstSeq + row, ns: block.nsAt(row) };
}

export function stateAt(store: Store, gaps: Gaps, process: ProcessId, at: Moment): StateAnswer | undefined {
  const rows = statesBack(store, process, at.seq);
  const current = rows.next();
  if (current.done) return undefined;
  const { block, row } = current.value;
  const decode = (state: StateRow): StateAnswer['value'] => {
    const terms = store.terms(state.block.statePayload(process, state.row), process, 0);
    return terms[0] ?? { kind: 'opaque', text: 'unreadable: the state is empty' };
  };

  // Rows that repeat the state lead back to the one that changed it.
  let change = current.value;
  let before = rows.next();
  while (!before.done && (change.block.flagsAt(change.row) & (Flags.CHANGED | Flags.BEFORE)) === 0) {
    change = before.value;
    before = rows.next();
  }
  const flags = change.block.flagsAt(change.row);
  const found = (flags & Flags.BEFORE) !== 0;
  const previous = before.done || (found && (flags & Flags.CHANGED) === 0) ? undefined : before.value;
  const ns = block.nsAt(row);
  return {
    seq: block.firstSeq + row,
    ns,
    value: decode({ block, row }),
    previous: previous && { seq: previous.block.firstSeq + previous.row, value: decode(previous) },
    changed: found ? undefined : cause(store, change, process),
    gaps: gaps.touching(change.block.nsAt(change.row), at.ns, process),
  };
}

/** handle → arrive → send, as far as they are recorded. */
function cause(store: Store, { block, row }: StateRow, process: ProcessId): StateAnswer['changed'] {
  const handle = store.place(block.causeAt(row));
  if (handle === undefined || handle.block.processAt(handle.row) !== process)
    return {
      seq: block.firstSeq + row,
      ns: block.nsAt(row),
      fn: block.functionAt(row),
      message: undefined,
      from: 0,
      sendSeq: 0,
      arriveSeq: 0,
    };
  const arriveSeq = handle.block.causeAt(handle.row);
  const place = store.place(arriveSeq);
  const arrive = place && place.block.kindAt(place.row) === Kind.ARRIVE ? place : undefined;
  const sendSeq = arrive ? arrive.block.causeAt(arrive.row) : 0;
  const send = store.place(sendSeq);
  const isHandle = handle.block.kindAt(handle.row) === Kind.HANDLE;
  return {
    seq: handle.block.firstSeq + handle.row,
    ns: handle.block.nsAt(handle.row),
    fn: handle.block.functionAt(handle.row),
    message: isHandle ? store.termsAt(handle.block, handle.row)[0] : undefined,
    from: (arrive && arrive.block.peerAt(arrive.row)) || (send ? send.block.processAt(send.row) : 0),
    sendSeq,
    arriveSeq: arrive ? arriveSeq : 0,
  };
}
