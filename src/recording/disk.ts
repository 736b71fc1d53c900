/**
 * The file system as the recording uses it: what writes and reads recordings gets it handed in, so that tests can let the disk fill up, writes
 * tear and reads fail. Everywhere else it is `realDisk`.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { RecordingError } from './errors.js';

/** Errors are those of `node:fs`, with a `code`. */
export interface Disk {
  /** `r` reads; `wx` writes a file that must not be there yet; `w` empties what is there. */
  open(path: string, flags: 'r' | 'w' | 'wx', mode?: number): number;
  close(fd: number): void;
  /** Bytes of an open file. */
  size(fd: number): number;
  isFile(fd: number): boolean;
  /** May give fewer bytes than asked for; 0 only at the end. */
  read(fd: number, into: Uint8Array, offset: number, length: number, at: number): number;
  /** May take fewer bytes than given. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number, at: number): number;
  truncate(fd: number, size: number): void;
  sync(fd: number): void;
  /** Makes names that were added to or taken from a folder last. */
  syncFolder(path: string): void;
  rename(from: string, to: string): void;
  /** A file, or a folder with all that is in it; nothing where nothing is. */
  remove(path: string): void;
  /** Only where it is empty, and no link to one. */
  removeFolder(path: string): void;
  list(path: string): string[];
  /** Bytes of the file of that name, undefined where there is nothing. */
  sizeOf(path: string): number | undefined;
  /** When it was last changed, in Unix milliseconds. */
  changedMs(path: string): number;
  /** With those that it lies in. */
  makeFolder(path: string): void;
  /** A new folder whose name begins so. */
  makeFolderLike(prefix: string): string;
}

export const realDisk: Disk = {
  open: (path, flags, mode) => openSync(path, flags, mode),
  close: closeSync,
  size: (fd) => fstatSync(fd).size,
  isFile: (fd) => fstatSync(fd).isFile(),
  read: readSync,
  write: writeSync,
  truncate: ftruncateSync,
  sync: fsyncSync,
  syncFolder(path) {
    const fd = openSync(path, 'r');
    try {
      fsyncSync(fd);
    } catch (error) {
      // Some file systems know no sync of a folder: they keep names in order by themselves, or not at all.
      if (!['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error;
    } finally {
      closeSync(fd);
    }
  },
  rename: renameSync,
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  removeFolder: rmdirSync,
  list: (path) => readdirSync(path),
  sizeOf: (path) => statSync(path, { throwIfNoEntry: false })?.size,
  changedMs: (path) => statSync(path).mtimeMs,
  makeFolder: (path) => void mkdirSync(path, { recursive: true }),
  makeFolderLike: (prefix) => mkdtempSync(prefix),
};

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;

/** What an error of the file system means to a person. */
export function diskErrorText(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'the disk quota is used up';
    case 'EIO':
      return 'the disk reports an error (EIO)';
    case 'EROFS':
      return 'the disk is read-only';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** Opens a file to read it. That it is not there (ENOENT) is for the caller to judge; everything else is a RecordingError. */
export function openToRead(disk: Disk, path: string): number {
  try {
    return disk.open(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw error;
    throw new RecordingError(`${path} cannot be opened: ${diskErrorText(error)}`);
  }
}

/** Up to `bytes` bytes of an open file from `at` on; fewer at its end. Throws a RecordingError that names `path` when they cannot be read. */
export function readBytes(disk: Disk, fd: number, at: number, bytes: number, path: string): Uint8Array {
  const out = new Uint8Array(bytes);
  let done = 0;
  try {
    while (done < bytes) {
      const got = disk.read(fd, out, done, bytes - done, at + done);
      if (got === 0) break;
      done += got;
    }
  } catch (error) {
    throw new RecordingError(`${path} cannot be read at byte ${at + done}: ${diskErrorText(error)}`);
  }
  return done === bytes ? out : out.subarray(0, done);
}

/** Exactly `bytes` bytes; a RecordingError naming `path` where the file ends before. */
export function readFully(disk: Disk, fd: number, at: number, bytes: number, path: string): Uint8Array {
  const out = readBytes(disk, fd, at, bytes, path);
  if (out.length < bytes) throw new RecordingError(`${path} is shorter than it says`);
  return out;
}

/** A whole file of at most `limit` bytes. Throws as `openToRead` and `readBytes` do. */
export function readWhole(disk: Disk, path: string, limit = Infinity): Uint8Array {
  const fd = openToRead(disk, path);
  try {
    const size = disk.size(fd);
    if (size > limit) throw new RecordingError(`${path} is too large to be one of a recording`);
    return readBytes(disk, fd, 0, size, path);
  } finally {
    disk.close(fd);
  }
}

/** Writes all of `bytes` at `at`. */
export function writeFully(disk: Disk, fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) done += disk.write(fd, bytes, done, bytes.length - done, at + done);
}
