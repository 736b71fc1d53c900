/** Reading from an open file: the system may give fewer bytes at a time than were asked for. */
import { readSync } from 'node:fs';
import { RecordingError } from '../errors.js';

/** Up to `bytes` bytes of a file from `at` on; fewer at its end. */
export function readBytes(fd: number, at: number, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  let done = 0;
  while (done < bytes) {
    const got = readSync(fd, out, done, bytes - done, at + done);
    if (got === 0) break;
    done += got;
  }
  return done === bytes ? out : out.subarray(0, done);
}

/** Exactly `bytes` bytes; a RecordingError naming `path` where the file ends before. */
export function readFully(fd: number, at: number, bytes: number, path: string): Uint8Array {
  const out = readBytes(fd, at, bytes);
  if (out.length < bytes) throw new RecordingError(`${path} is shorter than it says`);
  return out;
}
