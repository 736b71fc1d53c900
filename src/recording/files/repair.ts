/** Keeps everything of a damaged or unfinished recording that is whole; what is lost becomes a gap. */
import { basename, dirname, join, resolve } from 'node:path';
import { atom, encodeTerm, int, tuple } from '../../term/index.js';
import { realDisk, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { writerLives } from '../format/manifest.js';
import { kindCode } from '../model.js';
import { Kind } from '../queries/kinds.js';
import { createRecording } from '../write/writer.js';
import { carryPlan, carrySources } from './carry-code.js';
import { carryMarks } from './carry-marks.js';
import { RecordingCopy } from './copy.js';
import { scanRecording, type Problem, type Scan } from './scan.js';

const GAP = kindCode('gap');
/** Files that hold no events. */
const BESIDE: ReadonlySet<string> = new Set([
  'recording.json',
  'dictionary.log',
  'sources.log',
  'plan.json',
  'marks.json',
]);

export interface Repair {
  /** What was wrong. Empty: nothing was done. */
  problems: Problem[];
  /** Where the repaired recording is; the given path when nothing was wrong. */
  path: string;
  /** Where the recording as it was is kept, when the repaired one took its place. */
  kept: string | undefined;
  /** Events kept and lost, as far as the files tell. */
  events: number;
  lost: number;
}

/**
 * Repairs the recording at `path`: writes what is whole to a new one, at `out`, or beside it and then in its place, with the damaged one kept
 * as `NAME.damaged.escope`. Throws a RecordingError when it is still being recorded or `out` is taken.
 */
export function repairRecording(path: string, out?: string, disk: Disk = realDisk): Repair {
  const scan = scanRecording(disk, path);
  try {
    const { manifest, problems } = scan;
    if (!manifest.complete && writerLives(manifest.writer))
      throw new RecordingError(`${path} is still being recorded: end that first.`);
    if (problems.length === 0) return { problems, path, kept: undefined, events: count(scan), lost: 0 };
    const source = resolve(path);
    const beside = out === undefined ? disk.makeFolderLike(join(dirname(source), `.${basename(source)}.repair-`)) : out;
    try {
      const { events, lost } = rewrite(disk, scan, source, beside);
      if (scan.plan) carryPlan(path, beside, disk);
      const kept = out === undefined ? swap(disk, source, beside) : undefined;
      return { problems, path: out ?? path, kept, events, lost };
    } catch (error) {
      if (out === undefined) disk.remove(beside);
      throw error;
    }
  } finally {
    scan.close();
  }
}

const count = (scan: Scan): number => scan.blocks.reduce((sum, { block }) => sum + block.count, 0);

/** The damaged recording steps aside, the repaired one takes its place: at no time is there none. */
function swap(disk: Disk, path: string, repaired: string): string {
  const stem = path.replace(/\.escope$/, '');
  let kept = `${stem}.damaged.escope`;
  for (let n = 2; disk.sizeOf(kept) !== undefined; n++) kept = `${stem}.damaged-${n}.escope`;
  disk.rename(path, kept);
  try {
    disk.rename(repaired, path);
  } catch (error) {
    disk.rename(kept, path);
    throw error;
  }
  return kept;
}

function rewrite(disk: Disk, scan: Scan, source: string, path: string): { events: number; lost: number } {
  const { manifest, blocks } = scan;
  const writer = createRecording({
    path,
    startedAtMs: manifest.startedAtMs,
    blockEvents: manifest.blockEvents,
    disk,
  });
  const copy = new RecordingCopy(scan, writer, { keepNumbers: true });
  const { processes } = scan.dictionary;
  const first = (manifest.window?.segment ?? 1) > 1 ? (blocks[0]?.block.firstSeq ?? 1) : 1;
  // The keyframe of a window stays the beginning of the repaired one.
  const keyframe = manifest.window?.keyframe ?? 0;
  let next = first;
  let ns = first > 1 ? (blocks[0]?.block.firstNs ?? 0) : 0;
  let lost = 0;
  let events = 0;
  let inKeyframe = keyframe > 0;
  const endKeyframe = (): void => {
    if (inKeyframe) writer.endKeyframe(manifest.window?.fromNs ?? ns);
    inKeyframe = false;
  };
  const gap = (missing: number, toNs: number): void => {
    if (missing === 0) return;
    const why = tuple(atom('damaged file'), int(missing), int(ns), int(Math.max(ns, toNs)));
    copy.appendOwn(GAP, Math.max(ns, toNs), 0, encodeTerm(why, copy.atoms(0)));
    lost += missing;
  };
  for (const { block, usable } of blocks) {
    if (inKeyframe && block.firstSeq > keyframe) endKeyframe();
    let missing = block.firstSeq - next;
    next = block.firstSeq + block.count;
    if (!usable) {
      gap(missing + block.count, block.lastNs);
      ns = block.lastNs;
      continue;
    }
    gap(missing, block.firstNs);
    missing = 0;
    const kinds = block.kinds();
    const times = block.ns();
    const owners = block.processes();
    for (let row = 0; row < block.count; row++) {
      const payload = payloadOf(block, row);
      if (payload === undefined) {
        missing++;
        continue;
      }
      gap(missing, times[row]!);
      missing = 0;
      ns = times[row]!;
      const info = scan.dictionaryWhole ? undefined : processes[owners[row]! - 1];
      if (info && kinds[row] === Kind.SPAWN) info.spawnSeq = block.firstSeq + row;
      if (info && kinds[row] === Kind.EXIT) info.exitSeq = block.firstSeq + row;
      copy.append(block, row);
      events++;
    }
    gap(missing, block.lastNs);
    ns = block.lastNs;
  }
  endKeyframe();
  // What follows the last block and is lost is a gap of unknown size.
  if (endLost(scan)) {
    const why = tuple(atom('damaged file'), int(0), int(ns), int(ns));
    copy.appendOwn(GAP, ns, 0, encodeTerm(why, copy.atoms(0)));
  }
  if (manifest.brokeOff) {
    const why = tuple(
      atom(`recording broke off: ${manifest.brokeOff.why}`),
      int(manifest.brokeOff.lost),
      int(ns),
      int(ns),
    );
    copy.appendOwn(GAP, ns, 0, encodeTerm(why, copy.atoms(0)));
  }
  carrySources(scan.sources, writer);
  copy.finish({ dropped: manifest.window && manifest.window.segment > 1 ? keyframe : 0 });
  writer.close();
  carryMarks(source, path, { seq: ({ seq }) => copy.seqs.before(seq), process: (id) => copy.knownProcess(id) }, disk);
  return { events, lost };
}

/** Whether something after the last block is gone of which nobody knows how much it was. */
function endLost({ blocks, problems }: Scan): boolean {
  const last = blocks.at(-1);
  return problems.some(({ unfinished, file, block, column, what }) => {
    const harmless = unfinished || column === 'footer' || what.includes('has a copy');
    if (harmless || BESIDE.has(file)) return false;
    if (last === undefined || file > last.file) return true;
    return file === last.file && (block === undefined || block > last.index);
  });
}

function payloadOf(block: Scan['blocks'][number]['block'], row: number): Uint8Array | undefined {
  try {
    return block.payload(row);
  } catch (error) {
    if (error instanceof RecordingError) return undefined;
    throw error;
  }
}
