/**
 * Reads the files of a recording as far as they are whole, whatever else is broken: every piece is checked on its own, and what is wrong
 * is named. The ordinary reader stops where an answer could be wrong; `verify` and `repair` want to know how far the damage reaches.
 */
import { basename, join } from 'node:path';
import { readWhole, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { DICTIONARY_FRAME_BYTES, DICTIONARY_FRAME_HEADER, Dictionary } from '../format/dictionary.js';
import { crc32 } from '../format/crc32.js';
import { BLOCK_EVENTS, files } from '../format/layout.js';
import { manifestSumFits, readManifest, salvageManifest, type Manifest } from '../format/manifest.js';
import { Unpacker } from '../format/zstd.js';
import type { SourceInfo } from '../model.js';
import type { Block } from '../read/block.js';
import { ColumnCache } from '../read/column-cache.js';
import { scanKeyframe } from './scan-keyframe.js';
import { scanMarks, scanPlan, scanSources } from './scan-sources.js';
import { scanSegment } from './scan-segment.js';
import { scanTail } from './scan-tail.js';

/** Something that is wrong with a file. */
export interface Problem {
  /** Name of the file within the recording. */
  file: string;
  /** Which block of that file, from 0. */
  block: number | undefined;
  /** Which part: a column (`kind`, `cause`…), `header`, `footer`, `payload`. */
  column: string | undefined;
  what: string;
  /** Nothing was damaged: the recorder did not come to its end here. */
  unfinished: boolean;
}

/** A block and where it lies. `usable`: all its columns are whole; single payloads may still be broken. */
export interface ScannedBlock {
  file: string;
  index: number;
  block: Block;
  usable: boolean;
  /** Bytes of the dictionary that it needs. */
  names: number;
}

export interface Scan {
  /** As far as it could be read. */
  manifest: Manifest;
  dictionary: Dictionary;
  /** False: names or life spans may be missing from it. */
  dictionaryWhole: boolean;
  /** Up to the first that is damaged. */
  sources: SourceInfo[];
  /** Whether there is a plan that can be read. */
  plan: boolean;
  /** In order of their events. */
  blocks: ScannedBlock[];
  problems: Problem[];
  files: number;
  bytes: number;
  close(): void;
}

/** What the parts of a scan share. */
export interface ScanContext {
  disk: Disk;
  manifest: Manifest;
  cache: ColumnCache;
  unpacker: Unpacker;
  /** Where causes before the window stand, once the keyframe is read. */
  translate?: (causes: Float64Array) => void;
  problem(problem: Omit<Problem, 'block' | 'column' | 'unfinished'> & Partial<Problem>): void;
  /** A number that no other block has. */
  nextBlock(): number;
  onClose(close: () => void): void;
}

export const SEGMENT_FILE = /^segment-(\d{6,9})\.seg$/;
export const TAIL_FILE = /^tail-(\d{9,12})\.log$/;

/** Scans the recording at `path`. Throws a RecordingError where there is none. */
export function scanRecording(disk: Disk, path: string): Scan {
  let names: string[];
  try {
    names = disk.list(path).sort();
  } catch (error) {
    throw new RecordingError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const numbered = (pattern: RegExp): { name: string; number: number }[] =>
    names
      .map((name) => ({ name, number: Number(pattern.exec(name)?.[1] ?? NaN) }))
      .filter(({ number }) => !Number.isNaN(number))
      .sort((a, b) => a.number - b.number);
  const segments = numbered(SEGMENT_FILE);
  const tails = numbered(TAIL_FILE);
  if (!names.includes('recording.json') && segments.length === 0 && tails.length === 0)
    throw new RecordingError(`${path} is not a recording. Give the path of a NAME.escope folder.`);

  const problems: Problem[] = [];
  const closers: (() => void)[] = [];
  const problem: ScanContext['problem'] = (one) =>
    problems.push({ block: undefined, column: undefined, unfinished: false, ...one });
  const { dictionary, whole, bytes } = scanDictionary(disk, path, problem);
  const manifest = scanManifest(disk, path, dictionary, problem);
  let block = 0;
  const context: ScanContext = {
    disk,
    manifest,
    cache: new ColumnCache(64 << 20),
    unpacker: new Unpacker(),
    problem,
    nextBlock: () => block++,
    onClose: (close) => closers.push(close),
  };
  if (!manifest.complete)
    problem({ file: 'recording.json', what: 'the recorder did not close the recording', unfinished: true });

  const found: ScannedBlock[] = [];
  const first = manifest.window?.segment ?? 1;
  if (first > 1) found.push(...scanKeyframe(path, first, context));
  const current = segments.filter(({ number }) => number >= first);
  const last = current.at(-1)?.number ?? first - 1;
  // A name or a manifest may claim any number: what is missing is told at once, however much that is.
  const missing = (from: number, to: number): void => {
    if (to < from) return;
    const more = to > from ? `, and so are all up to ${basename(files.segment(path, to))}` : '';
    problem({ file: basename(files.segment(path, from)), what: `the file is missing${more}` });
  };
  let expected = first;
  for (const { name, number } of current) {
    missing(expected, number - 1);
    expected = number + 1;
    const mayGrow = number === last && !manifest.complete && number > manifest.segments;
    try {
      found.push(...scanSegment(join(path, name), number, mayGrow, context));
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      problem({ file: name, what: error.message });
    }
  }
  missing(expected, manifest.segments);
  const sealed = found.reduce((end, { block: b }) => Math.max(end, b.firstSeq + b.count - 1), 0);
  for (const { name } of tails) found.push(...scanTail(join(path, name), sealed, context));
  found.sort((a, b) => a.block.firstSeq - b.block.firstSeq);
  const blocks = inOrder(found, first > 1 ? (manifest.window?.keyframe ?? 0) : 0, problem);
  checkNames(blocks, dictionary, problem);
  const needed = blocks.reduce((most, { names }) => Math.max(most, names), 0);
  if (needed > bytes)
    problem({ file: 'dictionary.log', what: `only ${bytes} of ${needed} bytes that the events need are whole` });
  const sources = scanSources(path, context);
  const plan = scanPlan(path, context);
  scanMarks(path, context);
  // Of a recording that was closed every file was written to its end.
  if (manifest.complete) for (const one of problems) one.unfinished = false;
  return {
    manifest,
    dictionary,
    dictionaryWhole: whole,
    sources,
    plan,
    blocks,
    problems,
    files: names.length,
    bytes: names.reduce((sum, name) => sum + (disk.sizeOf(join(path, name)) ?? 0), 0),
    close: () => closers.forEach((close) => close()),
  };
}

/** Leaves out what cannot follow, and names the holes between. `before`: seq of the last event of a keyframe, which may be empty. */
function inOrder(found: readonly ScannedBlock[], before: number, problem: ScanContext['problem']): ScannedBlock[] {
  const blocks: ScannedBlock[] = [];
  let next = found[0]?.file.startsWith('keyframe') ? found[0].block.firstSeq : before + 1;
  let ns = 0;
  for (const one of found) {
    const { block, file, index } = one;
    if (block.firstSeq < next || block.firstNs < ns) {
      problem({ file, block: index, what: `the block at event ${block.firstSeq} does not follow the one before` });
      continue;
    }
    if (block.firstSeq > next)
      problem({ file, block: index, what: `events ${next} to ${block.firstSeq - 1} before this block are missing` });
    next = block.firstSeq + block.count;
    ns = block.lastNs;
    blocks.push(one);
  }
  return blocks;
}

function checkNames(blocks: readonly ScannedBlock[], dictionary: Dictionary, problem: ScanContext['problem']): void {
  for (const { block, file, index, usable } of blocks) {
    if (!usable) continue;
    const check = (column: string, ids: Uint32Array, known: number, of?: Uint32Array): void => {
      let most = 0;
      ids.forEach((id, row) => {
        if (of === undefined || of[row] !== 0) most = Math.max(most, id);
      });
      if (most > known)
        problem({ file, block: index, column, what: `it names number ${most}, of which the dictionary knows nothing` });
    };
    const processes = block.processes();
    check('process', processes, dictionary.processes.length);
    check('peer', block.peers(), dictionary.processes.length, processes);
    check('function', block.functions(), dictionary.functions.length);
  }
}

function scanManifest(disk: Disk, path: string, dictionary: Dictionary, problem: ScanContext['problem']): Manifest {
  const file = 'recording.json';
  try {
    return readManifest(disk, path);
  } catch (error) {
    if (!(error instanceof RecordingError) || /newer ElixirScope/.test(error.message)) throw error;
    problem({ file, what: error.message.replace(`${files.manifest(path)} `, '') });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(readWhole(disk, files.manifest(path), 16 << 20)).toString('utf8'));
  } catch {
    parsed = undefined;
  }
  return salvageManifest(
    manifestSumFits(parsed) ? parsed : undefined,
    disk.changedMs(path),
    dictionary.nodes,
    BLOCK_EVENTS,
  );
}

/** Every frame of the dictionary that is whole. */
function scanDictionary(
  disk: Disk,
  path: string,
  problem: ScanContext['problem'],
): { dictionary: Dictionary; whole: boolean; bytes: number } {
  const file = 'dictionary.log';
  const label = 'lost: the file was damaged';
  let bytes: Uint8Array;
  try {
    bytes = readWhole(disk, files.dictionary(path));
  } catch (error) {
    problem({ file, what: error instanceof Error ? error.message : String(error) });
    return { dictionary: new Dictionary({ label, most: 0 }), whole: false, bytes: 0 };
  }
  // What is lost had at least a byte each.
  const dictionary = new Dictionary({ label, most: bytes.length });
  let whole = true;
  for (let at = 0; at < bytes.length;) {
    try {
      const used = dictionary.read(bytes.subarray(at));
      at += used;
      if (at >= bytes.length) break;
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error;
      problem({ file, what: `${error.message} (at byte ${at})` });
      return { dictionary, whole: false, bytes: at };
    }
    const next = nextFrame(bytes, at + 1);
    const cut = next === undefined && cutOff(bytes, at);
    problem({ file, what: cut ? `the end is cut off at byte ${at}` : `damaged at byte ${at}`, unfinished: cut });
    if (next === undefined) return { dictionary, whole: false, bytes: at };
    whole = false;
    at = next;
  }
  return { dictionary, whole, bytes: bytes.length };
}

function cutOff(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < DICTIONARY_FRAME_HEADER) return true;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  return length <= 2 * DICTIONARY_FRAME_BYTES && length > bytes.length - at - DICTIONARY_FRAME_HEADER;
}

/** Where the next whole frame begins. All but the first begin with what came before them, entry 5. */
function nextFrame(bytes: Uint8Array, from: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let budget = 1 << 30;
  for (let at = from; at + DICTIONARY_FRAME_HEADER < bytes.length && budget > 0; at++) {
    if (bytes[at + DICTIONARY_FRAME_HEADER] !== 5) continue;
    const length = view.getUint32(at, true);
    const start = at + DICTIONARY_FRAME_HEADER;
    if (length === 0 || length > 2 * DICTIONARY_FRAME_BYTES || length > bytes.length - start) continue;
    budget -= length;
    if (crc32(bytes, start, start + length) === view.getUint32(at + 4, true)) return at;
  }
  return undefined;
}
