/** Takes what is told of the code from one recording to another: sources of modules, and the plan. */
import { codeOf, readWhole, realDisk, writeFully, type Disk } from '../disk.js';
import { files } from '../format/layout.js';
import type { SourceInfo } from '../model.js';
import type { RecordingWriter } from '../writer-api.js';

/** Nothing larger is a plan. */
const MAX_PLAN = 64 << 20;

/** `change`: what to tell instead; undefined: nothing. */
export function carrySources(
  sources: Iterable<SourceInfo>,
  writer: RecordingWriter,
  change: (source: SourceInfo) => SourceInfo | undefined = (source) => source,
): void {
  for (const source of sources) {
    const told = change(source);
    if (told) writer.addSource(told);
  }
}

/** As it is: a plan holds names of functions and why they are recorded, no values. */
export function carryPlan(from: string, to: string, disk: Disk = realDisk): void {
  let bytes: Uint8Array;
  try {
    bytes = readWhole(disk, files.plan(from), MAX_PLAN);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const fd = disk.open(files.plan(to), 'wx');
  try {
    writeFully(disk, fd, bytes, 0);
  } finally {
    disk.close(fd);
  }
}
