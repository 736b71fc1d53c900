/** Which process of one run is which of another: by role. */
import { isRuntimeProcess, type ProcessId, type Recording } from '../recording/index.js';
import type { Execution } from './execution.js';

export interface ProcessPair {
  left: ProcessId;
  right: ProcessId;
  /** As people say it. */
  role: string;
}

export interface Matched {
  /** In the order in which they were born on the left. */
  pairs: ProcessPair[];
  onlyLeft: ProcessId[];
  onlyRight: ProcessId[];
}

const AT_ONCE = 128;

/** @param all those that come with Erlang and Elixir too */
export function matchProcesses(left: Execution, right: Execution, all = false): Matched {
  const matching = matchingProcesses(left, right, all);
  for (;;) {
    const step = matching.next();
    if (step.done === true) return step.value;
  }
}

/** The same with a pause now and then. */
export function* matchingProcesses(left: Execution, right: Execution, all = false): Generator<undefined, Matched> {
  for (const { roles } of [left, right]) while (!roles.advance()) yield undefined;
  const byRole = new Map<string, ProcessId>();
  let n = 0;
  for (const id of chosen(right.recording, all)) {
    byRole.set(right.roles.whole(id), id);
    if (++n % AT_ONCE === 0) yield undefined;
  }
  const matched: Matched = { pairs: [], onlyLeft: [], onlyRight: [] };
  for (const id of chosen(left.recording, all)) {
    const role = left.roles.whole(id);
    const mate = byRole.get(role);
    if (mate === undefined) matched.onlyLeft.push(id);
    else {
      matched.pairs.push({ left: id, right: mate, role: left.roles.text(id) });
      byRole.delete(role);
    }
    if (++n % AT_ONCE === 0) yield undefined;
  }
  matched.onlyRight.push(...byRole.values());
  return matched;
}

/** Of another run the process with this one's role. */
export function counterpart(left: Execution, process: ProcessId, right: Execution): ProcessId | undefined {
  const role = left.roles.whole(process);
  return right.recording.processes().find(({ id }) => right.roles.whole(id) === role)?.id;
}

function* chosen(recording: Recording, all: boolean): Generator<ProcessId> {
  for (const info of recording.processes()) {
    const fn = info.fn === 0 ? undefined : recording.function(info.fn);
    if (all || !isRuntimeProcess(info, fn)) yield info.id;
  }
}
