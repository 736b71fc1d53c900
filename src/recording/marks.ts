/**
 * Bookmarks and notes: what people put down about moments, processes and values of a recording. They lie beside what was recorded, in
 * `marks.json` (docs/formats/recording.md, "Marks"), and change nothing of it. The file may come from anybody: it is checked on reading.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { codeOf, diskErrorText, readWhole, realDisk, writeFully, type Disk } from './disk.js';
import { RecordingError } from './errors.js';
import { files } from './format/layout.js';
import type { ProcessId, Seq } from './model.js';

export const MARKS_VERSION = 1;
export const MARK_COLOURS = ['blue', 'orange', 'green', 'purple', 'yellow', 'red', 'grey'] as const;
export type MarkColour = (typeof MARK_COLOURS)[number];

/** Most marks of a recording, characters of a name, a path and a text, and bytes of the file. */
export const MAX_MARKS = 10_000;
export const MAX_MARK_NAME = 200;
export const MAX_MARK_PATH = 2_000;
export const MAX_MARK_TEXT = 65_536;
const MAX_FILE = 32 << 20;
/** Whoever changes the file holds it no longer than a blink: a leftover older than this is of one who was killed. */
const STALE_MS = 5_000;

export interface Mark {
  /** Chosen by whoever made it: letters, digits and `-`. */
  id: string;
  /** One line. */
  name: string;
  colour: MarkColour;
  /** As many lines as wanted; may be empty. */
  text: string;
  /** The moment after this event; 0: the beginning. */
  seq: Seq;
  ns: number;
  /** 0: of the moment alone. */
  process: ProcessId;
  /** Of a value in the state of the process, as `parsePath` of src/term reads it; empty: none. */
  path: string;
  /** Unix milliseconds. */
  madeMs: number;
}

/** What the file is named, and what it is while it is written. */
export const marksFile = (path: string): string => files.marks(path);

/** The marks of the recording at `path`, by moment; none where there is no file. Throws a RecordingError where the file is damaged. */
export function readMarks(path: string, disk: Disk = realDisk): Mark[] {
  let bytes: Uint8Array;
  try {
    bytes = readWhole(disk, files.marks(path), MAX_FILE);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
  return parseMarks(bytes, files.marks(path));
}

/** Reads the content of a `marks.json`. Throws a RecordingError that names `file`. */
export function parseMarks(bytes: Uint8Array, file = 'marks.json'): Mark[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RecordingError(`${file} is damaged: it is not JSON`);
  }
  const { version, marks } = isObject(json) ? json : {};
  if (typeof version === 'number' && version > MARKS_VERSION)
    throw new RecordingError(`${file} was written by a newer ElixirScope (version ${version}); update to read it`);
  if (version !== MARKS_VERSION || !Array.isArray(marks)) throw new RecordingError(`${file} holds no marks`);
  if (marks.length > MAX_MARKS) throw new RecordingError(`${file} holds more than ${MAX_MARKS} marks`);
  const ids = new Set<string>();
  const read = marks.map((each: unknown, i) => {
    const mark = checkMark(each);
    if (typeof mark === 'string') throw new RecordingError(`${file} is damaged: mark ${i + 1}: ${mark}`);
    if (ids.has(mark.id)) throw new RecordingError(`${file} is damaged: two marks have the id ${mark.id}`);
    ids.add(mark.id);
    return mark;
  });
  return inOrder(read);
}

/** The mark that this is, with nothing else in it, or what is wrong. A colour that nobody knows is grey. */
export function checkMark(given: unknown): Mark | string {
  if (!isObject(given)) return 'it is no object';
  const { id, name, colour, text, seq, ns, process, path, madeMs } = given;
  if (typeof id !== 'string' || !/^[A-Za-z0-9-]{1,40}$/.test(id)) return 'its id is not one';
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_MARK_NAME || /\p{Cc}/u.test(name))
    return `its name must be one line of at most ${MAX_MARK_NAME} characters`;
  if (typeof text !== 'string' || text.length > MAX_MARK_TEXT)
    return `its text must have at most ${MAX_MARK_TEXT} characters`;
  if (typeof path !== 'string' || path.length > MAX_MARK_PATH) return 'its path is too long';
  const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!whole(seq) || !whole(ns) || !whole(process) || !whole(madeMs)) return 'it has no moment';
  if (path !== '' && process === 0) return 'it is about a value, but of no process';
  const known = MARK_COLOURS.find((each) => each === colour) ?? 'grey';
  return { id, name, colour: known, text, seq, ns, process, path, madeMs };
}

/**
 * Changes the marks of the recording at `path` and gives those that stand now. The file is replaced as a whole, so that nobody ever reads
 * half of it, and only one changes it at a time. Throws a RecordingError where they are too many or cannot be written.
 */
export function changeMarks(
  path: string,
  change: (marks: readonly Mark[]) => readonly Mark[],
  disk: Disk = realDisk,
): Mark[] {
  const next = files.nextMarks(path);
  let fd: number;
  try {
    fd = claim(disk, next);
  } catch (error) {
    throw new RecordingError(
      codeOf(error) === 'EEXIST'
        ? `the marks of ${path} are being changed by someone else: try again`
        : `marks cannot be kept in ${path}: ${diskErrorText(error)}`,
    );
  }
  let written = false;
  try {
    const marks = inOrder([...change(readMarks(path, disk))]);
    const bytes = marksText(marks);
    try {
      writeFully(disk, fd, bytes, 0);
      disk.sync(fd);
      disk.rename(next, files.marks(path));
      written = true;
      disk.syncFolder(path);
    } catch (error) {
      throw new RecordingError(`marks cannot be kept in ${path}: ${diskErrorText(error)}`);
    }
    return marks;
  } finally {
    disk.close(fd);
    if (!written) disk.remove(next);
  }
}

/** The file's content. Throws a RecordingError where a bound is passed. */
export function marksText(marks: readonly Mark[]): Uint8Array {
  if (marks.length > MAX_MARKS) throw new RecordingError(`a recording has at most ${MAX_MARKS} marks`);
  const lines = marks.map((mark) => `  ${JSON.stringify(mark)}`).join(',\n');
  const text = `{"version":${MARKS_VERSION},"marks":[${lines === '' ? '' : `\n${lines}\n`}]}\n`;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_FILE) throw new RecordingError('the marks are too much text: shorten or remove some');
  return bytes;
}

/** Why marks cannot be kept with the recording at `path`; undefined: they can. */
export function whyNoMarks(path: string): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return 'it is one packed file';
    accessSync(path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'it has no folder on this machine';
    return code === 'EROFS' ? 'it lies on a read-only file system' : 'its folder may not be written by you';
  }
}

function claim(disk: Disk, next: string): number {
  try {
    return disk.open(next, 'wx', 0o600);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || Date.now() - disk.changedMs(next) < STALE_MS) throw error;
    disk.remove(next);
    return disk.open(next, 'wx', 0o600);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const inOrder = (marks: Mark[]): Mark[] =>
  marks.sort((a, b) => a.seq - b.seq || a.ns - b.ns || a.madeMs - b.madeMs || (a.id < b.id ? -1 : 1));
