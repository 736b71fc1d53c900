/** A file that only grows. Writes at its own position, so that a write that failed half way is overwritten by the next. */
import { writeFully, type Disk } from '../disk.js';

export class LogFile {
  readonly #fd: number;
  size = 0;
  #closed = false;

  /** Throws when the file exists. */
  constructor(
    private readonly disk: Disk,
    readonly path: string,
  ) {
    this.#fd = disk.open(path, 'wx');
  }

  append(bytes: Uint8Array): void {
    writeFully(this.disk, this.#fd, bytes, this.size);
    this.size += bytes.length;
  }

  /** Other content in the same place, of which nothing more is needed on the disk where it is not longer. */
  replace(bytes: Uint8Array): void {
    writeFully(this.disk, this.#fd, bytes, 0);
    this.disk.truncate(this.#fd, bytes.length);
    this.size = bytes.length;
    this.sync();
  }

  sync(): void {
    this.disk.sync(this.#fd);
  }

  /** Once: the number of its descriptor may be another file's by now. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.disk.close(this.#fd);
  }
}
