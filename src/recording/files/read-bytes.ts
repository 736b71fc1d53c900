import { readSync } from 'node:fs';

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
