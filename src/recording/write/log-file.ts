/** A file that only grows. Writes at its own position, so that a write that failed half way is overwritten by the next. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

export class LogFile {
  readonly #fd: number;
  size = 0;

  /** Throws when the file exists. */
  constructor(readonly path: string) {
    this.#fd = openSync(path, 'wx');
  }

  append(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) done += writeSync(this.#fd, bytes, done, bytes.length - done, this.size + done);
    this.size += bytes.length;
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
